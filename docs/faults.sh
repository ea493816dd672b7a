#!/bin/sh
# Machines with a home each work on large manifests while one at a time is killed, frozen, or cut off from PostgreSQL,
# the store or Kafka: docs/faults.sh [ROWS [FAULTS [SEED]]], by default 200,000 rows, 20 faults, seed 19; without Kafka,
# then with it. KAFKA=false or true: one of the two; MACHINES=3. Prints each fault and how long it took until others went
# on, and a table in the end; fails when anything is lost, twice, left over or not what an undisturbed run leaves behind.
# Needs node, npm and age. Some 2 GB of memory, and of disk 3 KB a row.
set -eu
cd "$(dirname "$0")/.."
for kafka in ${KAFKA:-false true}; do
  ./mvnw -B -q -Dtest=MachinesCampaign -DforkCount=1 -Dsurefire.failIfNoSpecifiedTests=true \
    -Dmuster.faults.rows="${1:-200000}" -Dmuster.faults="${2:-20}" -Dmuster.faults.seed="${3:-19}" \
    -Dmuster.faults.machines="${MACHINES:-3}" -Dmuster.faults.kafka="$kafka" test
done
