package template_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
	"github.com/musika/musika/internal/transport/cloudapi"
	"github.com/musika/musika/simulator"
)

// world is Meta's stand-in and the transport that talks to it.
type world struct {
	sim    *simulator.Simulator
	client *cloudapi.Client
}

const (
	token  = "EAAtemplates"
	waba   = "102000000000001"
	number = "106000000000001"
	tendai = "263770000001"
)

func simulated(t *testing.T) *world {
	t.Helper()
	sim, err := simulator.New(simulator.Config{Addr: "127.0.0.1:0", AccessToken: token, NoLinkFetch: true, PairInterval: -1, TemplateReview: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-sim.Ready():
	case err := <-done:
		t.Fatal(err)
	}
	client, err := cloudapi.New(cloudapi.Config{BaseURL: sim.URL(), Token: token, PairInterval: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddPerson(simulator.Person{WaID: tendai, Name: "Tendai"}); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Say(t.Context(), tendai, simulator.Text("hello")); err != nil {
		t.Fatal(err)
	}
	return &world{sim: sim, client: client}
}

// submit creates a template as Meta's API does and approves it.
func (w *world) submit(t *testing.T, s template.Submission) {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.sim.URL()+"/v26.0/"+waba+"/message_templates", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	var made struct{ ID string }
	if err := json.Unmarshal(body, &made); err != nil || made.ID == "" {
		t.Fatalf("%s was refused: %s\n%s", s.Name, body, raw)
	}
	if err := w.sim.ReviewTemplate(made.ID, "APPROVED", ""); err != nil {
		t.Fatal(err)
	}
}

func (w *world) send(t *testing.T, m musika.Message) {
	t.Helper()
	_, err := w.client.Send(t.Context(), musika.Outgoing{
		ChannelExternalID: number, To: []musika.Address{{Kind: musika.AddressPhone, Value: "+" + tendai}}, Message: m,
	})
	if err != nil {
		t.Errorf("refused: %v\n%s", err, pretty(t, m))
	}
}

// TestTheWayToThePerson: every sample and every default template is submitted,
// approved, and sent as a template and as a session message, by the Cloud API's
// client to Meta's stand-in, which has Meta's rules.
func TestTheWayToThePerson(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	try := func(tpl musika.Template, content musika.TemplateContent, in template.Input) {
		c, err := template.Compile(tpl.Type, content)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := c.Show(in, cloud(t))
		if err != nil {
			t.Fatal(err)
		}
		w.send(t, shown.Message)
		code, ok := template.MetaLanguage(tpl.Language)
		if !ok {
			return
		}
		for _, format := range []musika.ParameterFormat{musika.ParametersNamed, musika.ParametersPositional} {
			tpl := tpl
			tpl.Name += "_" + string(format)
			handle := ""
			if content.Media != nil {
				handle = "4::aW1hZ2U="
			}
			submission, mapping, err := c.Submit(tpl, in.Env, format, handle)
			if err != nil {
				t.Fatal(err)
			}
			w.submit(t, submission)
			m, err := c.TemplateMessage(tpl.Name, code, mapping, in)
			if err != nil {
				t.Fatal(err)
			}
			w.send(t, m)
		}
	}
	for name, s := range samples {
		values := append(append(template.Values{}, s.values...), template.Examples(s.content.Variables)...)
		try(musika.Template{Name: name, Language: musika.English, Type: s.kind, Category: musika.TemplateUtility}, s.content,
			template.Input{Values: values, Env: env(musika.English), Replies: s.replies})
	}
	for _, d := range template.Defaults() {
		try(d.Template, d.Content, template.Input{Values: template.Examples(d.Content.Variables), Env: env(d.Template.Language)})
	}
	if t.Failed() {
		return
	}
	// What the person reads of the approved template is what we keep of it.
	var read []string
	for _, m := range w.sim.Thread(tendai, number) {
		if m.Direction == "out" {
			read = append(read, m.Type+" "+string(m.Content))
		}
	}
	all := strings.Join(read, "\n")
	for _, want := range []string{`Thank you! We have your order *K7M2QX*.`, `Betaal asseblief $1`, `Kunezindaba nge-oda lakho *K7M2QX*`, `Maita basa!`} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody read %q in\n%s", want, all)
		}
	}
	if strings.Contains(strings.ReplaceAll(all, "{{sum}}", ""), "{{") { // {{sum}} is what a value holds
		t.Errorf("a template reached the person with braces:\n%s", all)
	}
}
