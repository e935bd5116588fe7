#!/usr/bin/env bash
# The tests themselves. `make test` runs this beside a private PostgreSQL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

FUZZ_SECONDS=${FUZZ_SECONDS:-5}
say() { printf '\n== %s\n' "$*"; }

say "go vet"
go vet ./...

say "fuzz targets, ${FUZZ_SECONDS} s each"
# Their seeds run again with the other tests; a crasher they find is kept as one.
grep -rlE --include='*_test.go' '^func Fuzz[A-Z]' . | sort | while read -r file; do
	package=./$(dirname "${file#./}")
	sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' "$file" | while read -r target; do
		go test -run '^$' -fuzz "^${target}\$" -fuzztime "${FUZZ_SECONDS}s" "$package" </dev/null
	done
done

say "tests with the race detector, the browser's included"
MUSIKA_TEST_BROWSER=1 ./scripts/race.sh -timeout 10m ./...
