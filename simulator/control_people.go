package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

func listPeople(s *Simulator, _ *http.Request) (any, error) {
	return map[string]any{"people": s.People()}, nil
}

func addPerson(s *Simulator, r *http.Request) (any, error) {
	var p Person
	if err := readControl(r, &p); err != nil {
		return nil, err
	}
	return s.AddPerson(p)
}

func getPerson(s *Simulator, r *http.Request) (any, error) { return s.Person(r.PathValue("wa_id")) }

// identified is the answer of calls that make something.
func identified(id string, err error) (any, error) { return map[string]string{"id": id}, err }

func postInbound(s *Simulator, r *http.Request) (any, error) {
	var in Inbound
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return identified(s.Say(r.Context(), r.PathValue("wa_id"), in))
}

func postTap(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		MessageID string `json:"message_id"`
		OptionID  string `json:"option_id"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return identified(s.Tap(r.Context(), r.PathValue("wa_id"), in.MessageID, in.OptionID))
}

type numberChoice struct {
	PhoneNumberID string `json:"phone_number_id"`
}

func postRead(s *Simulator, r *http.Request) (any, error) {
	var in numberChoice
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return result(s.Read(r.Context(), r.PathValue("wa_id"), in.PhoneNumberID))
}

func postPlay(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		MessageID string `json:"message_id"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return result(s.Play(r.Context(), r.PathValue("wa_id"), in.MessageID))
}

func postCall(s *Simulator, r *http.Request) (any, error) {
	var in numberChoice
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return identified(s.Call(r.Context(), r.PathValue("wa_id"), in.PhoneNumberID))
}

func postNumberChange(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		WaID string `json:"wa_id"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.ChangeNumber(r.Context(), r.PathValue("wa_id"), in.WaID)
}

func postMarketing(s *Simulator, r *http.Request) (any, error) {
	var in struct {
		numberChoice
		Value string `json:"value"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return result(s.SetMarketing(r.PathValue("wa_id"), in.PhoneNumberID, in.Value))
}

func getThread(s *Simulator, r *http.Request) (any, error) {
	q := r.URL.Query()
	msgs, typing, err := s.ThreadAfter(r.PathValue("wa_id"), q.Get("phone_number_id"), q.Get("after"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"messages": msgs, "typing": typing}, nil
}

// streamEvents sends what happens in a person's conversations as Server-Sent
// Events: message, status and typing. While it is open the phone counts as
// having the chat open, so what is delivered gets read; ?open=0 only looks on.
// ?phone_number_id= narrows it to one number. A client that falls too far
// behind is cut off and reads the thread anew.
func (s *Simulator) streamEvents(w http.ResponseWriter, r *http.Request) {
	p, err := s.person(r.PathValue("wa_id"))
	if err != nil {
		writeControl(w, nil, err)
		return
	}
	q := r.URL.Query()
	number, open := q.Get("phone_number_id"), q.Get("open") != "0"
	if number != "" {
		if _, err := s.numberOr(number); err != nil {
			writeControl(w, nil, err)
			return
		}
	}
	events, cancel := p.subscribe(number, open)
	defer cancel()
	if open {
		for _, th := range p.allThreads() {
			if number == "" || number == th.number.id {
				th.mu.Lock()
				s.readAll(th)
				th.mu.Unlock()
			}
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	flusher := http.NewResponseController(w)
	if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil || flusher.Flush() != nil {
		return
	}
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		var frame string
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			frame = ": beat\n\n"
		case e, ok := <-events:
			if !ok {
				return
			}
			frame = e.frame()
		}
		if _, err := fmt.Fprint(w, frame); err != nil || flusher.Flush() != nil {
			return
		}
	}
}

// frame is the event as Server-Sent Events write it.
func (e ThreadEvent) frame() string {
	var data any
	switch e.Kind {
	case "message":
		data = e.Message
	case "status":
		data = e.Status
	default:
		data = map[string]any{"on": e.Typing, "phone_number_id": e.PhoneNumberID}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return ": " + e.Kind + " could not be encoded\n\n"
	}
	return "event: " + e.Kind + "\ndata: " + string(raw) + "\n\n"
}
