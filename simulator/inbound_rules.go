package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// inboundRules turn the content of an inbound message into its webhook node.
var inboundRules = map[string]func(json.RawMessage) (any, error){
	"text":        inboundText,
	"location":    inboundLocation,
	"contacts":    inboundContacts,
	"reaction":    inboundReaction,
	"interactive": inboundFlow,
	"order":       inboundOrder,
	"edit":        inboundRevision,
	"revoke":      inboundRevision,
}

// generic decodes JSON with its numbers kept as they are written.
func generic(raw json.RawMessage, dst any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(dst)
}

func inboundText(raw json.RawMessage) (any, error) {
	var t struct {
		Body string `json:"body"`
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	if t.Body == "" {
		return nil, errors.New("body is required")
	}
	if runes(t.Body) > 65_536 {
		return nil, errors.New("body is longer than WhatsApp lets people write (65536)")
	}
	return t, nil
}

// inboundLocation has numbers, unlike the strings that Meta's docs send.
func inboundLocation(raw json.RawMessage) (any, error) {
	var l struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
		Name      string   `json:"name,omitempty"`
		Address   string   `json:"address,omitempty"`
		URL       string   `json:"url,omitempty"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return nil, err
	}
	if l.Latitude == nil || l.Longitude == nil || *l.Latitude < -90 || *l.Latitude > 90 || *l.Longitude < -180 || *l.Longitude > 180 {
		return nil, errors.New("latitude (-90..90) and longitude (-180..180) are required")
	}
	return l, nil
}

func inboundContacts(raw json.RawMessage) (any, error) {
	var list []map[string]any
	if err := generic(raw, &list); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("at least one contact is required")
	}
	for _, c := range list {
		if name, ok := c["name"].(map[string]any); !ok || name["formatted_name"] == nil {
			return nil, errors.New("name.formatted_name is required")
		}
	}
	return list, nil
}

// inboundReaction leaves the emoji out when the reaction is taken back.
func inboundReaction(raw json.RawMessage) (any, error) {
	var r struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji,omitempty"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.MessageID == "" {
		return nil, errors.New("message_id is required")
	}
	return r, nil
}

// inboundFlow is a completed flow. response_json is a string in the webhook; an
// object is taken as well and turned into one.
func inboundFlow(raw json.RawMessage) (any, error) {
	var f struct {
		Type  string `json:"type"`
		Reply struct {
			Response json.RawMessage `json:"response_json"`
		} `json:"nfm_reply"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	if f.Type != "nfm_reply" {
		return nil, fmt.Errorf("type %q: buttons and lists are answered by a tap, only nfm_reply is sent", f.Type)
	}
	return flowReply(f.Reply.Response)
}

func flowReply(response json.RawMessage) (any, error) {
	var asString string
	if json.Unmarshal(response, &asString) != nil {
		asString = string(response)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(asString), &fields); err != nil || fields == nil {
		return nil, errors.New("nfm_reply.response_json must be a JSON object")
	}
	return map[string]any{"type": "nfm_reply", "nfm_reply": map[string]string{
		"name": "flow", "body": "Sent", "response_json": asString,
	}}, nil
}

func inboundOrder(raw json.RawMessage) (any, error) {
	var o struct {
		Catalog string `json:"catalog_id"`
		Text    string `json:"text"`
		Items   []struct {
			Product  string      `json:"product_retailer_id"`
			Quantity json.Number `json:"quantity"`
			Price    json.Number `json:"item_price"`
			Currency string      `json:"currency"`
		} `json:"product_items"`
	}
	if err := generic(raw, &o); err != nil {
		return nil, err
	}
	if o.Catalog == "" || len(o.Items) == 0 {
		return nil, errors.New("catalog_id and product_items are required")
	}
	for i, it := range o.Items {
		if q, err := it.Quantity.Int64(); it.Product == "" || err != nil || q < 1 || q > 99 {
			return nil, fmt.Errorf("product_items[%d]: product_retailer_id and a quantity from 1 to 99 are required", i)
		}
		if p, err := it.Price.Float64(); err != nil || p < 0 || len(it.Currency) != 3 {
			return nil, fmt.Errorf("product_items[%d]: item_price and a currency of three letters are required", i)
		}
	}
	return o, nil
}

// inboundRevision is an edited or revoked message, as numbers that are shared
// with the WhatsApp Business app get them.
func inboundRevision(raw json.RawMessage) (any, error) {
	var v map[string]any
	if err := generic(raw, &v); err != nil {
		return nil, err
	}
	if id, _ := v["original_message_id"].(string); id == "" {
		return nil, errors.New("original_message_id is required")
	}
	return v, nil
}
