#!/usr/bin/env bash
# Runs the demo and starts it anew when a source file changes. Its data stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One line per source file: when it was last saved, and its name.
state() {
	find . \( -path ./e2e -o -path ./bin -o -path ./.git -o -path ./musika-data \) -prune -o -type f \
		\( -name '*.go' -o -name '*.sql' -o -name '*.js' -o -name '*.css' -o -name '*.html' \) -printf '%T@ %p\n' | sort
}
demo=
stop() {
	if [ -n "$demo" ]; then
		kill -INT "$demo" 2>/dev/null || true
		wait "$demo" 2>/dev/null || true
		demo=
	fi
}
trap stop EXIT

seen=
while true; do
	now=$(state)
	if [ "$now" != "$seen" ]; then
		seen=$now
		# What does not build leaves the running demo alone.
		if CGO_ENABLED=0 go build -o bin/musika-dev ./cmd/musika; then
			stop
			./bin/musika-dev demo --no-open "$@" &
			demo=$!
		fi
	fi
	sleep 1
done
