#!/bin/sh
# What a registry of some size takes; docs/scale.md says what is assumed.
#
#   docs/scale.sh [DEVICES [DAYS [PROCESSORS…]]]   reckons from docs/scale.measured: tokens live for DAYS (365), on so many
#                                                  processors (those of the measurement, 32 and 96); 1000000000 devices
#   docs/scale.sh measure [DEVICES]                measures that anew, with so many devices (1000000): a home of its own in
#                                                  target/scale, some minutes, psql, and a machine on which little else runs
#   docs/scale.sh measure-exchange [DEVICES]       the rate of exchanges alone, by jobs/benchmark --exchange (100000)
set -eu
cd "$(dirname "$0")/.."
measured=docs/scale.measured

note() { # KEY VALUE: measured, in place of what was there
  touch "$measured"
  grep -v "^$1=" "$measured" >"$measured.new" || true
  echo "$1=$2" >>"$measured.new"
  sort "$measured.new" >"$measured"
  rm "$measured.new"
}

# ---------------------------------------------------------------------------------------------------------- measuring

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$postgres" -c "$1"; }
number() { sed -n "s/.*\"$1\" *: *\([0-9.]*\).*/\1/p" | head -n 1; } # the first of this name in JSON
took() { sql "SELECT extract(epoch FROM end_time - start_time) FROM batch_job_execution ORDER BY job_execution_id DESC LIMIT 1"; }
wal() { sql "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"; }
size() { sql "SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint FROM pg_class WHERE relname $1"; }
bytes() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; }
by() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

manifest() { # ROWS SEED: as large as those of jobs/benchmark
  awk -v rows="$1" -v seed="$2" 'BEGIN { srand(seed); print "device_id,serial_number,model,hardware_revision,building,room"
    for (r = 1; r <= rows; r++) printf "%04x%04x-%04x-4%03x-a%03x-%04x%04x%04x,SN-%08d,TH-200,B,Building %d,%d\n",
      rand() * 65536, rand() * 65536, rand() * 65536, rand() * 4096, rand() * 4096, rand() * 65536, rand() * 65536,
      rand() * 65536, r, r % 7 + 1, r % 400 + 1 }'
}

measure() {
  devices=$1
  half=$((devices / 2))
  MUSTER_HOME=$PWD/target/scale
  export MUSTER_HOME
  rm -rf "$MUSTER_HOME"
  mkdir -p "$MUSTER_HOME"
  jobs/status >/dev/null # builds what is not built
  MUSTER_JAVA_OPTS="-Dserver.port=0 -Dmuster.revocations.ceiling=100%" jobs/serve >"$MUSTER_HOME/out" 2>&1 &
  service=$!
  trap 'kill "$service" 2>/dev/null || true; wait "$service" || true; rm -rf "$MUSTER_HOME"' EXIT
  until grep -q serving "$MUSTER_HOME/out"; do kill -0 "$service"; sleep 1; done
  PGPASSWORD=$(cat "$MUSTER_HOME/postgres/password")
  export PGPASSWORD
  postgres="host=127.0.0.1 port=$(sed -n 's/^port = //p' "$MUSTER_HOME/postgres/data/postgresql.conf") user=muster dbname=muster"

  note on "$(date -u '+%Y-%m-%d')"
  note load "$(cut -d ' ' -f 1 /proc/loadavg)"
  note processors "$(nproc)"
  note devices "$devices"

  for seed in 1 2; do # the second into a registry that has something
    manifest "$half" "$seed" >"$MUSTER_HOME/$seed.csv"
    sql CHECKPOINT
    before=$(wal)
    jobs/provision "$MUSTER_HOME/$seed.csv" --json >"$MUSTER_HOME/run.json"
  done
  note provision_a_second "$(by "$half" "$(number seconds <"$MUSTER_HOME/run.json")")"
  note provision_wal "$(by $(($(wal) - before)) "$half")"
  note device_table "$(by "$(size "= 'device'")" "$devices")"
  note device_primary_key "$(by "$(size "= 'device_pkey'")" "$devices")"
  note device_block_range "$(by "$(size "IN ('device_manifest', 'device_serial')")" "$devices")"
  note bundle "$(by "$(bytes "$MUSTER_HOME/outbox")" "$devices")"

  # From then on each device has a row in device_status: its token is not that of its manifest.
  sql CHECKPOINT
  before=$(wal)
  bundles=$(bytes "$MUSTER_HOME/outbox")
  jobs/renew --within 400 >/dev/null
  note renew_a_second "$(by "$devices" "$(took)")"
  note renew_wal "$(by $(($(wal) - before)) "$devices")"
  note renew_bundle "$(by $(($(bytes "$MUSTER_HOME/outbox") - bundles)) "$devices")"

  listed=$((devices / 10))
  status=$(size "~ '^(device_status|device_change)'")
  { echo device_id,action,reason; sed 1d "$MUSTER_HOME/2.csv" | head -n "$listed" | sed 's/,.*/,revoke,recall 17/'; } \
    >"$MUSTER_HOME/list.csv"
  sql CHECKPOINT
  MUSTER_JAVA_OPTS=-Dmuster.revocations.ceiling=100% jobs/revoke "$MUSTER_HOME/list.csv" >/dev/null || true # its hub tells nobody
  note revoke_a_second "$(by "$listed" "$(took)")"
  note revoked "$(by $(($(size "~ '^(device_status|device_change)'") - status)) "$listed")"
  note exchanged "$(by "$(size "~ '^device_status'")" "$(sql 'SELECT count(*) FROM device_status')")"
}

