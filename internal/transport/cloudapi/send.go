package cloudapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/musika/musika"
)

// Send checks out.Message against Meta's limits, waits for its turn and hands
// it over. The message goes to out's phone, or to its business-scoped id when
// there is no phone.
//
// The error is always a *musika.SendError. SendRefused without a Code was
// found here, before anything left; its Title names the field and its cause is
// a *musika.Error with all fields at fault. SendWait carries After: either Meta
// asked for it, or the turn is further off than Config.MaxWait.
//
// A nil error means accepted, not delivered. A closed 24-hour window, say, is
// as a rule told later by a failed status.
func (c *Client) Send(ctx context.Context, out musika.Outgoing) (musika.SendResult, error) {
	body, person, refused := build(&out)
	if refused != nil {
		return musika.SendResult{}, refused
	}
	key := pair{out.ChannelExternalID, person}
	if late := c.pace.take(ctx, key); late != nil {
		return musika.SendResult{}, late
	}
	started := c.clock()
	answer, failed := c.postMessage(ctx, out.ChannelExternalID, body)
	if failed != nil {
		if hold := c.pace.learn(key, started, failed); hold > 0 {
			failed.After = max(hold, failed.After)
		}
		return musika.SendResult{}, failed
	}
	c.pace.learn(key, started, nil)
	result, err := readSendAnswer(answer)
	if err != nil {
		return musika.SendResult{}, unknown("the answer names no message", err)
	}
	return result, nil
}

// postMessage posts body to the number's messages.
func (c *Client) postMessage(ctx context.Context, number string, body []byte) ([]byte, *musika.SendError) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.root+"/"+number+"/messages", bytes.NewReader(body))
	if err != nil {
		return nil, notSent(err)
	}
	req.Header.Set("Content-Type", "application/json")
	answer, failed := c.call(req)
	// 100 with subcode 33 is "no such object": about a file it concerns this
	// message, about the number it concerns them all.
	if failed != nil && failed.Code == "100" && strings.Contains(failed.Title, "'"+number+"'") {
		failed.Disposition = blocked
		failed.Advice = "The access token does not open this number. Check the phone number id and the token in Musika's settings."
	}
	return answer, failed
}

// readSendAnswer reads the answer to an accepted message. Of the person it has
// wa_id, user_id or both (Meta's Cloud API: business-scoped user ids).
func readSendAnswer(body []byte) (musika.SendResult, error) {
	var answer struct {
		Contacts []struct {
			WaID   text `json:"wa_id"`
			UserID text `json:"user_id"`
		} `json:"contacts"`
		Messages []struct {
			ID text `json:"id"`
		} `json:"messages"`
	}
	err := json.Unmarshal(body, &answer)
	if len(answer.Messages) == 0 || answer.Messages[0].ID == "" {
		return musika.SendResult{}, errors.Join(errors.New("no messages[0].id"), err)
	}
	out := musika.SendResult{ExternalID: string(answer.Messages[0].ID)}
	if len(answer.Contacts) > 0 {
		out.Recipient = addresses(answer.Contacts[0].WaID, answer.Contacts[0].UserID)
	}
	return out, nil
}

// addresses returns the addresses that Meta gave of a person; either may be
// empty or unreadable. The phone comes first.
func addresses(waID, userID text) []musika.Address {
	var out []musika.Address
	if waID != "" {
		if phone, err := musika.ParsePhone(string(waID)); err == nil {
			out = append(out, musika.Address{Kind: musika.AddressPhone, Value: string(phone)})
		}
	}
	if id, _ := cut(string(userID), maxMessageID); id != "" {
		out = append(out, musika.Address{Kind: musika.AddressBSUID, Value: id})
	}
	return out
}

// readPart is the body that marks a message read (Meta's Cloud API: read
// receipts, typing indicators).
type readPart struct {
	Product   string      `json:"messaging_product"`
	Status    string      `json:"status"`
	MessageID string      `json:"message_id"`
	Typing    *typingPart `json:"typing_indicator,omitempty"`
}

type typingPart struct {
	Type string `json:"type"`
}

// MarkRead marks the person's message, and those before it, as read. With
// typing they see that we are writing, until we send or 25 s have passed. The
// error is a *musika.Error with the *musika.SendError as its cause.
func (c *Client) MarkRead(ctx context.Context, channelExternalID, externalID string, typing bool) error {
	if err := channelOK("channel", channelExternalID); err != nil {
		return err
	}
	if externalID == "" || len(externalID) > maxMessageID {
		return musika.Errorf(musika.CodeInvalid, "The message to mark as read must be named by WhatsApp's id.")
	}
	part := readPart{Product: "whatsapp", Status: "read", MessageID: externalID}
	if typing {
		part.Typing = &typingPart{Type: "text"}
	}
	body, err := encode(part)
	if err != nil {
		return musika.Errorf(musika.CodeInternal, "the read receipt cannot be written").Wrap(err)
	}
	answer, failed := c.postMessage(ctx, channelExternalID, body)
	if failed != nil {
		return asError(failed)
	}
	var ok struct {
		Success truth `json:"success"`
	}
	if err := json.Unmarshal(answer, &ok); err != nil || !bool(ok.Success) {
		return musika.Errorf(musika.CodeUnavailable, "WhatsApp did not confirm the read receipt.").Wrap(err)
	}
	return nil
}
