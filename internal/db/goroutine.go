package db

import (
	"bytes"
	"runtime"
	"strconv"
)

// goroutineID returns the number that the runtime prints for this goroutine.
// It costs about a microsecond and serves only to refuse a transaction inside
// a transaction, which would otherwise wait for itself for ever.
func goroutineID() int64 {
	var buf [40]byte
	s := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	if i := bytes.IndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	id, _ := strconv.ParseInt(string(s), 10, 64)
	return id
}
