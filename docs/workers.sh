#!/bin/sh
# How much faster several instances are, simulated on few processors: each is held to a fifth of one (cgroup), PostgreSQL
# is not. As root: docs/workers.sh [ROWS [INSTANCES…]], by default 4,000,000 rows with 1, 2, 4 and 8 instances.
# Prints a line of docs/benchmarks.md for each. All instances are as warm, and all registries as large: 2,000,000 rows for
# each of the most instances came before.
set -eu
cd "$(dirname "$0")/.."
rows=${1:-4000000}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 1 2 4 8

work=$(mktemp -d)
started=
finish() {
  # shellcheck disable=SC2086
  [ -z "$started" ] || kill $started 2>/dev/null || true
  for group in /sys/fs/cgroup/cpu/muster-$$-* /sys/fs/cgroup/muster-$$-*; do
    [ ! -d "$group" ] || rmdir "$group" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT INT TERM

manifest() { # ROWS FILE
  { echo device_id,serial_number,model
    openssl rand -hex $((16 * $1)) | fold -w 32 | awk '{ printf "%s-%s-%s-%s-%s,SN-%d,T-%d\n", substr($0, 1, 8), substr($0, 9, 4),
      substr($0, 13, 4), substr($0, 17, 4), substr($0, 21), NR, NR % 7 }'
  } >"$2"
}

hold() { # NAME PID: a fifth of a processor, for the process alone and not for the database that it started
  if [ -d /sys/fs/cgroup/cpu ]; then
    mkdir "/sys/fs/cgroup/cpu/muster-$$-$1"
    echo 100000 >"/sys/fs/cgroup/cpu/muster-$$-$1/cpu.cfs_period_us"
    echo 20000 >"/sys/fs/cgroup/cpu/muster-$$-$1/cpu.cfs_quota_us"
    echo "$2" >"/sys/fs/cgroup/cpu/muster-$$-$1/cgroup.procs"
  else
    mkdir "/sys/fs/cgroup/muster-$$-$1"
    echo "20000 100000" >"/sys/fs/cgroup/muster-$$-$1/cpu.max"
    echo "$2" >"/sys/fs/cgroup/muster-$$-$1/cgroup.procs"
  fi
}

deliver() { # HOME FILE NAME: drops it, and waits until its bundle is there
  cp "$2" "$1/inbox/fabrikam/$3.part"
  mv "$1/inbox/fabrikam/$3.part" "$1/inbox/fabrikam/$3"
  waited=0
  until ls "$1"/outbox/fabrikam/"${3%.csv}"*/receipt.json >/dev/null 2>&1; do
    sleep 1
    waited=$((waited + 1))
    [ "$waited" -lt 900 ] || { echo "$3 was not provisioned in a quarter of an hour." >&2; exit 1; }
  done
}

most=$(printf '%s\n' "$@" | sort -n | tail -n 1)
manifest "$rows" "$work/measured.csv"
manifest $((2000000 * most)) "$work/warm.csv"
echo "| instances | load, s | issue, s | both, s |"
echo "| ---: | ---: | ---: | ---: |"
for instances; do
  home=$work/home-$instances
  mkdir -p "$home/inbox/fabrikam"
  export MUSTER_HOME="$home" MUSTER_JAVA_OPTS="-Dserver.port=0 -Dmuster.folder.quiet=1s"
  pids=
  for number in $(seq "$instances"); do
    role=worker
    [ "$number" -gt 1 ] || role=all
    jobs/serve --role $role >"$work/out-$number" 2>&1 &
    pids="$pids $!"
    started=$pids
    waited=0
    until grep -q "Muster is" "$work/out-$number"; do
      sleep 1
      waited=$((waited + 1))
      [ "$waited" -lt 180 ] || { cat "$work/out-$number" >&2; exit 1; }
    done
  done
  deliver "$home" "$work/warm.csv" warm.csv
  number=0
  for pid in $pids; do
    number=$((number + 1))
    hold "$instances-$number" "$pid"
  done
  deliver "$home" "$work/measured.csv" measured.csv
  # Not by a command of its own: that would take its share while it starts
  # shellcheck disable=SC2086
  kill $pids
  for pid in $pids; do wait "$pid" || true; done
  started=
  jobs/status 2 2>/dev/null | awk -v n="$instances" '$1 == "load" { l = $7 } $1 == "issue" { i = $7 }
    END { printf "| %d | %s | %s | %.1f |\n", n, l, i, l + i }'
  rm -rf "$home"
done
