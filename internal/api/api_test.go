package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/api"
	"github.com/musika/musika/internal/auth"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// scenario is one request and what the answer has and has not.
type scenario struct {
	name   string
	method string // GET when empty
	as     string // whose key; none when empty
	path   string
	status int
	has    []string
	hasNot []string
}

var scenarios = []scenario{
	{name: "process", path: "/healthz", status: 200, has: []string{`{"status":"ok"}`}},
	{name: "ready", path: "/readyz", status: 200, has: []string{`{"name":"database","status":"ok"}`}},
	{name: "health", path: "/health", status: 200, has: []string{`"version":"test"`, `"since":"`}},
	{name: "home leads to the reference", path: "/", status: 302},
	{name: "reference", path: "/docs", status: 200, has: []string{"List orders", "/api/conversations/{id}/messages", "out_of_stock", "<code>has_more</code>"}, hasNot: []string{"unpkg", "`", "https://", "<script"}},
	{name: "its style", path: "/docs/reference.css", status: 200},
	{name: "OpenAPI", path: "/openapi.json", status: 200, has: []string{`"openapi":"3.1.0"`, `"/api/orders/{id}"`}},
	{name: "metrics from this machine", path: "/metrics", status: 200, has: []string{"go_goroutines"}},
	{name: "nothing there", path: "/nope", status: 404, has: []string{`"code":"not_found"`, `"type":"urn:musika:problem:not_found"`, `"request_id":"req_`}},
	{name: "wrong method", method: http.MethodDelete, path: "/api/orders", status: 405, has: []string{`"code":"unsupported"`}},
	{name: "a long address", path: "/" + strings.Repeat("x", 9000), status: 414, has: []string{`"code":"too_large"`}},

	{name: "no key", path: "/api/orders", status: 401, has: []string{`"code":"unauthorized"`, "Authorization: Bearer msk_live_"}},
	{name: "revoked key", as: "revoked", path: "/api/orders", status: 401, has: []string{`"code":"unauthorized"`}},

	{name: "orders of a merchant, newest first", as: "a", path: "/api/orders", status: 200,
		has: []string{`"data":[{"id":"ord_2a"`, `"id":"ord_1a"`, `"id":"ord_0a"`, `"has_more":false`, `"quantity":2`, `"total":{"amount":500,"currency":"USD"}`}, hasNot: []string{"ord_0b", "next_cursor"}},
	{name: "orders of all merchants", as: "operator", path: "/api/orders", status: 200, has: []string{"ord_0a", "ord_2b"}},
	{name: "orders by status", as: "a", path: "/api/orders?status=pending", status: 200, has: []string{"ord_1a", "ord_2a"}, hasNot: []string{"ord_0a"}},
	{name: "orders by customer", as: "operator", path: "/api/orders?customer_id=cus_b", status: 200, has: []string{"ord_1b"}, hasNot: []string{"ord_1a"}},
	{name: "orders of one merchant", as: "operator", path: "/api/orders?merchant_id=mer_b", status: 200, has: []string{"ord_1b"}, hasNot: []string{"ord_1a"}},
	{name: "orders of another merchant", as: "a", path: "/api/orders?merchant_id=mer_b", status: 200, has: []string{`"data":[]`}, hasNot: []string{"ord_"}},
	{name: "a status that is none", as: "a", path: "/api/orders?status=secretvalue", status: 422, has: []string{`"code":"invalid"`, `"field":"query.status"`}, hasNot: []string{"secretvalue"}},
	{name: "a parameter that is none", as: "a", path: "/api/orders?state=pending", status: 422, has: []string{`"field":"query.state"`}, hasNot: []string{`"value"`}},
	{name: "a limit that is too high", as: "a", path: "/api/orders?limit=1000", status: 422, has: []string{`"field":"query.limit"`}},
	{name: "a limit that is none", as: "a", path: "/api/orders?limit=secretvalue", status: 422, has: []string{`"field":"query.limit"`}, hasNot: []string{"secretvalue"}},
	{name: "an order", as: "a", path: "/api/orders/ord_0a", status: 200, has: []string{`"code":"CODE0a"`, `"history":[{"to":"delivered"`}},
	{name: "an order for the operator", as: "operator", path: "/api/orders/ord_0b", status: 200, has: []string{`"code":"CODE0b"`}},
	{name: "another merchant's order", as: "a", path: "/api/orders/ord_0b", status: 404, has: []string{`"code":"not_found"`}, hasNot: []string{"CODE0b"}},
	{name: "an order that is none", as: "a", path: "/api/orders/ord_none", status: 404, has: []string{`"code":"not_found"`}},
	{name: "injection finds nothing", as: "a", path: "/api/orders/%27%20OR%201=1--", status: 404, hasNot: []string{"CODE"}},

	{name: "products", as: "a", path: "/api/products", status: 200, has: []string{"prd_0a", "prd_3a"}, hasNot: []string{"prd_0b"}},
	{name: "products that can be bought", as: "a", path: "/api/products?active=true", status: 200, has: []string{"prd_0a"}, hasNot: []string{"prd_3a"}},
	{name: "products of a category", as: "a", path: "/api/products?category=Cakes", status: 200, has: []string{"prd_1a", "prd_3a"}, hasNot: []string{"prd_0a"}},
	{name: "a product", as: "a", path: "/api/products/prd_0a", status: 200, has: []string{`"name":"Bread 0 a"`, `"stock":10`}},
	{name: "another merchant's product", as: "b", path: "/api/products/prd_0a", status: 404, hasNot: []string{"Bread"}},

	{name: "conversations", as: "a", path: "/api/conversations", status: 200, has: []string{`"customer_id":"cus_a"`, `"customer_name":"Customer a"`, `"customer_phone":"+263770000001"`, `"last_inbound_at":"2026-09-01T12:00:00Z"`}, hasNot: []string{"cus_b"}},
	{name: "conversations of all merchants", as: "operator", path: "/api/conversations", status: 200, has: []string{"cus_a", "cus_b"}},
	{name: "messages of a conversation that is none", as: "a", path: "/api/conversations/cnv_none/messages", status: 404, has: []string{`"code":"not_found"`}},
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for _, s := range scenarios {
			t.Run(s.name, func(t *testing.T) {
				method := s.method
				if method == "" {
					method = http.MethodGet
				}
				resp, body := w.do(t, method, s.as, s.path)
				if resp.StatusCode != s.status {
					t.Errorf("status %d, want %d", resp.StatusCode, s.status)
				}
				for _, text := range s.has {
					if !strings.Contains(body, text) {
						t.Errorf("the answer lacks %s", text)
					}
				}
				for _, text := range s.hasNot {
					if strings.Contains(body, text) {
						t.Errorf("the answer has %s", text)
					}
				}
				if s.status >= 400 {
					checkProblem(t, resp, body)
				}
				if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Content-Security-Policy") == "" || resp.Header.Get("X-Request-Id") == "" {
					t.Errorf("headers that keep browsers from harm are missing: %v", resp.Header)
				}
				if t.Failed() {
					t.Logf("%s %s as %q: %d %s", method, s.path, s.as, resp.StatusCode, body)
				}
			})
		}
	})
}

