// Package musika is the vocabulary of Musika: the nouns a shop that sells over
// WhatsApp is made of, the rules that belong to a noun alone, the error type
// that every layer speaks, and the port a messaging transport implements.
//
// It imports the standard library only. Start reading here: one file per noun.
package musika

import "time"

// Clock tells the time. Code that decides by time takes a Clock, so a test or
// the demo can move it. Times are UTC.
type Clock func() time.Time

// SystemClock is the machine's clock in UTC, cut to microseconds, the
// precision that both database engines keep.
func SystemClock() time.Time { return Instant(time.Now()) }

// Instant brings t to the form that is stored and compared everywhere: UTC,
// cut to microseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
