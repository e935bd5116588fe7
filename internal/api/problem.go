package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/musika/musika"
)

// Problem is how an error is told: RFC 9457 problem details. Programs decide
// by Code, which never changes; people read Detail.
type Problem struct {
	Type      string              `json:"type" doc:"Names the kind of problem: urn:musika:problem: and the code." example:"urn:musika:problem:not_found"`
	Title     string              `json:"title" doc:"The HTTP status in words."`
	Status    int                 `json:"status" doc:"The HTTP status."`
	Code      musika.Code         `json:"code" doc:"Stable name of the kind of problem."`
	Detail    string              `json:"detail" doc:"What went wrong and what to do next, for people."`
	RequestID string              `json:"request_id,omitempty" doc:"Names this request in the log."`
	Errors    []musika.FieldError `json:"errors,omitempty" doc:"What is wrong with which part of the request."`

	retryAfter time.Duration
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the response's status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is RFC 9457's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="musika"`)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.retryAfter.Round(time.Second)/time.Second)))
	}
	return h
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

var statusOf = map[musika.Code]int{
	musika.CodeInvalid:       http.StatusUnprocessableEntity,
	musika.CodeNotFound:      http.StatusNotFound,
	musika.CodeConflict:      http.StatusConflict,
	musika.CodeOutOfStock:    http.StatusConflict,
	musika.CodeStoreClosed:   http.StatusConflict,
	musika.CodeWindowClosed:  http.StatusConflict,
	musika.CodeUnauthorized:  http.StatusUnauthorized,
	musika.CodeForbidden:     http.StatusForbidden,
	musika.CodeTooLarge:      http.StatusRequestEntityTooLarge,
	musika.CodeRateLimited:   http.StatusTooManyRequests,
	musika.CodeUnavailable:   http.StatusServiceUnavailable,
	musika.CodeSerialization: http.StatusServiceUnavailable,
	musika.CodeUnknownResult: http.StatusServiceUnavailable,
	musika.CodeUnsupported:   http.StatusNotImplemented,
	musika.CodeInternal:      http.StatusInternalServerError,
}

// codeOf is the code of what the router or huma refuses by status.
func codeOf(status int) musika.Code {
	switch status {
	case http.StatusUnauthorized:
		return musika.CodeUnauthorized
	case http.StatusForbidden:
		return musika.CodeForbidden
	case http.StatusNotFound:
		return musika.CodeNotFound
	case http.StatusConflict:
		return musika.CodeConflict
	case http.StatusRequestEntityTooLarge:
		return musika.CodeTooLarge
	case http.StatusTooManyRequests:
		return musika.CodeRateLimited
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return musika.CodeUnsupported
	case http.StatusServiceUnavailable:
		return musika.CodeUnavailable
	}
	if status >= http.StatusInternalServerError {
		return musika.CodeInternal
	}
	return musika.CodeInvalid
}

func newProblem(ctx context.Context, status int, code musika.Code, detail string) *Problem {
	return &Problem{
		Type: "urn:musika:problem:" + string(code), Title: http.StatusText(status), Status: status,
		Code: code, Detail: detail, RequestID: requestID(ctx),
	}
}

// problemOf is the one place that turns an error into HTTP. What is unknown is
// logged here and told as a defect without details.
func (a *API) problemOf(ctx context.Context, err error) *Problem {
	code := musika.CodeOf(err)
	status, known := statusOf[code]
	if !known || code == musika.CodeInternal {
		code, status = musika.CodeInternal, http.StatusInternalServerError
		a.Logger.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", requestID(ctx)), slog.Any("error", err))
	}
	p := newProblem(ctx, status, code, musika.MessageOf(err))
	if e, ok := errors.AsType[*musika.Error](err); ok && code != musika.CodeInternal {
		p.Errors, p.retryAfter = e.Fields, e.RetryAfter
	}
	return p
}

// refuse answers with err outside an operation.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, a.problemOf(r.Context(), err))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil { // a struct of strings always encodes
		body = []byte("{}")
	}
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

// useProblems makes huma's own refusals (validation, parsing) problems of the
// same form. Huma takes this from two package variables only. What huma says
// about a field is kept, the field's value is not: it may be a secret.
var useProblems = sync.OnceFunc(func() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		var reqCtx context.Context
		if ctx != nil {
			reqCtx = ctx.Context()
		}
		code := codeOf(status)
		if code == musika.CodeInternal {
			return newProblem(reqCtx, status, code, musika.MessageOf(musika.Errorf(code, "")))
		}
		p := newProblem(reqCtx, status, code, "The request is not valid.")
		if msg != "" && msg != "validation failed" {
			p.Detail = strings.ToUpper(msg[:1]) + msg[1:] + "."
		}
		for _, err := range errs {
			if d, ok := err.(huma.ErrorDetailer); ok {
				detail := d.ErrorDetail()
				p.Errors = append(p.Errors, musika.FieldError{Field: detail.Location, Message: detail.Message})
			}
		}
		if len(p.Errors) > 0 {
			p.Detail = "The request is not valid: " + p.Errors[0].Field + " " + p.Errors[0].Message + "."
		}
		return p
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return huma.NewErrorWithContext(nil, status, msg, errs...)
	}
})
