#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: PostgreSQL, Chromium and curl
# from Debian's packages, and the browser test's one npm package. Does nothing
# on a machine that has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

has_postgres() {
	command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}
has_browser() { [ -n "${MUSIKA_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ]; }

missing=()
command -v curl >/dev/null || missing+=(curl)
has_postgres || missing+=(postgresql)
has_browser || missing+=(chromium)
if [ ${#missing[@]} -gt 0 ]; then
	if ! command -v apt-get >/dev/null; then
		say "please install ${missing[*]}; this machine has no apt-get to do it with"
		exit 1
	fi
	as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		as_root=(sudo)
	fi
	say "installing ${missing[*]}"
	# Debian's postgresql would start a server of its own; the tests start a private one.
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
	if [[ " ${missing[*]} " == *" postgresql "* ]]; then
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
		"${as_root[@]}" sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
	fi
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ ! -e e2e/node_modules/.package-lock.json ] || [ e2e/package-lock.json -nt e2e/node_modules/.package-lock.json ]; then
	say "installing the browser test's npm packages"
	npm ci --prefix e2e --no-audit --no-fund --loglevel=error
	touch e2e/node_modules/.package-lock.json
fi
