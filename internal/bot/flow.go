package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/musika/musika"
)

// maxWrong is how often a question is asked again after a wrong answer.
const maxWrong = 3

// Flow is a conversation of several questions. It is a value: to add one,
// write it in flow_<name>.go and put it into flows.
type Flow struct {
	Name  string // stored in running conversations: never change one
	Title string // catalogue key of what it is called: "You left {title}."
	Steps []Step // the first is where it starts unless begin is told otherwise
	// Soft marks a question that is only a side remark: a keyword such as
	// "menu" answers it no better than a wrong answer would, and leaves it.
	Soft bool
	// Done runs when the last answer is in, and replies.
	Done func(ctx context.Context, c *Ctx, f *flowState) error
	// Offer returns what to tap after the flow ended without being done.
	Offer func(c *Ctx) []musika.Button
	// Left, when set, runs when the flow ends because the person turned to
	// something else or waited too long, and may keep what was answered so far.
	Left func(ctx context.Context, c *Ctx, f *flowState) error
}

// Step is one question of a Flow.
type Step struct {
	Name string // stored in running conversations: never change one
	// Prompt asks. Its buttons and rows have ids made by flowState.option.
	Prompt func(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error)
	// Parse reads the answer into f.Data. It returns what wrong or again made
	// when the answer does not do, and any other error to give up. A Parse
	// that replies by itself and ends the flow returns nil.
	Parse func(ctx context.Context, c *Ctx, f *flowState, a answer) error
	// Next names the step that follows; "" means that the flow is done.
	Next func(f *flowState) string
}

// flowState is a Flow on its way, as the conversation's state keeps it.
type flowState struct {
	ID    string            `json:"id"` // the message that began it; idempotency keys derive from it
	Name  string            `json:"name"`
	Step  string            `json:"step"`
	Trail []string          `json:"trail,omitempty"` // steps answered before this one
	Wrong int               `json:"wrong,omitempty"` // wrong answers to this step
	At    time.Time         `json:"at"`              // of the last step
	Data  map[string]string `json:"data,omitempty"`
}

// answer is what a person said to a question: the value of an option they
// chose, or what they typed, or a place they shared.
type answer struct {
	value string
	text  string
	place *musika.Place
}

// flows lists all flows.
func flows() []*Flow {
	return []*Flow{checkoutFlow(), quantityFlow(), registerFlow(), rateFlow(), rejectFlow()}
}

