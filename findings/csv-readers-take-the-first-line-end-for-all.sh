#!/usr/bin/env bash
# papaparse 5.7.1 and csv-parse 7.0.3 (npm), beside csv-parser 3.2.1 and d3-dsv 3.0.1; node 20 or newer
#
# A file whose header was written on one system and whose rows on another has both kinds of line end, CRLF and LF, and most readers take
# both. Of the two that JavaScript uses most, one would guess the same, as neither is told anything of line ends. Both look at the first one
# and hold it for all. Is that LF, each row's last field ends in a carriage return that nobody sees, so no serial number is found again. Is
# it CRLF, and there is one column, as in a list of device ids, three rows are one record. Neither says so (papaparse's only remark is the
# one it makes of every file of a single column). With more columns papaparse notes a TooManyFields, and csv-parse refuses.
# Right for Muster: a line ends with any number of CR and one LF, whatever others do, and what it writes has CRLF at the end of each line:
# parts of bundles, rejects.csv, rejected-rows.csv (docs/manifests.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund papaparse@5.7.1 csv-parse@7.0.3 csv-parser@3.2.1 d3-dsv@3.0.1 >&2
cat > ends.mjs <<'JS'
import Papa from "papaparse";
import { parse } from "csv-parse/sync";
import csvParser from "csv-parser";
import { csvParse } from "d3-dsv";
import { Readable } from "node:stream";

for (const [name, text] of [
  ["LF, then CRLF", "device_id,serial\nd1,S1\r\nd2,S2\r\n"],
  ["CRLF, then LF", "device_id\r\nd1\nd2\nd3\n"],
]) {
  const papa = Papa.parse(text, { header: true, skipEmptyLines: true });
  console.log(`${name}: papaparse ${JSON.stringify(papa.data)} ${papa.errors.map((error) => error.code)}`);
  console.log(`${name}: csv-parse ${JSON.stringify(parse(text, { columns: true }))}`);
  console.log(`${name}: csv-parser ${JSON.stringify(await Readable.from([text]).pipe(csvParser()).toArray())}`);
  console.log(`${name}: d3-dsv ${JSON.stringify([...csvParse(text)])}`);
}
JS
node ends.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
LF, then CRLF: papaparse [{"device_id":"d1","serial":"S1\r"},{"device_id":"d2","serial":"S2\r"}] 
LF, then CRLF: csv-parse [{"device_id":"d1","serial":"S1\r"},{"device_id":"d2","serial":"S2\r"}]
LF, then CRLF: csv-parser [{"device_id":"d1","serial":"S1"},{"device_id":"d2","serial":"S2"}]
LF, then CRLF: d3-dsv [{"device_id":"d1","serial":"S1"},{"device_id":"d2","serial":"S2"}]
CRLF, then LF: papaparse [{"device_id":"d1\nd2\nd3\n"}] UndetectableDelimiter
CRLF, then LF: csv-parse [{"device_id":"d1\nd2\nd3\n"}]
CRLF, then LF: csv-parser [{"device_id":"d1"},{"device_id":"d2"},{"device_id":"d3"}]
CRLF, then LF: d3-dsv [{"device_id":"d1"},{"device_id":"d2"},{"device_id":"d3"}]
SEEN
