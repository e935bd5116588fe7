package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

const (
	phoneP  = "106000000000001"
	phoneP2 = "106000000000002" // of the same account
	phoneQ  = "106000000000003" // of another account
	wabaW   = "102000000000001"
	wabaW2  = "102000000000002"
	display = "263770000000"
	tendai  = "263770000001"
	rudo    = "263770000002"
	token   = "test-access-token"
	secret  = "test-app-secret"
	verify  = "test-verify-token"
)

// world is a running simulator with two people, their service windows open, and
// a webhook receiver that checks every signature.
type world struct {
	t    *testing.T
	sim  *simulator.Simulator
	url  string
	hook *receiver
	made int // templates
}

func (w *world) nextName() int { w.made++; return w.made }

// setup starts a world. The change, if any, is made to the configuration first.
func setup(t *testing.T, change func(*simulator.Config)) *world {
	t.Helper()
	w := &world{t: t, hook: newReceiver(t, secret)}
	cfg := simulator.Config{
		AppSecret: secret, VerifyToken: verify, AccessToken: token, CallbackURL: w.hook.srv.URL,
		Numbers: []simulator.Number{
			{ID: phoneP, WABAID: wabaW, DisplayPhone: "+263 77 000 0000", VerifiedName: "Mbare Fresh"},
			{ID: phoneP2, WABAID: wabaW, DisplayPhone: "+263 77 000 0009"},
			{ID: phoneQ, WABAID: wabaW2, DisplayPhone: "+263 77 000 0008"},
		},
		StatusDelay: simulator.StatusDelay{Sent: simulator.Span{Max: 1}, Delivered: simulator.Span{Max: 1}, Read: simulator.Span{Max: 1}},
		RetryGaps:   []time.Duration{time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, time.Hour, 2 * time.Hour},
		NoLinkFetch: true, TemplateReview: -1,
	}
	if change != nil {
		change(&cfg)
	}
	sim, err := simulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.sim = sim
	srv := httptest.NewServer(sim.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- sim.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		srv.CloseClientConnections()
		srv.Close()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	w.url = srv.URL
	for _, p := range []simulator.Person{{WaID: tendai, Name: "Tendai M"}, {WaID: rudo, Name: "Rudo"}} {
		if _, err := sim.AddPerson(p); err != nil {
			t.Fatal(err)
		}
		w.say(p.WaID, simulator.Text("hello"))
	}
	w.move(cfg.Batch.Linger)
	w.settle()
	return w
}

// frozen makes the simulated clock stand still but for MoveClock. Nothing is
// delivered meanwhile.
func frozen(cfg *simulator.Config) {
	start := time.Date(2026, 9, 15, 9, 0, 0, 0, time.UTC)
	cfg.Now = func() time.Time { return start }
}

type object = map[string]any

// answer is what a request got back.
type answer struct {
	t      *testing.T
	status int
	raw    []byte
	header http.Header
	body   object
}

// do makes a request of the Graph API or the control interface.
func (w *world) do(method, path string, body any, headers ...string) answer {
	w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case []byte:
		in = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	if !strings.Contains(path, "://") {
		path = w.url + path
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{t: w.t, status: resp.StatusCode, raw: raw, header: resp.Header}
	_ = json.Unmarshal(raw, &a.body)
	return a
}

func (w *world) get(path string) answer { w.t.Helper(); return w.do("GET", "/v26.0/"+path, nil) }
func (w *world) post(path string, body any) answer {
	w.t.Helper()
	return w.do("POST", "/v26.0/"+path, body)
}
func (w *world) delete(path string) answer { w.t.Helper(); return w.do("DELETE", "/v26.0/"+path, nil) }

// message is a send to Tendai with the given node.
func message(kind string, node any, more ...any) object {
	m := object{"messaging_product": "whatsapp", "to": "+" + tendai, "type": kind, kind: node}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

func textMessage(body string, more ...any) object {
	return message("text", object{"body": body}, more...)
}

// send posts a message from P.
func (w *world) send(m any) answer { w.t.Helper(); return w.post(phoneP+"/messages", m) }

// sent posts a message that must be accepted and returns its id.
func (w *world) sent(m any) string {
	w.t.Helper()
	a := w.send(m).ok()
	return a.at("messages.0.id").(string)
}

// ok wants HTTP 200.
func (a answer) ok() answer {
	a.t.Helper()
	if a.status != 200 {
		a.t.Fatalf("HTTP %d, want 200: %s", a.status, a.raw)
	}
	return a
}

// fails wants an error with one of the codes and checks the envelope.
func (a answer) fails(status int, codes ...int) answer {
	a.t.Helper()
	code, _ := a.at("error.code").(float64)
	found := false
	for _, c := range codes {
		found = found || int(code) == c
	}
	if a.status != status || !found {
		a.t.Fatalf("HTTP %d code %v, want %d %v: %s", a.status, code, status, codes, a.raw)
	}
	for _, field := range []string{"message", "type", "fbtrace_id"} {
		if s, _ := a.at("error." + field).(string); s == "" {
			a.t.Errorf("error.%s is missing: %s", field, a.raw)
		}
	}
	return a
}

// says wants a text within the answer, escaped slashes undone.
func (a answer) says(want string) answer {
	a.t.Helper()
	if !strings.Contains(strings.ReplaceAll(string(a.raw), `\/`, "/"), want) {
		a.t.Errorf("answer has no %q: %s", want, a.raw)
	}
	return a
}

// at walks a decoded body: "messages.0.id".
func (a answer) at(path string) any { return at(a.body, path) }

func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case object:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscanf(part, "%d", &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// say lets a person write to P.
func (w *world) say(waID string, in simulator.Inbound) string {
	w.t.Helper()
	id, err := w.sim.Say(w.t.Context(), waID, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) tap(messageID, option string) string {
	w.t.Helper()
	id, err := w.sim.Tap(w.t.Context(), tendai, messageID, option)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) person(p simulator.Person) simulator.Person {
	w.t.Helper()
	p, err := w.sim.AddPerson(p)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// move moves the clock.
func (w *world) move(d time.Duration) {
	w.t.Helper()
	if err := w.sim.MoveClock(d); err != nil {
		w.t.Fatal(err)
	}
}

// settle waits until every status was told and every webhook delivered.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.sim.WaitIdle(ctx); err != nil {
		w.t.Fatalf("not idle: %v; %+v", err, w.sim.DeliveryTotals())
	}
}

func (w *world) faults(f simulator.Faults) {
	w.t.Helper()
	if err := w.sim.SetFaults(f); err != nil {
		w.t.Fatal(err)
	}
}

// statuses settles and returns the statuses told of a message, in order of arrival.
func (w *world) statuses(id string) []object {
	w.t.Helper()
	w.settle()
	var out []object
	for _, st := range w.hook.items("statuses") {
		if st["id"] == id {
			out = append(out, st)
		}
	}
	return out
}

// fate is the statuses of a message in order, a failure with its code: "sent
// delivered", "failed:131047".
func (w *world) fate(id string) string {
	w.t.Helper()
	var out []string
	for _, st := range w.statuses(id) {
		s := st["status"].(string)
		if code, ok := at(st, "errors.0.code").(float64); ok {
			s += fmt.Sprintf(":%d", int(code))
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// wantFate wants the statuses of a message to be exactly these.
func (w *world) wantFate(id, want string) {
	w.t.Helper()
	if got := w.fate(id); got != want {
		w.t.Errorf("statuses of %s: %q, want %q", id, got, want)
	}
}

// inbound settles and returns the messages[] item with an id.
func (w *world) inbound(id string) object {
	w.t.Helper()
	w.settle()
	for _, m := range w.hook.items("messages") {
		if m["id"] == id {
			return m
		}
	}
	w.t.Fatalf("no webhook told of message %s", id)
	return nil
}

// valueOf settles and returns the change value that carries a message or status.
func (w *world) valueOf(id string) object {
	w.t.Helper()
	w.settle()
	for _, c := range w.hook.changes() {
		for _, list := range []string{"messages", "statuses"} {
			items, _ := at(c, "value."+list).([]any)
			for _, it := range items {
				if it.(object)["id"] == id {
					return c["value"].(object)
				}
			}
		}
	}
	w.t.Fatalf("no webhook told of %s", id)
	return nil
}

// field settles and returns the values told of a webhook field, the latest last.
func (w *world) field(name string) []object {
	w.t.Helper()
	w.settle()
	var out []object
	for _, c := range w.hook.changes() {
		if c["field"] == name {
			out = append(out, c["value"].(object))
		}
	}
	return out
}

// upload uploads a file to P and returns the answer.
func (w *world) upload(mimeType string, data []byte, product string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if product != "" {
		_ = form.WriteField("messaging_product", product)
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", `form-data; name="file"; filename="file"`)
	h.Set("Content-Type", mimeType)
	part, _ := form.CreatePart(h)
	_, _ = part.Write(data)
	_ = form.Close()
	return w.do("POST", "/v26.0/"+phoneP+"/media", b.Bytes(), "Content-Type", form.FormDataContentType())
}

// media uploads a file that must be taken and returns its id.
func (w *world) media(mimeType string, data []byte) string {
	w.t.Helper()
	return w.upload(mimeType, data, "whatsapp").ok().at("id").(string)
}

var png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)

// template creates a template on W and approves it.
func (w *world) template(t object) string {
	w.t.Helper()
	for k, v := range (object{"language": "en_US", "category": "UTILITY"}) {
		if t[k] == nil {
			t[k] = v
		}
	}
	id := w.post(wabaW+"/message_templates", t).ok().at("id").(string)
	w.review(id, "APPROVED")
	return id
}

func (w *world) review(id, status string) {
	w.t.Helper()
	if err := w.sim.ReviewTemplate(id, status, ""); err != nil {
		w.t.Fatal(err)
	}
}

// templateMessage sends a template with components.
func templateMessage(name string, components ...object) object {
	t := object{"name": name, "language": object{"code": "en_US"}}
	if len(components) > 0 {
		t["components"] = components
	}
	return message("template", t)
}

// bodyParams are the parameters of a template's body.
func bodyParams(texts ...string) object {
	params := []object{}
	for _, s := range texts {
		params = append(params, object{"type": "text", "text": s})
	}
	return object{"type": "body", "parameters": params}
}

// eventually waits for what no signal tells of.
func eventually(t *testing.T, what func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !what(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("did not happen")
		}
	}
}

func stringBody(s string) io.Reader { return strings.NewReader(s) }
