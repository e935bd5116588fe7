package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Health is whether the program works, and what of it does not.
type Health struct {
	Status  string        `json:"status" enum:"ok,failing"`
	Version string        `json:"version,omitempty"`
	Since   time.Time     `json:"since,omitzero" doc:"When the program started."`
	Checks  []CheckResult `json:"checks,omitempty"`
}

// CheckResult is one part's state.
type CheckResult struct {
	Name   string `json:"name" example:"database"`
	Status string `json:"status" enum:"ok,failing"`
}

type healthOutput struct {
	Status int
	Body   Health
}

const (
	statusOK      = "ok"
	statusFailing = "failing"
)

func (a *API) registerHealth() {
	op := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"Health"}, Summary: summary}
	}
	register(a, op("healthz", "/healthz", "Whether the process runs"), func(context.Context, *struct{}) (*healthOutput, error) {
		return &healthOutput{Status: http.StatusOK, Body: Health{Status: statusOK}}, nil
	})
	register(a, op("readyz", "/readyz", "Whether it can serve: 503 while it cannot"), func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
		return a.health(ctx), nil
	})
	register(a, op("health", "/health", "Version, age and the state of each part"), func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
		out := a.health(ctx)
		out.Body.Version, out.Body.Since = a.Version, a.started.UTC().Truncate(time.Second)
		return out, nil
	})
}

// health asks all checks at once. Why one fails goes to the log: the page is
// open to everyone.
func (a *API) health(ctx context.Context) *healthOutput {
	ctx, cancel := context.WithTimeout(ctx, checksTime)
	defer cancel()
	out := &healthOutput{Status: http.StatusOK, Body: Health{Status: statusOK, Checks: make([]CheckResult, len(a.Checks))}}
	var wg sync.WaitGroup
	for i, c := range a.Checks {
		wg.Go(func() {
			out.Body.Checks[i] = CheckResult{Name: c.Name, Status: statusOK}
			if err := c.Run(ctx); err != nil {
				out.Body.Checks[i].Status = statusFailing
				a.Logger.WarnContext(ctx, "health check failed", "check", c.Name, "error", err)
			}
		})
	}
	wg.Wait()
	for _, c := range out.Body.Checks {
		if c.Status != statusOK {
			out.Status, out.Body.Status = http.StatusServiceUnavailable, statusFailing
		}
	}
	return out
}
