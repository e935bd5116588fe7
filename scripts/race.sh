#!/usr/bin/env bash
# go test with the race detector: scripts/race.sh [flags] packages…
#
# SQLite's own code is C turned into Go. Watching each of its memory accesses
# finds nothing, since it runs under its connection's lock, and makes every
# database test ten times slower; so that one package is left unwatched.
set -euo pipefail
exec go test -race \
	'-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0' '-gcflags=modernc.org/libc=-d=checkptr=0' \
	"$@"