exchange() {
  found=$(MUSTER_HOME=$PWD/target/scale jobs/benchmark "$1" --exchange --runs 1 --json | tr '{' '\n' | grep NOTHING |
    grep IN_GROUPS | sed -n 's/.*"aSecond" *: *\([0-9.]*\).*/\1/p')
  note exchange_a_second "$found"
  note exchange_load "$(cut -d ' ' -f 1 /proc/loadavg)"
}

# ---------------------------------------------------------------------------------------------------------- reckoning

reckon() {
  devices=$1
  days=$2
  shift 2
  awk -F = -v devices="$devices" -v days="$days" -v on="$*" '
    { m[$1] = $2 }
    function speedup(n) { return 1 / (serial + (1 - serial) / n) }
    function times(n) { return speedup(n) / speedup(m["processors"]) }
    function hours(count, rate) { return count / rate / 3600 }
    function row(what, figure) { printf "| %s | %s |\n", what, figure }
    function thousands(n,  text, out) {
      text = sprintf("%.0f", n)
      while (length(text) > 3) { out = "," substr(text, length(text) - 2) out; text = substr(text, 1, length(text) - 3) }
      return text out
    }
    END {
      # Assumed; see docs/scale.md
      serial = 0.03; within = 30; changed = 0.05; listed = 0.001; slack = 1.3; once = 1
      device = m["device_table"] + m["device_primary_key"] + m["device_block_range"]
      renewals = devices / (days - within)
      printf "%s devices, tokens of %d days; measured %s with %s devices on %d processors at a load of %s.\n\n",
        thousands(devices), days, m["on"], thousands(m["devices"]), m["processors"], m["load"]
      if ("exchange_load" in m) printf "Exchanges were measured at a load of %s, callers and two services included.\n\n", m["exchange_load"]
      print "| | |"
      print "| --- | ---: |"
      row("`device`, its table", sprintf("%.0f GB", devices * m["device_table"] / 1e9))
      row("its primary key", sprintf("%.0f GB", devices * m["device_primary_key"] / 1e9))
      row("its block-range index", sprintf("%.2f GB", devices * m["device_block_range"] / 1e9))
      row("status and history, 5 % changed once", sprintf("%.0f GB", devices * changed * m["revoked"] / 1e9))
      row("status, once every token was renewed", sprintf("%.0f GB", devices * once * m["exchanged"] / 1e9))
      row("PostgreSQL in all, 30 % room for what is dead or comes",
        sprintf("%.0f GB", slack * devices * (device + changed * m["revoked"] + once * m["exchanged"]) / 1e9))
      row("bundles of all tokens once", sprintf("%.0f GB", devices * m["bundle"] / 1e9))
      row("of one table at most (32 TB), devices", thousands(32 * 2 ^ 40 / m["device_table"]))
      row("renewals a day", thousands(renewals))
      row("renewals a second, if devices exchange them by themselves, evenly", sprintf("%.0f", renewals / 86400))
      row("WAL of a day of renewals by bundle", sprintf("%.1f GB", renewals * m["renew_wal"] / 1e9))
      row("bundles of a day of renewals", sprintf("%.1f GB", renewals * m["renew_bundle"] / 1e9))
      print ""
      n = split(on, processors, " ")
      line = "| processors |"; under = "| --- |"
      for (i = 1; i <= n; i++) { line = line " " processors[i] (processors[i] == m["processors"] ? ", measured" : "") " |"; under = under " ---: |" }
      print line; print under
      what[1] = "devices provisioned a second"; of[1] = "provision_a_second"
      what[2] = "renewals a second, by bundle"; of[2] = "renew_a_second"
      what[3] = "revocations a second"; of[3] = "revoke_a_second"
      what[4] = "exchanges a second"; of[4] = "exchange_a_second"
      for (k = 1; k <= 4; k++) {
        if (!(of[k] in m)) continue
        line = "| " what[k] " |"
        for (i = 1; i <= n; i++) line = line " " thousands(m[of[k]] * times(processors[i])) " |"
        print line
      }
      what[5] = "hours to provision all of them"; count[5] = devices; of[5] = "provision_a_second"
      what[6] = "minutes a night for renewals by bundle"; count[6] = renewals; of[6] = "renew_a_second"
      what[7] = "minutes a night for lists, 1 device of 1,000"; count[7] = devices * listed; of[7] = "revoke_a_second"
      for (k = 5; k <= 7; k++) {
        line = "| " what[k] " |"
        for (i = 1; i <= n; i++) line = line " " sprintf("%.1f", (k > 5 ? 60 : 1) * hours(count[k], m[of[k]] * times(processors[i]))) " |"
        print line
      }
      line = "| MB of WAL a second while provisioning |"
      for (i = 1; i <= n; i++) line = line " " sprintf("%.0f", m["provision_wal"] * m["provision_a_second"] * times(processors[i]) / 1e6) " |"
      print line
    }' "$measured"
}

case ${1:-} in
  measure) measure "${2:-1000000}" ;;
  measure-exchange) exchange "${2:-100000}" ;;
  *)
    devices=${1:-1000000000}
    days=${2:-365}
    if [ $# -gt 2 ]; then shift 2; else set -- "$(sed -n 's/^processors=//p' "$measured")" 32 96; fi
    reckon "$devices" "$days" "$@"
    ;;
esac
