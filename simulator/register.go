package simulator

import (
	"time"
)

// registerLimit calls of one kind per number in registerSpan, then 133016.
const (
	registerLimit = 10
	registerSpan  = 72 * time.Hour
)

// countCall adds a call to those of the last 72 h, or refuses it.
func countCall(calls *[]time.Time, now time.Time) *graphError {
	kept := (*calls)[:0]
	for _, t := range *calls {
		if now.Sub(t) < registerSpan {
			kept = append(kept, t)
		}
	}
	*calls = kept
	if len(kept) >= registerLimit {
		return fail(133016, "Number registration or deregistration failed because it was tried more than %d times in 72 hours", registerLimit)
	}
	*calls = append(*calls, now)
	return nil
}

func registerNumber(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	if gerr := wantProduct(params); gerr != nil {
		return nil, gerr
	}
	pin, gerr := str(params, "pin")
	if gerr != nil {
		return nil, gerr
	}
	if pin == "" {
		return nil, failParam("The parameter pin is required.")
	}
	if !pinPattern.MatchString(pin) {
		return nil, failParam("Param pin must be 6 digits.")
	}
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	if gerr := countCall(&n.registerCalls, s.clock.now()); gerr != nil {
		return nil, gerr
	}
	if !n.verified {
		return nil, fail(133006, "The phone number needs to be verified before it can be registered")
	}
	if n.pin != "" && n.pin != pin {
		return nil, fail(133005, "The two-step verification PIN is not the one set for this number")
	}
	n.pin = pin
	n.registered = true
	return success, nil
}

func deregisterNumber(s *Simulator, c *call) (any, *graphError) {
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	if gerr := countCall(&n.deregCalls, s.clock.now()); gerr != nil {
		return nil, gerr
	}
	if !n.registered {
		return nil, fail(133010, "The phone number is not registered")
	}
	n.registered = false
	return success, nil
}

// requestCode "sends" a verification code: NumberInfo and GET /_sim/numbers/{id} show it.
func requestCode(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	method, gerr := str(params, "code_method")
	if gerr != nil {
		return nil, gerr
	}
	if method != "SMS" && method != "VOICE" {
		return nil, failParam("Param code_method must be one of {SMS, VOICE}.")
	}
	language, gerr := str(params, "language")
	if gerr != nil {
		return nil, gerr
	}
	if language == "" {
		return nil, failParam("The parameter language is required.")
	}
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	n.code, n.verified = newPin(), false
	s.log.Info("verification code", "number", n.id, "code", n.code)
	return success, nil
}

func verifyCode(_ *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	code, gerr := str(params, "code")
	if gerr != nil {
		return nil, gerr
	}
	if code == "" {
		return nil, failParam("The parameter code is required.")
	}
	n := c.number
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.code == "" || code != n.code {
		return nil, fail(136025, "The code is not the one that was sent")
	}
	n.code, n.verified = "", true
	return success, nil
}
