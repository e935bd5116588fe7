package simulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// profile is the business profile that customers see.
type profile struct {
	Product     string   `json:"messaging_product"`
	About       string   `json:"about,omitempty"`
	Address     string   `json:"address,omitempty"`
	Description string   `json:"description,omitempty"`
	Email       string   `json:"email,omitempty"`
	Picture     string   `json:"profile_picture_url,omitempty"`
	Websites    []string `json:"websites,omitempty"`
	Vertical    string   `json:"vertical,omitempty"`
}

var verticals = []string{"OTHER", "AUTO", "BEAUTY", "APPAREL", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GROCERY", "GOVT",
	"HOTEL", "HEALTH", "NONPROFIT", "PROF_SERVICES", "RETAIL", "TRAVEL", "RESTAURANT", "ALCOHOL", "ONLINE_GAMBLING",
	"PHYSICAL_GAMBLING", "OTC_DRUGS", "UNDEFINED", "NOT_A_BIZ"}

// Limits of the profile, in characters.
const (
	maxAbout       = 139
	maxAddress     = 256
	maxDescription = 512 // the docs say 512, the OpenAPI 256; accepted up to 512
	maxEmail       = 128
	maxWebsites    = 2
	maxWebsite     = 256
)

func getProfile(_ *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	raw, _ := json.Marshal(c.number.profile)
	c.number.mu.Unlock()
	set := map[string]any{}
	_ = json.Unmarshal(raw, &set)
	all := map[string]any{"about": nil, "address": nil, "description": nil, "email": nil, "profile_picture_url": nil,
		"websites": nil, "vertical": nil, "messaging_product": "whatsapp"}
	maps.Copy(all, set)
	row, gerr := c.fieldsOf("WhatsAppBusinessProfile", all)
	if gerr != nil {
		return nil, gerr
	}
	row["messaging_product"] = "whatsapp"
	return map[string]any{"data": []any{row}}, nil
}

func updateProfile(_ *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	if gerr := wantProduct(params); gerr != nil {
		return nil, gerr
	}
	c.number.mu.Lock()
	defer c.number.mu.Unlock()
	p := c.number.profile // kept as it is unless everything is right
	for _, f := range []struct {
		name string
		dst  *string
		low  int
		high int
	}{
		{"about", &p.About, 1, maxAbout},
		{"address", &p.Address, 0, maxAddress},
		{"description", &p.Description, 0, maxDescription},
		{"email", &p.Email, 0, maxEmail},
	} {
		if isNull(params[f.name]) {
			continue
		}
		v, gerr := str(params, f.name)
		if gerr != nil {
			return nil, gerr
		}
		if n := runes(v); n < f.low || n > f.high {
			return nil, failParam("Param %s must be between %d and %d characters long.", f.name, f.low, f.high)
		}
		*f.dst = v
	}
	if p.Email != "" && !strings.Contains(p.Email, "@") {
		return nil, failParam("Param email must be a valid email address.")
	}
	if gerr := p.readRest(params); gerr != nil {
		return nil, gerr
	}
	c.number.profile = p
	return success, nil
}

func (p *profile) readRest(params map[string]json.RawMessage) *graphError {
	if raw := params["websites"]; !isNull(raw) {
		var sites []string
		if gerr := decode(raw, "websites", &sites); gerr != nil {
			return gerr
		}
		if len(sites) > maxWebsites {
			return failParam("Param websites must have at most %d elements.", maxWebsites)
		}
		for _, site := range sites {
			if checkLink(site) != nil || runes(site) > maxWebsite {
				return failParam("Param websites must be valid URLs of at most %d characters.", maxWebsite)
			}
		}
		p.Websites = sites
	}
	vertical, gerr := str(params, "vertical")
	if gerr != nil {
		return gerr
	}
	if vertical != "" {
		if !slices.Contains(verticals, vertical) {
			return failParam("Param vertical must be one of {%s} - got \"%s\".", strings.Join(verticals, ", "), vertical)
		}
		p.Vertical = vertical
	}
	handle, gerr := str(params, "profile_picture_handle")
	if gerr != nil {
		return gerr
	}
	if handle != "" {
		if !strings.HasPrefix(handle, "4:") {
			return failParam("Param profile_picture_handle is not a handle of the Resumable Upload API.")
		}
		p.Picture = "https://pps.whatsapp.net/v/" + conversationID(handle) + ".jpg"
	}
	return nil
}

func getCommerce(_ *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	defer c.number.mu.Unlock()
	row := map[string]any{"id": c.number.id}
	for k, v := range c.number.commerce {
		row[k] = v
	}
	return map[string]any{"data": []any{row}}, nil
}

func updateCommerce(_ *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	for _, name := range []string{"is_cart_enabled", "is_catalog_visible"} {
		if isNull(params[name]) {
			continue
		}
		var f flag
		if gerr := decode(params[name], name, &f); gerr != nil {
			return nil, gerr
		}
		c.number.mu.Lock()
		c.number.commerce[name] = bool(f)
		c.number.mu.Unlock()
	}
	return success, nil
}
