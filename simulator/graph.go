package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// nodeKind is what an id in a Graph path stands for.
type nodeKind uint8

const (
	nodeNone nodeKind = iota
	nodeNumber
	nodeAccount
	nodeApp
	nodeMedia
	nodeTemplate
	nodeUpload
)

// call is one Graph request on its way to a handler.
type call struct {
	r       *http.Request
	version string
	id      string
	rest    string // what follows the edge: the code of a QR link
	query   url.Values
	body    []byte
	form    bool // the body is a form, see params

	number   *number
	account  *account
	media    *medium
	template *template
}

// handler answers a call with what becomes the JSON body, or with an error.
type handler func(*Simulator, *call) (any, *graphError)

type edgeKey struct {
	node   nodeKind
	edge   string
	method string
}

// edges is the whole Graph API that is served: what an id stands for, the edge
// after it and the method.
var edges = map[edgeKey]handler{
	{nodeNumber, "", "GET"}:                            getNumber,
	{nodeNumber, "", "POST"}:                           updateNumber,
	{nodeNumber, "messages", "POST"}:                   postMessage,
	{nodeNumber, "media", "POST"}:                      uploadMedia,
	{nodeNumber, "register", "POST"}:                   registerNumber,
	{nodeNumber, "deregister", "POST"}:                 deregisterNumber,
	{nodeNumber, "request_code", "POST"}:               requestCode,
	{nodeNumber, "verify_code", "POST"}:                verifyCode,
	{nodeNumber, "whatsapp_business_profile", "GET"}:   getProfile,
	{nodeNumber, "whatsapp_business_profile", "POST"}:  updateProfile,
	{nodeNumber, "whatsapp_commerce_settings", "GET"}:  getCommerce,
	{nodeNumber, "whatsapp_commerce_settings", "POST"}: updateCommerce,
	{nodeNumber, "message_qrdls", "GET"}:               listQR,
	{nodeNumber, "message_qrdls", "POST"}:              saveQR,
	{nodeNumber, "message_qrdls", "DELETE"}:            deleteQR,
	{nodeNumber, "block_users", "GET"}:                 listBlocked,
	{nodeNumber, "block_users", "POST"}:                blockUsers,
	{nodeNumber, "block_users", "DELETE"}:              unblockUsers,
	{nodeNumber, "username", "GET"}:                    getUsername,
	{nodeNumber, "username", "POST"}:                   setUsername,
	{nodeNumber, "username", "DELETE"}:                 deleteUsername,
	{nodeNumber, "username_suggestions", "GET"}:        suggestUsernames,
	{nodeAccount, "", "GET"}:                           getAccount,
	{nodeAccount, "phone_numbers", "GET"}:              listNumbers,
	{nodeAccount, "message_templates", "GET"}:          listTemplates,
	{nodeAccount, "message_templates", "POST"}:         createTemplate,
	{nodeAccount, "message_templates", "DELETE"}:       deleteTemplate,
	{nodeAccount, "subscribed_apps", "GET"}:            listSubscriptions,
	{nodeAccount, "subscribed_apps", "POST"}:           subscribeApp,
	{nodeAccount, "subscribed_apps", "DELETE"}:         unsubscribeApp,
	{nodeTemplate, "", "GET"}:                          getTemplate,
	{nodeTemplate, "", "POST"}:                         editTemplate,
	{nodeTemplate, "unpause", "POST"}:                  unpauseTemplate,
	{nodeMedia, "", "GET"}:                             getMedia,
	{nodeMedia, "", "DELETE"}:                          deleteMedia,
	{nodeApp, "uploads", "POST"}:                       startUpload,
	{nodeUpload, "", "POST"}:                           continueUpload,
}

// managed are the edges under the hourly limit of an account.
var managed = []string{"", "phone_numbers", "message_templates", "subscribed_apps"}

const maxJSONBody = 4 << 20

// serveGraph answers /v26.0/<id>[/<edge>[/<rest>]].
func (s *Simulator) serveGraph(w http.ResponseWriter, r *http.Request, version, path string) {
	c := &call{r: r, version: version, query: r.URL.Query()}
	c.id, path, _ = strings.Cut(path, "/")
	edge, rest, _ := strings.Cut(path, "/")
	c.rest = rest

	w.Header().Set("Facebook-Api-Version", version)
	if gerr := s.authorize(r, c.query); gerr != nil {
		s.writeGraph(w, nil, gerr)
		return
	}
	kind := s.resolve(c)
	handle, ok := edges[edgeKey{kind, edge, r.Method}]
	if kind == nodeNone || !ok || (rest != "" && edge != "message_qrdls") {
		s.writeGraph(w, nil, failMissing(r.Method, c.id))
		return
	}
	if c.account != nil && slices.Contains(managed, edge) && !c.account.allowManagement(s.clock.now()) {
		s.writeGraph(w, nil, fail(80007, "The WhatsApp Business Account has reached its rate limit for management calls"))
		return
	}
	fault := s.requestFault(edge)
	if fault.err != nil {
		s.writeGraph(w, nil, fault.err)
		return
	}
	fault.wait(r.Context())
	if gerr := c.read(edge); gerr != nil {
		s.writeGraph(w, nil, gerr)
		return
	}
	out, gerr := handle(s, c)
	if fault.lost {
		// The work is done, the caller never learns of it.
		panic(http.ErrAbortHandler)
	}
	s.writeGraph(w, out, gerr)
}

