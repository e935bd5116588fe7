package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// appSettings are the webhook and the secrets of the one app.
type appSettings struct {
	mu                       sync.RWMutex
	callback, verify, secret string
}

func (a *appSettings) get() (callback, verify, secret string) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.callback, a.verify, a.secret
}

func (a *appSettings) set(callback, verify, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.callback, a.verify, a.secret = callback, verify, secret
}

// ErrVerification is wrapped by the error of a callback URL that did not answer
// the verification GET with status 200 and the challenge.
var ErrVerification = errors.New("callback verification failed")

// SetApp changes the app's webhook, as saving it in Meta's dashboard does: the
// URL must answer a verification GET with 200 and exactly the challenge, or
// nothing changes and the error wraps ErrVerification. Empty tokens and secrets
// stay as they are; an empty URL switches webhooks off.
func (s *Simulator) SetApp(ctx context.Context, callbackURL, verifyToken, appSecret string) error {
	_, verify, secret := s.app.get()
	if verifyToken != "" {
		verify = verifyToken
	}
	if appSecret != "" {
		secret = appSecret
	}
	if callbackURL != "" {
		if err := checkCallback(callbackURL); err != nil {
			return invalidf("callback_url: %v", err)
		}
		if err := s.verifyCallback(ctx, callbackURL, verify); err != nil {
			return err
		}
	}
	s.app.set(callbackURL, verify, secret)
	return nil
}

// verifyCallback performs Meta's verification GET.
func (s *Simulator) verifyCallback(ctx context.Context, callback, token string) error {
	challenge := strconv.FormatInt(100_000_000+randomN(1_900_000_000), 10)
	u, err := url.Parse(callback)
	if err != nil {
		return invalidf("callback: %v", err)
	}
	q := u.Query()
	q.Set("hub.mode", "subscribe")
	q.Set("hub.challenge", challenge)
	q.Set("hub.verify_token", token)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return invalidf("callback: %v", err)
	}
	req.Header.Set("User-Agent", "facebookplatform/1.0 (+http://developers.facebook.com)")
	resp, err := s.out.sender.client.Do(req)
	if err != nil {
		return fmt.Errorf("simulator: %w: %w", ErrVerification, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return fmt.Errorf("simulator: %w: %w", ErrVerification, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("simulator: %w: the answer was HTTP %d, wanted 200", ErrVerification, resp.StatusCode)
	}
	if string(body) != challenge {
		return fmt.Errorf("simulator: %w: the body was not the challenge alone", ErrVerification)
	}
	return nil
}

// destination is where an update goes: the number's own webhook, then the
// account's, then the app's; "" when there is none or the app is not subscribed.
func (s *Simulator) destination(e event) string {
	if !e.account.subscribed.Load() {
		return ""
	}
	if e.number != nil {
		if uri := e.number.override.Load().uri(); uri != "" {
			return uri
		}
	}
	if uri := e.account.override.Load().uri(); uri != "" {
		return uri
	}
	callback, _, _ := s.app.get()
	return callback
}

// checkOverride verifies the webhook of a number or account; "" removes it.
func (s *Simulator) checkOverride(ctx context.Context, uri, token string) *graphError {
	if uri == "" {
		return nil
	}
	if runes(uri) > 200 {
		return failParam("Param override_callback_uri must be at most 200 characters long.")
	}
	if err := checkCallback(uri); err != nil {
		return failParam("Param override_callback_uri must be a valid URL.")
	}
	if token == "" {
		return failParam("The parameter verify_token is required.")
	}
	if err := s.verifyCallback(ctx, uri, token); err != nil {
		e := fail(2200, "")
		e.Title = "Callback verification failed with the following errors: " + err.Error()
		return e
	}
	return nil
}

func subscribeApp(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	uri, gerr := str(params, "override_callback_uri")
	if gerr != nil {
		return nil, gerr
	}
	token, gerr := str(params, "verify_token")
	if gerr != nil {
		return nil, gerr
	}
	if gerr := s.checkOverride(c.r.Context(), uri, token); gerr != nil {
		return nil, gerr
	}
	c.account.override.Store(&override{URI: uri})
	c.account.subscribed.Store(true)
	return success, nil
}

func unsubscribeApp(_ *Simulator, c *call) (any, *graphError) {
	c.account.subscribed.Store(false)
	return success, nil
}

func listSubscriptions(s *Simulator, c *call) (any, *graphError) {
	data := []any{}
	if c.account.subscribed.Load() {
		row := map[string]any{"whatsapp_business_api_data": map[string]string{
			"id": s.cfg.AppID, "name": "Simulated app", "link": "https://www.facebook.com/games/?app_id=" + s.cfg.AppID,
		}}
		if uri := c.account.override.Load().uri(); uri != "" {
			row["override_callback_uri"] = uri
		}
		data = append(data, row)
	}
	return map[string]any{"data": data}, nil
}