// flow returns the flow with this name, nil when there is none.
func (b *Bot) flow(name string) *Flow {
	i := slices.IndexFunc(b.flows, func(f *Flow) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return b.flows[i]
}

// step returns the step with this name, nil when there is none.
func (f *Flow) step(name string) *Step {
	if f == nil {
		return nil
	}
	i := slices.IndexFunc(f.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Steps[i]
}

// then is the Next of a step that is always followed by the same one.
func then(step string) func(*flowState) string {
	return func(*flowState) string { return step }
}

// option returns the reply id that answers the step f is at with value.
func (f *flowState) option(value string) string {
	return replyID("ans", f.ID, f.Step, value)
}

// expired reports whether the flow waited too long.
func (f *flowState) expired(now time.Time) bool { return now.Sub(f.At) > flowLife }

// wrongAnswer is the error of an answer that does not do.
type wrongAnswer struct {
	reason string
	free   bool // does not count: not the person's mistake
}

func (w *wrongAnswer) Error() string { return w.reason }

// wrong says why an answer does not do; the question is asked again.
func wrong(reason string) error { return &wrongAnswer{reason: reason} }

// again asks the question again because the world changed, not because the
// answer was bad.
func again(reason string) error { return &wrongAnswer{reason: reason, free: true} }

// begin starts the flow called name at a step ("" for its first) and asks.
func (c *Ctx) begin(ctx context.Context, name, step string, data map[string]string) error {
	if step == "" {
		step = c.bot.flow(name).Steps[0].Name
	}
	if data == nil {
		data = map[string]string{}
	}
	c.state.Flow = &flowState{ID: string(c.turn.MessageID), Name: name, Step: step, At: c.now, Data: data}
	return c.ask(ctx)
}

// ask puts the question that the flow is at.
func (c *Ctx) ask(ctx context.Context) error {
	f := c.state.Flow
	m, err := c.bot.flow(f.Name).step(f.Step).Prompt(ctx, c, f)
	if err != nil {
		return err
	}
	if c.state.Flow == nil { // the prompt found nothing to ask and has replied
		return nil
	}
	f.At = c.now
	c.reply(m)
	return nil
}

// take gives the running flow an answer.
func (c *Ctx) take(ctx context.Context, a answer) error {
	f := c.state.Flow
	if f.Data == nil {
		f.Data = map[string]string{}
	}
	flow := c.bot.flow(f.Name)
	switch c.flowWord(a) {
	case "cancel":
		return c.cancelFlow()
	case "back":
		if n := len(f.Trail); n > 0 {
			f.Step, f.Trail, f.Wrong = f.Trail[n-1], f.Trail[:n-1], 0
		} else {
			c.note(c.T("flow.first"))
		}
		return c.ask(ctx)
	}
	step := flow.step(f.Step)
	err := step.Parse(ctx, c, f, a)
	if bad, ok := errors.AsType[*wrongAnswer](err); ok {
		return c.askAgain(ctx, flow, bad)
	}
	switch {
	case err != nil || c.state.Flow != f:
		return err
	}
	f.Wrong = 0
	next := step.Next(f)
	if next == "" {
		c.state.Flow = nil
		return flow.Done(ctx, c, f)
	}
	if next != f.Step {
		f.Trail = append(f.Trail, f.Step)
		f.Step = next
	}
	return c.ask(ctx)
}

func (c *Ctx) askAgain(ctx context.Context, flow *Flow, bad *wrongAnswer) error {
	f := c.state.Flow
	c.note(bad.reason)
	if !bad.free {
		f.Wrong++
	}
	if f.Wrong > maxWrong {
		c.state.Flow = nil
		return c.say(c.T("flow.gaveup", "title", c.T(flow.Title)), flow.Offer(c)...)
	}
	return c.ask(ctx)
}

// cancelFlow ends the running flow at the person's wish.
func (c *Ctx) cancelFlow() error {
	flow := c.bot.flow(c.state.Flow.Name)
	c.state.Flow = nil
	return c.say(c.T("flow.cancelled", "title", c.T(flow.Title)), flow.Offer(c)...)
}

// leaveFlow ends the running flow because the person turned to something else,
// and leaves one line about it for the reply that follows.
func (c *Ctx) leaveFlow(ctx context.Context) error {
	f := c.state.Flow
	if f == nil {
		return nil
	}
	c.state.Flow = nil
	flow := c.bot.flow(f.Name)
	switch {
	case flow.Soft: // nothing worth a line
	case f.expired(c.now):
		c.note(c.T("flow.left.expired", "title", c.T(flow.Title)))
	default:
		c.note(c.T("flow.left", "title", c.T(flow.Title)))
	}
	if flow.Left != nil {
		return flow.Left(ctx, c, f)
	}
	return nil
}

// expireFlow ends a flow that waited too long, and says what to do.
func (c *Ctx) expireFlow(ctx context.Context) error {
	f := c.state.Flow
	c.state.Flow = nil
	flow := c.bot.flow(f.Name)
	if flow.Left != nil {
		if err := flow.Left(ctx, c, f); err != nil {
			return err
		}
	}
	return c.say(c.T("flow.expired", "title", c.T(flow.Title)), flow.Offer(c)...)
}

// flowWord recognises the words that steer any flow.
func (c *Ctx) flowWord(a answer) string {
	if a.value == "cancel" || a.value == "back" {
		return a.value
	}
	word := fold(strings.TrimPrefix(strings.TrimSpace(a.text), c.prefix))
	switch {
	case a.value != "" || word == "":
		return ""
	case c.isWord("stop", word):
		return "cancel"
	case c.isWord("back", word):
		return "back"
	}
	return ""
}

// verbAnswer takes a tapped option of a flow's question. The flow may be gone,
// or past that question.
func verbAnswer(ctx context.Context, c *Ctx, args []string) error {
	if len(args) < 3 {
		return c.unknownReply()
	}
	id, step, value := args[0], args[1], strings.Join(args[2:], ":")
	f := c.state.Flow
	if f == nil || f.ID != id {
		return c.answerToGone(ctx, id)
	}
	if f.expired(c.now) {
		return c.expireFlow(ctx)
	}
	if f.Step != step {
		at := slices.Index(f.Trail, step)
		if at < 0 || value == "cancel" || value == "back" {
			if value == "cancel" {
				return c.cancelFlow()
			}
			c.note(c.T("flow.moved"))
			return c.ask(ctx)
		}
		f.Step, f.Trail, f.Wrong = step, f.Trail[:at], 0
	}
	return c.take(ctx, answer{value: value, text: c.turn.Message.Text})
}

// answerToGone replies to an option of a flow that is not running any more.
func (c *Ctx) answerToGone(ctx context.Context, id string) error {
	if p := c.state.Placed; p != nil && p.Flow == id {
		if err := c.leaveFlow(ctx); err != nil {
			return err
		}
		c.note(c.T("checkout.already"))
		return c.showOrder(ctx, p.Order)
	}
	if f := c.state.Flow; f != nil && !f.expired(c.now) && !c.bot.flow(f.Name).Soft {
		c.note(c.T("flow.gone"))
		return c.ask(ctx)
	}
	if err := c.leaveFlow(ctx); err != nil {
		return err
	}
	c.note(c.T("flow.gone"))
	return c.showCart(ctx, "")
}

// pick reads an answer as one of several choices: the value that a tapped
// option carries, the title of one typed, or its number.
func (c *Ctx) pick(a answer, choices []musika.Button) (string, bool) {
	if a.value != "" {
		for _, b := range choices {
			if b.ID == a.value {
				return b.ID, true
			}
		}
		return "", false
	}
	word := fold(a.text)
	for i, b := range choices {
		if word == fold(b.Title) || word == toText(i+1) {
			return b.ID, true
		}
	}
	return "", false
}

// options turns choices, whose ids are values, into buttons of the question
// that f is at.
func (f *flowState) options(choices []musika.Button) []musika.Button {
	out := slices.Clone(choices)
	for i := range out {
		out[i].ID = f.option(out[i].ID)
	}
	return out
}