func checkProblem(t *testing.T, resp *http.Response, body string) {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("the problem is not JSON: %v", err)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("the problem's media type is %q", ct)
	}
	if p.Status != resp.StatusCode || p.Title != http.StatusText(p.Status) || p.Type != "urn:musika:problem:"+string(p.Code) || p.Detail == "" || p.RequestID != resp.Header.Get("X-Request-Id") {
		t.Errorf("the problem does not agree with itself: %+v", p)
	}
	if (p.Status == 401) != (resp.Header.Get("WWW-Authenticate") != "") {
		t.Error("WWW-Authenticate goes with 401, and only with it")
	}
}

type page struct {
	Data       []map[string]any `json:"data"`
	NextCursor string           `json:"next_cursor"`
	HasMore    bool             `json:"has_more"`
}

func (w *world) page(t *testing.T, who, path string) (page, *http.Response) {
	t.Helper()
	resp, body := w.get(t, who, path)
	var p page
	if err := json.Unmarshal([]byte(body), &p); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
	}
	return p, resp
}

func TestPagesHaveEveryEntryOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		conversations, _ := w.page(t, "a", "/api/conversations")
		messages := "/api/conversations/" + conversations.Data[0]["id"].(string) + "/messages"
		for _, test := range []struct {
			path string
			want []string
		}{
			{"/api/orders?status=pending&limit=1", []string{"ord_2a", "ord_1a"}},
			{"/api/orders?limit=2", []string{"ord_2a", "ord_1a", "ord_0a"}},
			{"/api/products?limit=1", []string{"prd_0a", "prd_1a", "prd_2a", "prd_3a"}},
			{messages + "?limit=2", []string{"msg_2a", "msg_1a", "msg_0a"}},
			{messages + "?limit=100", []string{"msg_2a", "msg_1a", "msg_0a"}},
		} {
			var got []string
			next := test.path
			for next != "" && len(got) < 10 {
				p, resp := w.page(t, "a", next)
				for _, entry := range p.Data {
					got = append(got, entry["id"].(string))
				}
				if p.HasMore != (p.NextCursor != "") || p.HasMore != (resp.Header.Get("Link") != "") {
					t.Errorf("%s: has_more, next_cursor and Link do not agree: %+v, %q", next, p, resp.Header.Get("Link"))
				}
				next = strings.TrimSuffix(strings.TrimPrefix(resp.Header.Get("Link"), "<"), `>; rel="next"`)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s gave %v, want %v", test.path, got, test.want)
			}
		}

		p, _ := w.page(t, "a", "/api/orders?limit=1")
		for name, path := range map[string]string{
			"of other filters": "/api/orders?limit=1&status=pending&cursor=" + p.NextCursor,
			"of another list":  "/api/products?limit=1&cursor=" + p.NextCursor,
			"made up":          "/api/orders?cursor=secretvalue",
		} {
			resp, body := w.get(t, "a", path)
			if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "query.cursor") || strings.Contains(body, "secretvalue") {
				t.Errorf("a cursor %s: %d %s", name, resp.StatusCode, body)
			}
		}
	})
}

