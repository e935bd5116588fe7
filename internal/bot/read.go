package bot

import (
	"context"
	"strings"
	"unicode"

	"github.com/musika/musika"
)

// maxText is how much of a message is read, in bytes. More than any sensible
// request, and little enough that nobody can make us work by writing a lot.
const maxText = 2000

// read decides what a message is, in the order of the reference: a reply to
// something offered, the answer that a flow waits for, a command, plain
// language, a native cart, media.
func (c *Ctx) read(ctx context.Context) error {
	m := c.turn.Message
	text := readable(m.Text)
	switch m.Kind {
	case musika.InboundReply:
		if m.Reply != nil {
			return c.readReply(ctx, readable(m.Reply.ID))
		}
		return c.readText(ctx, text)
	case musika.InboundText:
		return c.readText(ctx, text)
	case musika.InboundOrder:
		if m.Order != nil && !m.Group {
			if err := c.leaveFlow(ctx); err != nil {
				return err
			}
			return c.nativeOrder(ctx, m.Order)
		}
	case musika.InboundLocation, musika.InboundMedia, musika.InboundContacts, musika.InboundUnsupported:
		if !m.Group {
			return c.readOther(ctx, text)
		}
	}
	return nil // reactions and system changes need no answer
}

// readable makes text safe to work with: valid UTF-8, without NUL, which
// Postgres refuses, and not longer than maxText.
func readable(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

func (c *Ctx) readText(ctx context.Context, text string) error {
	group, f := c.turn.Message.Group, c.state.Flow
	if f != nil && f.expired(c.now) && c.bot.flow(f.Name).Soft {
		c.state.Flow, f = nil, nil // a side remark of long ago
	}
	waiting := f != nil && (!group || c.turn.Message.ReplyTo != "")
	typed := answer{text: text}
	if waiting && !f.expired(c.now) && c.flowWord(typed) != "" {
		return c.take(ctx, typed)
	}
	if words, sure, ok := commandLine(text, c.prefix); ok {
		cmd, args := c.bot.findCommand(words)
		if cmd != nil {
			if err := c.leaveFlow(ctx); err != nil {
				return err
			}
			return c.run(ctx, cmd, args)
		}
		if sure {
			return c.unknownCommand(words)
		}
	}
	switch {
	case waiting && f.expired(c.now):
		if i := c.bot.exactIntent(fold(text)); i != nil {
			if err := c.leaveFlow(ctx); err != nil {
				return err
			}
			return i.run(ctx, c, "")
		}
		return c.expireFlow(ctx)
	case waiting:
		return c.answerFlow(ctx, typed)
	case group:
		return nil
	}
	return c.plainLanguage(ctx, text)
}

// answerFlow gives a typed answer to the running flow. A flow that is only a
// side remark gives way to a keyword that plainly means something else.
func (c *Ctx) answerFlow(ctx context.Context, a answer) error {
	if c.bot.flow(c.state.Flow.Name).Soft {
		if i := c.bot.exactIntent(fold(a.text)); i != nil {
			if err := c.leaveFlow(ctx); err != nil {
				return err
			}
			return i.run(ctx, c, "")
		}
	}
	return c.take(ctx, a)
}

// run checks that the person may use cmd, and not too often, and runs it.
func (c *Ctx) run(ctx context.Context, cmd *Command, args []string) error {
	switch c.state.Limits.command(c.now, cmd.Name) {
	case silent:
		return nil
	case notice:
		c.tooFast()
		return nil
	}
	if !c.may(cmd) {
		return c.say(c.T("refused.merchants"))
	}
	return cmd.Run(ctx, c, args)
}

// unknownCommand offers the commands whose names come nearest.
func (c *Ctx) unknownCommand(words []string) error {
	word := words[0]
	if strings.EqualFold(word, "merchant") && len(words) > 1 {
		word = words[1]
	}
	var near []musika.Button
	for _, cmd := range c.nearest(word) {
		near = append(near, musika.Button{ID: replyID("cmd", c.bot.typed(cmd)), Title: c.prefix + c.bot.typed(cmd)})
	}
	return c.say(c.T("command.unknown", "word", c.prefix+cut(plain(strings.Join(words, " ")), 40)), near...)
}

// readOther takes what is not text: a place or a caption may answer a
// question; all else is acknowledged now and then.
func (c *Ctx) readOther(ctx context.Context, caption string) error {
	m := c.turn.Message
	if f := c.state.Flow; f != nil {
		if f.expired(c.now) {
			return c.expireFlow(ctx)
		}
		a := answer{text: caption}
		if m.Location != nil && m.Location.Valid() {
			a.place = m.Location
		}
		return c.take(ctx, a)
	}
	if words, _, ok := commandLine(caption, c.prefix); ok {
		if cmd, args := c.bot.findCommand(words); cmd != nil {
			return c.run(ctx, cmd, args)
		}
	}
	if c.now.Sub(c.state.Media) < mediaGap {
		return nil
	}
	c.state.Media = c.now
	key := "media.stored"
	if m.Kind == musika.InboundLocation {
		key = "location.stored"
	}
	return c.say(c.T(key))
}

// fold brings words to the form in which they are compared: lower case, single
// spaces, without punctuation around them.
func fold(s string) string {
	s = strings.TrimFunc(strings.ToLower(s), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".,!?;:…'\"“”()", r)
	})
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "’", "'")), " ")
}
