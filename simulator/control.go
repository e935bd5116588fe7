package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

const maxControlBody = 140 << 20 // 100 MB of media in base64

// control is a handler of the control interface: what it returns becomes JSON.
type control func(s *Simulator, r *http.Request) (any, error)

// controlHandler is the control interface under /_sim/: JSON over the exported
// methods. It has no login and is meant for the machine it runs on; requests
// that a browser makes on behalf of another site are refused.
func (s *Simulator) controlHandler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]control{
		"GET /_sim/info":                      getInfo,
		"GET /_sim/people":                    listPeople,
		"POST /_sim/people":                   addPerson,
		"GET /_sim/people/{wa_id}":            getPerson,
		"POST /_sim/people/{wa_id}/messages":  postInbound,
		"POST /_sim/people/{wa_id}/tap":       postTap,
		"POST /_sim/people/{wa_id}/read":      postRead,
		"POST /_sim/people/{wa_id}/play":      postPlay,
		"POST /_sim/people/{wa_id}/call":      postCall,
		"POST /_sim/people/{wa_id}/number":    postNumberChange,
		"POST /_sim/people/{wa_id}/marketing": postMarketing,
		"GET /_sim/people/{wa_id}/thread":     getThread,
		"GET /_sim/clock":                     getClock,
		"POST /_sim/clock":                    postClock,
		"GET /_sim/faults":                    getFaults,
		"PUT /_sim/faults":                    putFaults,
		"GET /_sim/deliveries":                getDeliveries,
		"GET /_sim/app":                       getApp,
		"POST /_sim/app":                      postApp,
		"POST /_sim/tokens":                   postToken,
		"GET /_sim/templates":                 getTemplates,
		"POST /_sim/templates/{id}":           postReview,
		"GET /_sim/numbers/{id}":              getNumberInfo,
		"POST /_sim/numbers/{id}":             postNumber,
		"POST /_sim/numbers/{id}/events":      postEvent,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
			out, err := h(s, r)
			writeControl(w, out, err)
		})
	}
	mux.HandleFunc("GET /_sim/people/{wa_id}/events", s.streamEvents)
	mux.HandleFunc("GET /_sim/media/{id}", s.showMedia)
	mux.HandleFunc("/_sim/", func(w http.ResponseWriter, r *http.Request) {
		writeControl(w, nil, unknownf("path %s %s", r.Method, r.URL.Path))
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func writeControl(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if err != nil {
		status, out = controlStatus(err), map[string]any{"error": map[string]string{"message": err.Error()}}
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, `{"error":{"message":"the answer could not be encoded"}}`, http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// readControl reads a JSON body; an empty one leaves dst as it is.
func readControl(r *http.Request, dst any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return invalidf("body: %v", err)
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, dst); err != nil {
		return invalidf("body: %v", err)
	}
	return nil
}

var done = map[string]bool{"ok": true}

// result pairs an error with the answer that says nothing but that it worked.
func result(err error) (any, error) { return done, err }

func getInfo(s *Simulator, _ *http.Request) (any, error) {
	type row struct {
		ID      string `json:"id"`
		WABAID  string `json:"waba_id"`
		Display string `json:"display_phone_number"`
		Name    string `json:"verified_name"`
	}
	numbers := []row{}
	for _, n := range s.order {
		n.mu.Lock()
		numbers = append(numbers, row{n.id, n.account.id, n.cfg.DisplayPhone, n.cfg.VerifiedName})
		n.mu.Unlock()
	}
	return map[string]any{"numbers": numbers, "people": s.People(), "now": s.Now().UTC(), "api_version": s.cfg.APIVersion,
		"app_id": s.cfg.AppID}, nil
}

func getClock(s *Simulator, _ *http.Request) (any, error) {
	return map[string]any{"now": s.Now().UTC(), "offset": s.ClockOffset().String()}, nil
}

func postClock(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		Advance string     `json:"advance"`
		Set     *time.Time `json:"set"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	var d time.Duration
	switch {
	case in.Advance != "" && in.Set == nil:
		var err error
		if d, err = time.ParseDuration(in.Advance); err != nil {
			return nil, invalidf("advance: %v", err)
		}
	case in.Set != nil && in.Advance == "":
		d = in.Set.Sub(s.Now())
	default:
		return nil, invalidf("give advance or set")
	}
	if err := s.MoveClock(d); err != nil {
		return nil, err
	}
	return getClock(s, r)
}

func getFaults(s *Simulator, _ *http.Request) (any, error) { return s.Faults(), nil }

func putFaults(s *Simulator, r *http.Request) (any, error) {
	var f Faults
	if err := readControl(r, &f); err != nil {
		return nil, err
	}
	if err := s.SetFaults(f); err != nil {
		return nil, err
	}
	return s.Faults(), nil
}

func getDeliveries(s *Simulator, r *http.Request) (any, error) {
	var after uint64
	if q := r.URL.Query().Get("after"); q != "" {
		var err error
		if after, err = strconv.ParseUint(q, 10, 64); err != nil {
			return nil, invalidf("after: %v", err)
		}
	}
	return map[string]any{"deliveries": s.DeliveriesAfter(after), "totals": s.DeliveryTotals(), "idle": s.Idle()}, nil
}

func getApp(s *Simulator, _ *http.Request) (any, error) { return s.Credentials(), nil }

func postApp(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		Callback *string `json:"callback_url"`
		Verify   string  `json:"verify_token"`
		Secret   string  `json:"app_secret"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Callback == nil {
		current := s.Credentials().CallbackURL
		in.Callback = &current
	}
	if err := s.SetApp(r.Context(), *in.Callback, in.Verify, in.Secret); err != nil {
		return nil, err
	}
	return s.Credentials(), nil
}

func postToken(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		ExpiresIn string `json:"expires_in"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	var ttl time.Duration
	if in.ExpiresIn != "" {
		var err error
		if ttl, err = time.ParseDuration(in.ExpiresIn); err != nil || ttl <= 0 {
			return nil, invalidf("expires_in must be a duration above zero, such as 1h")
		}
	}
	return map[string]string{"access_token": s.IssueToken(ttl)}, nil
}

func getTemplates(s *Simulator, _ *http.Request) (any, error) {
	return map[string]any{"templates": s.Templates()}, nil
}

func postReview(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return result(s.ReviewTemplate(r.PathValue("id"), in.Status, in.Reason))
}

func getNumberInfo(s *Simulator, r *http.Request) (any, error) {
	return s.NumberInfo(r.PathValue("id"))
}

func postNumber(s *Simulator, r *http.Request) (any, error) {
	var in NumberSettings
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := s.ConfigureNumber(r.PathValue("id"), in); err != nil {
		return nil, err
	}
	return s.NumberInfo(r.PathValue("id"))
}

func postEvent(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		Field string          `json:"field"`
		Value json.RawMessage `json:"value"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return result(s.EmitEvent(r.PathValue("id"), in.Field, in.Value))
}

// showMedia serves the bytes of a media id to the phone page. They come from
// strangers, so a browser may show them but run nothing in them.
func (s *Simulator) showMedia(w http.ResponseWriter, r *http.Request) {
	data, mimeType, err := s.Media(r.PathValue("id"))
	if err != nil {
		writeControl(w, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mimeType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "private, max-age=300")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) //nolint:gosec // sandboxed by the policy above
}