// resolve finds what the id of the path stands for.
func (s *Simulator) resolve(c *call) nodeKind {
	if n := s.number(c.id); n != nil {
		c.number, c.account = n, n.account
		return nodeNumber
	}
	if a := s.account(c.id); a != nil {
		c.account = a
		return nodeAccount
	}
	if c.id == s.cfg.AppID {
		return nodeApp
	}
	if m := s.media.get(c.id, s.clock.now()); m != nil {
		c.media = m
		return nodeMedia
	}
	if t := s.templateByID(c.id); t != nil {
		c.template, c.account = t, t.account
		return nodeTemplate
	}
	if strings.HasPrefix(c.id, "upload:") {
		return nodeUpload
	}
	return nodeNone
}

// read takes in the body, except of uploads, which read their own.
func (c *call) read(edge string) *graphError {
	if c.r.Method != http.MethodPost && c.r.Method != http.MethodDelete || edge == "media" || strings.HasPrefix(c.id, "upload:") {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxJSONBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return failParam("Request body is larger than %d bytes", maxJSONBody)
	} else if err != nil {
		return failParam("Request body could not be read")
	}
	c.body = body
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	c.form = media == "application/x-www-form-urlencoded"
	return nil
}

// params is the body of the call as JSON fields, joined with the query. A form
// is taken too: Graph reads `curl -d name=value` the same way.
func (c *call) params() (map[string]json.RawMessage, *graphError) {
	fields := map[string]json.RawMessage{}
	for k, v := range c.query {
		fields[k] = formValue(v[0])
	}
	body := bytes.TrimSpace(c.body)
	if len(body) == 0 {
		return fields, nil
	}
	if c.form && body[0] != '{' {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, failParam("Invalid form body")
		}
		for k, v := range form {
			fields[k] = formValue(v[0])
		}
		return fields, nil
	}
	var posted map[string]json.RawMessage
	if err := json.Unmarshal(body, &posted); err != nil {
		return nil, failParam("The request body is not a JSON object")
	}
	if len(fields) == 0 && posted != nil {
		return posted, nil
	}
	maps.Copy(fields, posted)
	return fields, nil
}

// formValue reads a form's value as the JSON it holds, or as a string.
func formValue(s string) json.RawMessage {
	t := strings.TrimSpace(s)
	if t != "" && (t[0] == '{' || t[0] == '[') && json.Valid([]byte(t)) {
		return json.RawMessage(t)
	}
	b, _ := json.Marshal(s)
	return b
}

// writeGraph writes the answer of a call the way Graph does.
func (s *Simulator) writeGraph(w http.ResponseWriter, out any, gerr *graphError) {
	h := w.Header()
	trace := newTraceID()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("X-Fb-Trace-Id", trace)
	status := http.StatusOK
	if gerr != nil {
		status, out = gerr.Status, gerr.envelope(trace)
		h.Set("Cache-Control", "no-store")
		if status == http.StatusUnauthorized {
			h.Set("Www-Authenticate", `OAuth "Facebook Platform" "invalid_token" "`+strings.ReplaceAll(gerr.Title, `"`, "'")+`"`)
		}
		s.log.Debug("graph error", "status", status, "code", gerr.Code, "details", gerr.Details, "trace", trace)
	}
	body := marshalPHP(out)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// success is the answer of calls that have nothing else to say.
var success = map[string]bool{"success": true}

// fieldsOf keeps the fields that a GET asked for; the id always comes along.
// Without ?fields= it keeps those of def.
func (c *call) fieldsOf(node string, all map[string]any, def ...string) (map[string]any, *graphError) {
	want := def
	if q := c.query.Get("fields"); q != "" {
		want = splitFields(q)
	}
	out := map[string]any{}
	if id, ok := all["id"]; ok {
		out["id"] = id
	}
	for _, f := range want {
		v, ok := all[f]
		if !ok {
			return nil, failParam("Tried accessing nonexisting field (%s) on node type (%s)", f, node)
		}
		if v != nil {
			out[f] = v
		}
	}
	return out, nil
}

// splitFields cuts "a,b{c,d},e" at its outer commas and drops what is in braces.
func splitFields(q string) []string {
	var out []string
	depth, start := 0, 0
	add := func(part string) {
		part, _, _ = strings.Cut(part, "{")
		part, _, _ = strings.Cut(part, ".") // .limit(10) and the like
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	for i := range len(q) {
		switch q[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				add(q[start:i])
				start = i + 1
			}
		}
	}
	add(q[start:])
	return out
}
