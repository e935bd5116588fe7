package api

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/auth"
	"github.com/musika/musika/internal/db"
)

// keyScheme names the way of proving who asks in the OpenAPI document.
const keyScheme = "key"

// withKey is the Security of an operation that needs a key.
var withKey = []map[string][]string{{keyScheme: {}}}

// requireKey refuses requests without a valid key to operations that ask for
// one, and tells the operation whose it is.
func (a *API) requireKey(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	who, err := a.principal(ctx.Context(), ctx.Header("Authorization"))
	if err != nil {
		r, w := humachi.Unwrap(ctx)
		a.refuse(w, r, err)
		return
	}
	next(huma.WithValue(ctx, principalKey, who))
}

func (a *API) principal(ctx context.Context, header string) (auth.Principal, error) {
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return auth.Principal{}, musika.Errorf(musika.CodeUnauthorized, "Send an API key: Authorization: Bearer %s…", auth.KeyPrefix)
	}
	return auth.ByKey(ctx, a.DB, strings.TrimSpace(key))
}

// read runs f in a transaction that sees what the asker may see. merchant
// narrows an operator's view; a merchant's is its own already, and asking for
// another finds nothing.
func (a *API) read(ctx context.Context, f func(tx db.Tx, merchant musika.MerchantID) error) error {
	who, ok := ctx.Value(principalKey).(auth.Principal)
	if !ok {
		return musika.Errorf(musika.CodeUnauthorized, "Send an API key.")
	}
	return a.DB.Read(ctx, who.Scope(address(ctx)), func(tx db.Tx) error { return f(tx, who.Merchant) })
}

// guardMetrics lets in who asks from this machine, not through a proxy, and
// who has an operator's key.
func (a *API) guardMetrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ip := net.ParseIP(address(r.Context()))
		direct := r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
		if ip != nil && ip.IsLoopback() && direct {
			next.ServeHTTP(w, r)
			return
		}
		who, err := a.principal(r.Context(), r.Header.Get("Authorization"))
		if err == nil && !who.Operator() {
			err = musika.Errorf(musika.CodeForbidden, "Metrics are the operator's: use an operator's API key.")
		}
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
