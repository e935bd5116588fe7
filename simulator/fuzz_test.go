package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/musika/musika/simulator"
)

// FuzzSend: whatever is posted, the answer is JSON, and either a message was
// accepted or Meta's error envelope says why not; never a 5xx.
func FuzzSend(f *testing.F) {
	for _, s := range []string{
		`{"messaging_product":"whatsapp","to":"+263770000001","type":"text","text":{"body":"hi"}}`,
		`{"messaging_product":"whatsapp","to":263770000001,"text":{"body":5},"context":{"message_id":"x"}}`,
		`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.x","typing_indicator":{"type":"text"}}`,
		`{"messaging_product":"whatsapp","to":"1","type":"interactive","interactive":{"type":"list","header":{"type":"text","text":"a"},"body":{"text":"b"},"action":{"button":"x","sections":[{"title":"t","rows":[{"id":"1","title":"A","description":null}]}]}}}`,
		`{"messaging_product":"whatsapp","recipient":"ZW.1","type":"template","template":{"name":"hello_world","language":{"code":"en_US"},"components":[{"type":"button","index":0,"parameters":[{"type":"text"}]}]}}`,
		`{"messaging_product":"whatsapp","to":"+263770000001","type":"image","image":{"id":1,"link":null}}`,
		`{"messaging_product":"whatsapp","to":"+263770000001","type":"contacts","contacts":[{}]}`,
		`{"messaging_product":"whatsapp","to":"+263770000001","type":"location","location":{"latitude":"NaN","longitude":1e400}}`,
		`messaging_product=whatsapp&to=%2B263770000001&type=text&text={"body":"hi"}`, `{}`, `[`, `null`,
	} {
		f.Add(s, strings.HasPrefix(s, "messaging"))
	}
	sim, err := simulator.New(simulator.Config{AccessToken: token, PairInterval: -1, NoLinkFetch: true, ThreadSize: 10})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := sim.AddPerson(simulator.Person{WaID: tendai}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string, form bool) {
		r := httptest.NewRequest(http.MethodPost, "/v26.0/106000000000001/messages", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		if form {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		rec := httptest.NewRecorder()
		sim.Handler().ServeHTTP(rec, r)
		var out struct {
			Success  bool
			Messages []struct{ ID string }
			Error    *struct {
				Code    int
				Message string
				TraceID string `json:"fbtrace_id"`
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			t.Fatalf("not JSON: %s", rec.Body)
		}
		switch {
		case rec.Code == 200 && (out.Success || len(out.Messages) == 1 && out.Messages[0].ID != ""):
		case rec.Code >= 400 && rec.Code < 500 && out.Error != nil && out.Error.Code != 0 && out.Error.TraceID != "":
		default:
			t.Fatalf("HTTP %d: %s", rec.Code, rec.Body)
		}
	})
}
