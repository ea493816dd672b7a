#!/usr/bin/env bash
# What a person waits for, as whole processes: docs/start.sh short|large [BUILD…]
#   short: jobs/status, jobs/check and jobs/provision of 200 rows, jobs/serve until it is healthy
#   large: jobs/provision of ROWS rows (1,000,000), beside psql's \copy of the same file into a bare table with the key
# BUILD is a checkout of Muster, by default this one; several are measured in turn, each with a home of its own. JAVAS are the
# homes of the JDKs (by default all in /usr/lib/jvm that have a release of their own), ROUNDS the rounds (3) after one that is left out.
# Prints for each the median of seconds, of CPU seconds, and of the most memory (MB), then all rounds. CPU seconds are the command's,
# not those of the PostgreSQL that it leaves to the next one.
set -euo pipefail
what=$1
shift
[ $# -gt 0 ] || set -- "$(cd "$(dirname "$0")/.." && pwd)"
rounds=${ROUNDS:-3}
rows=${ROWS:-1000000}
read -ra javas <<<"${JAVAS:-$(for java in /usr/lib/jvm/*; do [ -L "$java" ] || [ ! -f "$java/release" ] || echo "$java"; done | xargs)}"
work=$(mktemp -d)
service=
finish() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  for home in "$work"/home-*; do
    [ ! -f "$home/postgres/data/postmaster.pid" ] || kill -INT "$(head -n 1 "$home/postgres/data/postmaster.pid")" 2>/dev/null || true
  done
  sleep 1
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

manifest() { # ROWS FILE
  { echo device_id,serial_number,model,building,floor,room
    openssl rand -hex $((16 * $1)) | fold -w 32 | awk '{ printf "%s-%s-%s-%s-%s,SN-%d,T-%d,B %d,%d,%d\n", substr($0, 1, 8), substr($0, 9, 4),
      substr($0, 13, 4), substr($0, 17, 4), substr($0, 21), NR, NR % 7, NR % 40, NR % 9, NR % 300 }'
  } >"$2"
}

timed() { # NAME COMMAND…: adds a line "seconds CPU-seconds MB"
  local name=$1
  shift
  command time -o "$work/time" -f '%e %U %S %M' "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  tail -n 1 "$work/time" | awk '{ printf "%.2f %.2f %.0f\n", $1, $2 + $3, $4 / 1024 }' >>"$work/rounds-$name"
}

healthy() { # NAME BUILD: the same, until the service answers; its CPU seconds so far
  local port began
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  began=$(date +%s.%N)
  MUSTER_JAVA_OPTS="-Dserver.port=$port -Dspring.profiles.active=dev" "$2/jobs/serve" >"$work/out" 2>"$work/err" &
  service=$!
  for _ in $(seq 1200); do
    if curl -sf -o "$work/health" "http://127.0.0.1:$port/actuator/health/readiness"; then break; fi
    kill -0 "$service" || { cat "$work/err" >&2; exit 1; }
    sleep 0.05
  done
  echo "$began $(date +%s.%N) $(awk '{ print ($14 + $15) / 100 }' "/proc/$service/stat") $(awk '/VmHWM/ { print $2 }' "/proc/$service/status")" |
    awk '{ printf "%.2f %.2f %.0f\n", $2 - $1, $3, $4 / 1024 }' >>"$work/rounds-$1"
}

stop() {
  kill "$service"
  wait "$service" || true
  service=
}

copied() { # NAME FILE: into a database beside the service's
  local at=$MUSTER_HOME/postgres
  export PGPASSWORD PGUSER=muster PGHOST=127.0.0.1 PGPORT
  PGPASSWORD=$(cat "$at/password")
  PGPORT=$(sed -n 4p "$at/data/postmaster.pid")
  psql -qd postgres -c 'DROP DATABASE IF EXISTS bare' -c 'CREATE DATABASE bare'
  psql -qd bare -c 'CREATE TABLE bare (device_id uuid PRIMARY KEY, serial_number text, model text, building text, floor text, room text)' -c CHECKPOINT
  timed "$1" psql -qd bare -c "\\copy bare FROM '$2' (FORMAT csv, HEADER)"
}

for round in $(seq 0 "$rounds"); do
  for java in "${javas[@]}"; do
    number=0
    for build in "$@"; do
      number=$((number + 1))
      export JAVA_HOME=$java MUSTER_HOME=$work/home-$number
      name=$(basename "$java")-$number
      if [ "$what" = short ]; then
        timed "$name-status" "$build/jobs/status"
        manifest 200 "$work/small.csv"
        timed "$name-check" "$build/jobs/check" "$work/small.csv"
        timed "$name-provision" "$build/jobs/provision" "$work/small.csv"
        healthy "$name-serve" "$build"
        stop
      else
        manifest "$rows" "$work/large.csv"
        timed "$name-provision" "$build/jobs/provision" "$work/large.csv"
        healthy "$name-serve" "$build"
        copied "$name-copy" "$work/large.csv"
        stop
        rm -rf "$MUSTER_HOME"
      fi
    done
  done
  [ "$round" -gt 0 ] || rm -f "$work"/rounds-*
done

number=0
for build in "$@"; do
  number=$((number + 1))
  echo "$number: $build"
done
for results in "$work"/rounds-*; do
  name=${results##*/rounds-}
  for column in 1 2 3; do
    cut -d ' ' -f $column "$results" | sort -n | awk '{ all[NR] = $1 } END { printf "%s ", all[int((NR + 1) / 2)] }'
  done | awk -v name="$name" '{ printf "%-45s %8s s %8s CPU s %6s MB", name, $1, $2, $3 }'
  echo "   ($(tr '\n' ';' <"$results"))"
done