// TestTenantsSeeTheirOwn calls every operation with a key of A and the ids of
// B: whatever comes, nothing of B's is in it. A new operation is called too.
func TestTenantsSeeTheirOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		conversations, _ := w.page(t, "b", "/api/conversations")
		ids := map[string]string{
			"/api/orders/{id}": "ord_0b", "/api/products/{id}": "prd_0b",
			"/api/conversations/{id}/messages": conversations.Data[0]["id"].(string),
		}
		_, document := w.get(t, "none", "/openapi.json")
		var doc struct {
			Paths map[string]map[string]any `json:"paths"`
		}
		if err := json.Unmarshal([]byte(document), &doc); err != nil {
			t.Fatal(err)
		}
		ofB := regexp.MustCompile(`"(mer|cus|ord|prd|msg)_[0-9]?b"|Shop b|Customer b|[0-9] b"`)
		asked := 0
		for path, methods := range doc.Paths {
			if !strings.HasPrefix(path, "/api/") {
				continue
			}
			for method := range methods {
				asked++
				address := path
				if strings.Contains(path, "{") {
					if ids[path] == "" {
						t.Fatalf("this test has no id for %s: add one of B's", path)
					}
					address = strings.ReplaceAll(path, "{id}", ids[path])
				}
				_, own := w.do(t, strings.ToUpper(method), "b", address)
				if !ofB.MatchString(own) {
					t.Errorf("B does not see its own at %s: %s", address, own)
				}
				for _, query := range []string{"", "?merchant_id=mer_b", "?customer_id=cus_b"} {
					resp, body := w.do(t, strings.ToUpper(method), "a", address+query)
					if ofB.MatchString(body) {
						t.Errorf("A sees B's at %s%s: %s", address, query, body)
					}
					if address != path && query == "" && resp.StatusCode != http.StatusNotFound {
						t.Errorf("A asks for B's %s and gets %d, not 404", address, resp.StatusCode)
					}
				}
			}
		}
		if asked < 6 {
			t.Errorf("only %d operations were asked", asked)
		}
	})
}

