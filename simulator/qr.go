package simulator

import (
	"slices"
)

const (
	maxQRCodes  = 2000 // per number
	maxQRPrefil = 140
)

// qrCode is a link that opens a chat with a text typed in already.
type qrCode struct {
	code, text, image string
}

func (q qrCode) fields() map[string]any {
	row := map[string]any{"code": q.code, "prefilled_message": q.text, "deep_link_url": "https://wa.me/message/" + q.code}
	if q.image != "" {
		row["qr_image_url"] = "https://scontent.whatsapp.net/qr/" + q.code + "." + q.image
	}
	return row
}

// saveQR creates a code, or changes the text of the one named by "code".
func saveQR(_ *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	var values [3]string
	for i, name := range []string{"prefilled_message", "code", "generate_qr_image"} {
		if values[i], gerr = str(params, name); gerr != nil {
			return nil, gerr
		}
	}
	prefilled, code, image := values[0], values[1], values[2]
	if code == "" {
		code = c.rest
	}
	if prefilled == "" {
		return nil, failParam("The parameter prefilled_message is required.")
	}
	if runes(prefilled) > maxQRPrefil {
		return nil, failParam("Param prefilled_message must be at most %d characters long.", maxQRPrefil)
	}
	ext, ok := map[string]string{"": "", "PNG": "png", "SVG": "svg"}[image]
	if !ok {
		return nil, failParam("Param generate_qr_image must be one of {PNG, SVG} - got \"%s\".", image)
	}
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	if code != "" {
		i := n.findQR(code)
		if i < 0 {
			return nil, failMissing("POST", code)
		}
		n.qr[i].text = prefilled
		return n.qr[i].fields(), nil
	}
	if len(n.qr) >= maxQRCodes {
		return nil, failParam("The phone number has reached the limit of %d QR codes.", maxQRCodes)
	}
	q := qrCode{code: newQRCode(), text: prefilled, image: ext}
	n.qr = append(n.qr, q)
	return q.fields(), nil
}

// findQR is the place of a code, -1 for none. n.mu is held.
func (n *number) findQR(code string) int {
	return slices.IndexFunc(n.qr, func(q qrCode) bool { return q.code == code })
}

func listQR(s *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	defer c.number.mu.Unlock()
	rows, keys := []map[string]any{}, []string{}
	for _, q := range c.number.qr {
		if c.rest == "" || c.rest == q.code {
			rows, keys = append(rows, q.fields()), append(keys, q.code)
		}
	}
	if c.rest != "" {
		if len(rows) == 0 {
			return nil, failMissing("GET", c.rest)
		}
		return map[string]any{"data": rows}, nil
	}
	return c.page(s, rows, keys)
}

func deleteQR(_ *Simulator, c *call) (any, *graphError) {
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	i := n.findQR(c.rest)
	if i < 0 {
		return nil, failMissing("DELETE", c.rest)
	}
	n.qr = slices.Delete(n.qr, i, i+1)
	return success, nil
}
