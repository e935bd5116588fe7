package bot

import (
	"time"
)

// What one person may send in a minute.
const (
	messagesPerMinute = 100
	samePerMinute     = 5 // of one command
	mediaPerMinute    = 10
)

// limits counts what a person sent in the running minute.
type limits struct {
	Minute   int64          `json:"m"` // minutes since 1970
	Messages int            `json:"n,omitempty"`
	Media    int            `json:"f,omitempty"`
	Commands map[string]int `json:"c,omitempty"`
	Told     bool           `json:"t,omitempty"` // the one notice was given
}

// verdict says what to do with a message.
type verdict int

const (
	pass   verdict = iota
	notice         // over a limit for the first time in this minute
	silent
)

// roll starts a new count when the minute changed.
func (l *limits) roll(now time.Time) {
	if minute := now.Unix() / 60; minute != l.Minute {
		*l = limits{Minute: minute}
	}
}

// message counts one message.
func (l *limits) message(now time.Time, media bool) verdict {
	l.roll(now)
	l.Messages++
	if media {
		l.Media++
	}
	return l.over(l.Messages > messagesPerMinute || media && l.Media > mediaPerMinute)
}

// command counts one use of a command.
func (l *limits) command(now time.Time, name string) verdict {
	l.roll(now)
	if l.Commands == nil {
		l.Commands = map[string]int{}
	}
	l.Commands[name]++
	return l.over(l.Commands[name] > samePerMinute)
}

func (l *limits) over(over bool) verdict {
	switch {
	case !over:
		return pass
	case l.Told:
		return silent
	}
	l.Told = true
	return notice
}
