package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/musika/musika"
)

type contextKey int

const (
	requestIDKey contextKey = iota
	principalKey
	addressKey
)

// requestID names the request of ctx, "" outside one.
func requestID(ctx context.Context) string {
	if ctx == nil {
		return ""
	}
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// address is where the request of ctx came from.
func address(ctx context.Context) string {
	s, _ := ctx.Value(addressKey).(string)
	return s
}

// wrap puts around every request: an id, headers that keep browsers from doing
// harm, limits, recovery from a panic, and the measure of its time.
func (a *API) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !plainID(id) {
			id = musika.NewID("req", start)
		}
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		ctx := context.WithValue(context.WithValue(r.Context(), requestIDKey, id), addressKey, host)
		routing := chi.NewRouteContext()
		r = r.WithContext(context.WithValue(ctx, chi.RouteCtxKey, routing))

		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")

		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // the very value
					panic(v)
				}
				a.Logger.LogAttrs(ctx, slog.LevelError, "request panicked", slog.String("request_id", id),
					slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
				if recorder.Status() == 0 {
					writeProblem(recorder, newProblem(ctx, http.StatusInternalServerError, musika.CodeInternal, musika.MessageOf(musika.Errorf(musika.CodeInternal, ""))))
				}
			}
			a.Metrics.observe(r.Method, routing.RoutePattern(), recorder.Status(), time.Since(start))
			a.Logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("request_id", id), slog.String("method", r.Method),
				slog.String("path", r.URL.Path), slog.Int("status", recorder.Status()), slog.Duration("took", time.Since(start)))
		}()
		if len(r.RequestURI) > maxURL {
			writeProblem(recorder, newProblem(ctx, http.StatusRequestURITooLong, musika.CodeTooLarge, "The address is too long."))
			return
		}
		if !strings.HasPrefix(r.URL.Path, "/webhooks/") {
			r.Body = http.MaxBytesReader(recorder, r.Body, maxBody)
		}
		next.ServeHTTP(recorder, r)
	})
}

// plainID reports whether a caller's request id can be taken over: it goes to
// logs and headers.
func plainID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