func TestKeysAreKeptAsHashes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var text, stored string
		err := d.Write(context.Background(), db.Service(musika.System), func(tx db.Tx) (err error) {
			if text, _, err = auth.CreateKey(context.Background(), tx, "", "till"); err != nil {
				return err
			}
			stored, err = db.One(context.Background(), tx, "key", db.Value[string], `SELECT hash FROM api_keys`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^msk_live_[a-z2-7]{26}$`).MatchString(text) || len(stored) != 64 || strings.Contains(stored, text[9:]) {
			t.Errorf("key %q is stored as %q", text, stored)
		}
		for _, wrong := range []string{"", "msk_live_", text + "x", strings.ToUpper(text), strings.Repeat("msk_live_", 100)} {
			if _, err := auth.ByKey(context.Background(), d, wrong); musika.CodeOf(err) != musika.CodeUnauthorized {
				t.Errorf("key %q gives %v", wrong, err)
			}
		}
	})
}

// bare is an API without a database.
func bare(t *testing.T, d api.Dependencies) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(api.New(d).Handler())
	t.Cleanup(server.Close)
	return server
}

func TestHealthSaysWhatFails(t *testing.T) {
	t.Parallel()
	w := &world{Server: bare(t, api.Dependencies{Checks: []api.Check{
		{Name: "database", Run: func(context.Context) error { return errors.New("secret address refused") }},
		{Name: "queue", Run: func(context.Context) error { return nil }},
	}})}
	for _, path := range []string{"/readyz", "/health"} {
		resp, body := w.get(t, "none", path)
		if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, `{"name":"database","status":"failing"}`) ||
			!strings.Contains(body, `{"name":"queue","status":"ok"}`) || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	if resp, _ := w.get(t, "none", "/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("the process is said not to run: %d", resp.StatusCode)
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	w := &world{Server: bare(t, api.Dependencies{Webhooks: map[string]http.Handler{
		"broken": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") }),
	}})}
	resp, body := w.get(t, "none", "/webhooks/broken")
	if resp.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	checkProblem(t, resp, body)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := api.NewMetrics()
	asked := 0
	m.Jobs(func(context.Context) ([]api.JobCount, error) {
		asked++
		return []api.JobCount{{Queue: "message_sending", State: "available", Count: 3}}, nil
	})
	m.Webhook("cloudapi", "unsigned")
	m.Message("in", musika.StateReceived)
	handler := api.New(api.Dependencies{Metrics: m}).Handler()
	scrape := func(remote, forwarded string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder.Code, recorder.Body.String()
	}
	scrape("127.0.0.1:1", "")
	_, body := scrape("[::1]:1", "")
	for _, line := range []string{
		`musika_jobs{queue="message_sending",state="available"} 3`,
		`musika_webhooks_total{outcome="unsigned",transport="cloudapi"} 1`,
		`musika_messages_total{direction="in",state="received"} 1`,
		`musika_http_request_seconds_count{method="GET",route="/metrics",status="200"} 1`,
	} {
		if !strings.Contains(body, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if asked != 1 {
		t.Errorf("the jobs were counted %d times for two scrapes in a row", asked)
	}
	for _, from := range [][2]string{{"192.0.2.1:1", ""}, {"127.0.0.1:1", "192.0.2.1"}} {
		if code, _ := scrape(from[0], from[1]); code != http.StatusUnauthorized {
			t.Errorf("metrics for %v: %d", from, code)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	server := bare(t, api.Dependencies{})
	for sent, kept := range map[string]bool{"abc-12345_X": true, "short": false, "with space here": false, strings.Repeat("a", 65): false, "": false} {
		req, err := http.NewRequest(http.MethodGet, server.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Request-Id", sent)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("X-Request-Id"); (got == sent) != kept || got == "" {
			t.Errorf("request id %q became %q", sent, got)
		}
	}
}

var update = flag.Bool("update", false, "write docs/openapi.json")

//go:generate go test -run TestDocumentIsFresh -update .
func TestDocumentIsFresh(t *testing.T) {
	const path = "../../docs/openapi.json"
	document, err := api.New(api.Dependencies{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(document) {
		t.Error("docs/openapi.json is not what the API says of itself: run make generate")
	}
}
