#!/bin/sh
# Fuzzes what reads files and messages with Jazzer: docs/fuzz.sh [SECONDS [READER…]], 60 s for each by default.
# What is interesting is kept in target/fuzz/READER/corpus, where the next run goes on; what a reader does not stand
# lies beside it (crash-…), and ends the script. CI does the same for 10 s each (JazzerTests).
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- manifest.ReceiverFuzz manifest.RecordCursorFuzz manifest.HeaderFuzz \
  manifest.RevocationListFuzz kafka.AnnouncementFuzz eventhubs.NoticeFuzz

work=$PWD/target/fuzz
mkdir -p "$work/seeds"
./mvnw -q -B test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath"
cp src/test/resources/cases/* sample-manifests/*.csv sample-manifests/refused/* "$work/seeds/"
sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
cat >"$work/seeds/announcement.json" <<END
{"specversion":"1.0","type":"dev.muster.manifest.announced",
 "data":{"url":"https://a.example/manifests/f/a.csv","sha256":"$sha256","rows":12}}
END
cat >"$work/seeds/notice.json" <<END
[{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/manifests/blobs/f/a b.csv",
  "data":{"api":"PutBlob","eTag":"0x1","blobType":"BlockBlob","contentLength":5,"url":"https://a.example/manifests/f/a b.csv"}},
 {"type":"Microsoft.Storage.BlobRenamed","data":{"destinationUrl":"https://a.example/manifests/f/50%25.csv?x"}}]
END

for reader; do
  mkdir -p "$work/$reader/corpus"
  # ManifestFormat has no field any more when Jazzer has instrumented it.
  java -Xmx512m -XX:+UseSerialGC \
    -cp "target/classes:target/test-classes:$(cat "$work/classpath")" \
    com.code_intelligence.jazzer.Jazzer --target_class="dev.muster.$reader" --instrumentation_includes='dev.muster.**' \
    --instrumentation_excludes=dev.muster.manifest.ManifestFormat --custom_hook_excludes='**' \
    --reproducer_path="$work/$reader" -artifact_prefix="$work/$reader/" -max_len=20000 -len_control=0 -timeout=20 \
    -max_total_time="$seconds" -print_final_stats=1 "$work/$reader/corpus" "$work/seeds"
done
