#!/bin/sh
# Runs a command with TEST_POSTGRES naming a throwaway PostgreSQL on loopback.
# An address already in TEST_POSTGRES is used as it is.
set -eu
[ -n "${TEST_POSTGRES:-}" ] && exec "$@"

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb 2>/dev/null || echo /none)")
if [ ! -x "$bin/initdb" ]; then
	echo "PostgreSQL is missing: install the package postgresql (Debian, Ubuntu), or set TEST_POSTGRES to a postgres:// address" >&2
	exit 1
fi

dir=$(mktemp -d)
as=
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
	chown postgres "$dir"
	as="runuser -u postgres --"
fi
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + $$ % 20000)))
cd "$dir"
$as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
$as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server" -w -o "-p $port -h 127.0.0.1 -k $dir -F -c max_connections=400 -c shared_buffers=256MB" start >"$dir/log" 2>&1 || { cat "$dir/log" "$dir/server" >&2; exit 1; }
trap '$as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1; rm -rf "$dir"' EXIT INT TERM
cd - >/dev/null
TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres" "$@"
