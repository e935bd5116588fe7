// Package api is the program's HTTP side: the REST operations with their
// OpenAPI document and reference page, health, metrics and the routes on which
// transports are called.
//
// An endpoint is a function and its registration in the file of its resource.
// Whatever goes wrong leaves as problem+json, made in problem.go alone.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// Dependencies is what the API needs from outside.
type Dependencies struct {
	// DB is read by the operations. Nil only to make the OpenAPI document.
	DB *db.DB
	// Webhooks are the handlers on which transports are called, by the name
	// of the transport: /webhooks/<name>.
	Webhooks map[string]http.Handler
	// Checks are asked by /readyz and /health, in order.
	Checks []Check
	// Metrics is what /metrics shows. Defaults to metrics of its own.
	Metrics *Metrics
	// Logger receives defects and, at debug level, requests. Defaults to none.
	Logger *slog.Logger
	// Version of the program.
	Version string
}

// Check is one thing that must work for the program to be of use.
type Check struct {
	Name string // "database"
	Run  func(context.Context) error
}

// API serves HTTP. Make one with New.
type API struct {
	Dependencies

	started time.Time
	router  *chi.Mux
	huma    huma.API
	handler http.Handler
}

// documentVersion is the version of the API that the OpenAPI document
// describes. Its first number grows when a client must change.
const documentVersion = "0.1.0"

// Limits on what a request may take.
const (
	maxBody    = 1 << 20 // bytes; webhooks have a limit of their own
	maxURL     = 8 << 10
	checksTime = 3 * time.Second
)

// New makes the API.
func New(d Dependencies) *API {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Metrics == nil {
		d.Metrics = NewMetrics()
	}
	useProblems()
	a := &API{Dependencies: d, started: time.Now(), router: chi.NewMux()}
	a.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, musika.Errorf(musika.CodeNotFound, "There is nothing at this address. See /docs."))
	})
	a.router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(r.Context(), http.StatusMethodNotAllowed, musika.CodeUnsupported, "This address does not take that method. See /docs."))
	})

	config := huma.DefaultConfig("Musika", documentVersion)
	config.CreateHooks = nil // no $schema links in answers
	config.DocsPath = ""     // the stock page loads its code from elsewhere; see reference.go
	config.SchemasPath = ""
	config.RejectUnknownQueryParameters = true
	config.Info.Description = description
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Tags = []*huma.Tag{
		{Name: "Orders", Description: "What customers bought."},
		{Name: "Products", Description: "What merchants sell."},
		{Name: "Conversations", Description: "What was written between people and the bot."},
		{Name: "Health", Description: "Whether the program works."},
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		keyScheme: {Type: "http", Scheme: "bearer", Description: "An API key: `musika apikey create`. A merchant's key sees that merchant only."},
	}
	a.huma = humachi.New(a.router, config)
	a.huma.UseMiddleware(a.requireKey)

	a.registerHealth()
	a.registerOrders()
	a.registerProducts()
	a.registerConversations()
	a.router.Get("/docs", a.serveReference)
	a.router.Get("/docs/reference.css", serveStyle)
	a.router.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/docs", http.StatusFound) })
	a.router.Method(http.MethodGet, "/metrics", a.guardMetrics(d.Metrics.handler()))
	for name, h := range d.Webhooks {
		a.router.Handle("/webhooks/"+name, h)
	}
	a.handler = a.wrap(a.router)
	return a
}

const description = `Orders, products and conversations of the shops on this server.

Send an API key as ` + "`Authorization: Bearer msk_live_…`" + `. Lists come in pages: follow ` + "`next_cursor`" + ` (or the ` + "`Link`" + ` header)
until ` + "`has_more`" + ` is false. What goes wrong is told as RFC 9457 problem details with a stable ` + "`code`" + `.`

// Handler serves everything.
func (a *API) Handler() http.Handler { return a.handler }

// OpenAPI returns the OpenAPI 3.1 document as indented JSON.
func (a *API) OpenAPI() ([]byte, error) {
	raw, err := a.huma.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, raw, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// register adds an operation whose errors become problems.
func register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}
