package simulator

import (
	"encoding/json"
	"slices"
)

// namedAction is {"name":..., "parameters":{...}}; the name must be the one given.
func namedAction(action json.RawMessage, name string, params any) *graphError {
	var a struct {
		Name       text            `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if string(a.Name) != name {
		return fail(131009, "Action name must be %q", name)
	}
	if params == nil {
		return nil
	}
	return decode(a.Parameters, "parameters", params)
}

type urlButton struct {
	Text text `json:"display_text"`
	URL  text `json:"url"`
}

func (b urlButton) check() *graphError {
	if gerr := length("Button display_text", string(b.Text), maxButtonTitle); gerr != nil {
		return gerr
	}
	if checkLink(string(b.URL)) != nil {
		return fail(131009, "Button url is not a valid URL")
	}
	return nil
}

func checkURLButton(_ *Simulator, _ *number, action json.RawMessage, _ *outgoing) *graphError {
	var p urlButton
	if gerr := namedAction(action, "cta_url", &p); gerr != nil {
		return gerr
	}
	return p.check()
}

func checkFlow(_ *Simulator, _ *number, action json.RawMessage, o *outgoing) *graphError {
	var p struct {
		Version text `json:"flow_message_version"`
		ID      text `json:"flow_id"`
		Name    text `json:"flow_name"`
		CTA     text `json:"flow_cta"`
		Token   text `json:"flow_token"`
		Mode    text `json:"mode"`
		Action  text `json:"flow_action"`
		Payload *struct {
			Screen text            `json:"screen"`
			Data   json.RawMessage `json:"data"`
		} `json:"flow_action_payload"`
	}
	if gerr := namedAction(action, "flow", &p); gerr != nil {
		return gerr
	}
	switch {
	case p.Version != "3":
		return fail(131009, "flow_message_version must be \"3\"")
	case (p.ID == "") == (p.Name == ""):
		return fail(131009, "Exactly one of flow_id and flow_name is required")
	case p.Mode != "" && p.Mode != "draft" && p.Mode != "published":
		return fail(131009, "mode must be draft or published")
	case p.Action != "" && p.Action != "navigate" && p.Action != "data_exchange":
		return fail(131009, "flow_action must be navigate or data_exchange")
	case p.Payload != nil && p.Action != "data_exchange" && p.Payload.Screen == "":
		return fail(131009, "flow_action_payload must name a screen")
	case p.Payload != nil && string(p.Payload.Data) == "{}":
		return fail(131009, "flow_action_payload.data must not be empty")
	}
	if gerr := length("flow_cta", string(p.CTA), maxFlowCTA); gerr != nil {
		return gerr
	}
	token := string(p.Token)
	if token == "" {
		token = "unused"
	}
	o.options = append(o.options, option{reply: "flow", id: token, title: string(p.CTA)})
	return nil
}

func checkProductAction(_ *Simulator, _ *number, action json.RawMessage, _ *outgoing) *graphError {
	var a struct {
		Catalog text `json:"catalog_id"`
		Product text `json:"product_retailer_id"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if a.Catalog == "" || a.Product == "" {
		return fail(131008, "catalog_id and product_retailer_id are mandatory for interactive type product")
	}
	return nil
}

func checkProductList(_ *Simulator, _ *number, action json.RawMessage, _ *outgoing) *graphError {
	var a struct {
		Catalog  text `json:"catalog_id"`
		Sections []struct {
			Title text `json:"title"`
			Items []struct {
				ID text `json:"product_retailer_id"`
			} `json:"product_items"`
		} `json:"sections"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if a.Catalog == "" {
		return fail(131008, "catalog_id is mandatory for interactive type product_list")
	}
	if len(a.Sections) < 1 || len(a.Sections) > maxSections {
		return fail(131009, "Invalid sections count. Min allowed sections: 1, Max allowed sections: %d", maxSections)
	}
	total := 0
	for _, sec := range a.Sections {
		if sec.Title == "" && len(a.Sections) > 1 {
			return fail(131009, "Section title is required when there is more than one section")
		}
		if runes(string(sec.Title)) > maxSectionTitle {
			return fail(131009, "Section title is too long. Max length is %d", maxSectionTitle)
		}
		if len(sec.Items) == 0 {
			return fail(131009, "Invalid product items count. Min allowed product items: 1 per section")
		}
		for _, it := range sec.Items {
			if it.ID == "" {
				return fail(131008, "product_retailer_id is mandatory for every product item")
			}
		}
		total += len(sec.Items)
	}
	if total > maxProducts {
		return fail(131009, "Total product count exceed max allowed count: %d", maxProducts)
	}
	return nil
}

func checkCatalog(_ *Simulator, _ *number, action json.RawMessage, _ *outgoing) *graphError {
	return namedAction(action, "catalog_message", nil)
}

func checkLocationRequest(_ *Simulator, _ *number, action json.RawMessage, _ *outgoing) *graphError {
	return namedAction(action, "send_location", nil)
}

func checkContactRequest(_ *Simulator, _ *number, action json.RawMessage, o *outgoing) *graphError {
	o.options = append(o.options, option{reply: "contact", id: "share_contact_info", title: "Share contact info"})
	return namedAction(action, "request_contact_info", nil)
}

type card struct {
	Index  *int      `json:"card_index"`
	Type   text      `json:"type"`
	Header *header   `json:"header"`
	Body   *bodyText `json:"body"`
	Action struct {
		Name       text      `json:"name"`
		Parameters urlButton `json:"parameters"`
		Catalog    text      `json:"catalog_id"`
		Product    text      `json:"product_retailer_id"`
	} `json:"action"`
}

func checkCarousel(s *Simulator, n *number, action json.RawMessage, o *outgoing) *graphError {
	var a struct {
		Cards []card `json:"cards"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if len(a.Cards) < 2 || len(a.Cards) > maxCards {
		return fail(131009, "Invalid cards count. Min allowed cards: 2, Max allowed cards: %d", maxCards)
	}
	var seen []int
	for _, c := range a.Cards {
		if c.Index == nil || *c.Index < 0 || *c.Index >= maxCards || slices.Contains(seen, *c.Index) {
			return fail(131009, "card_index must be unique and between 0 and %d", maxCards-1)
		}
		seen = append(seen, *c.Index)
		if c.Type != a.Cards[0].Type {
			return fail(131009, "All cards must be of the same type")
		}
		if gerr := c.check(s, n, a.Cards[0], o); gerr != nil {
			return gerr
		}
	}
	return nil
}

func (c card) check(s *Simulator, n *number, first card, o *outgoing) *graphError {
	switch c.Type {
	case "product":
		if c.Action.Catalog == "" || c.Action.Product == "" {
			return fail(131008, "catalog_id and product_retailer_id are mandatory for product cards")
		}
		return nil
	case "cta_url":
		if c.Header == nil {
			return fail(131008, "header is mandatory for cta_url cards")
		}
		if gerr := c.Header.check(s, n, "carousel", []string{"image", "video"}, o); gerr != nil {
			return gerr
		}
		if first.Header == nil || c.Header.Type != first.Header.Type {
			return fail(131009, "All cards must have the same header type")
		}
		if c.Body != nil {
			if gerr := length("Card body text", string(c.Body.Text), maxCardBody); gerr != nil {
				return gerr
			}
		}
		if c.Action.Name != "cta_url" {
			return fail(131009, "Action name must be \"cta_url\"")
		}
		return c.Action.Parameters.check()
	}
	return fail(131009, "Card type %q is not valid. Allowed: cta_url, product", c.Type)
}
