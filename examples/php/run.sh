#!/usr/bin/env bash
# The application of somebody who has a cluster and talks HTTP to it: plain PHP behind HAProxy, round robin over all servers. Run
# once as clusters answer that have no server-side routing, and once on Causeway as it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
  cat <<'TEXT'
examples/php/run.sh [--data DIR] [--port PORT]

  --data DIR    data folder of a running cluster; without it, the one in ./data, or else one that is started for this run
  --port PORT   where HAProxy listens, and at PORT + 1 with routing switched off (default 8474)

Needs php with its curl extension, and haproxy (Debian: php-cli php-curl haproxy). As root on Debian they are installed.

Examples:
  npm start                                   # in one terminal
  examples/php/run.sh                         # in another
  examples/php/run.sh --data /srv/causeway --port 9000
TEXT
}

data="" port=8474
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --data) data=${2:?"--data needs a folder"}; shift 2 ;;
    --port) port=${2:?"--port needs a number"}; shift 2 ;;
    *) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done
case $port in *[!0-9]* | "") echo "--port must be a number, not '$port'" >&2; exit 2 ;; esac

missing() {
  command -v php >/dev/null || echo php-cli
  { command -v php >/dev/null && php -m | grep -qix curl; } || echo php-curl
  command -v haproxy >/dev/null || echo haproxy
}
# haproxy is in a folder that only administrators have in their path.
PATH=$PATH:/usr/sbin

needed=$(missing | xargs)
if [ -n "$needed" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing $needed"
  # shellcheck disable=SC2086
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed; } >/dev/null 2>&1 || true
  needed=$(missing | xargs)
fi
if [ -n "$needed" ]; then
  echo "This example needs: $needed. On Debian: apt-get install $needed" >&2
  exit 3
fi

work=$(mktemp -d)
balancer="" cluster=""
finish() {
  if [ -n "$balancer" ]; then kill "$balancer" 2>/dev/null || true; wait "$balancer" 2>/dev/null || true; fi
  if [ -n "$cluster" ]; then "$root/causeway" cluster stop --data "$work/data" >/dev/null || true; wait "$cluster" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

running() { "$root/causeway" cluster status --data "$1" >/dev/null 2>&1; }

if [ -z "$data" ] && running ./data; then data=./data; fi
if [ -z "$data" ]; then
  data=$work/data
  echo "Starting a cluster for this run"
  "$root/causeway" cluster start --no-sample --data "$data" --bolt-port $((port + 20)) --http-port $((port + 10)) >"$work/cluster.log" 2>&1 &
  cluster=$!
  until grep -q '^ready' "$work/cluster.log"; do
    kill -0 "$cluster" 2>/dev/null || { cat "$work/cluster.log" >&2; exit 1; }
    sleep 0.1
  done
elif ! running "$data"; then
  echo "No cluster is running in $data. Start one: npm start -- --data $data" >&2
  exit 1
fi

php "$here/balancer.php" "$data/cluster.json" "$port" $((port + 1)) >"$work/haproxy.cfg"
haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 &
balancer=$!
for _ in $(seq 100); do
  if php -r 'exit(@fsockopen("127.0.0.1", (int) $argv[1]) ? 0 : 1);' "$port"; then break; fi
  kill -0 "$balancer" 2>/dev/null || { echo "HAProxy did not start:" >&2; cat "$work/haproxy.log" >&2; exit 1; }
  sleep 0.1
done

NEO4J_PASSWORD=${CAUSEWAY_PASSWORD:-$(cat "$data/password")}
export NEO4J_PASSWORD

echo
echo "Server-side routing off: only the leader takes writes"
echo
if php "$here/shop.php" "http://127.0.0.1:$((port + 1))"; then
  echo "Nothing was refused, which is not what happens without routing." >&2
  exit 1
fi

echo
echo "Server-side routing on: every server takes every query"
echo
php "$here/shop.php" "http://127.0.0.1:$port"
