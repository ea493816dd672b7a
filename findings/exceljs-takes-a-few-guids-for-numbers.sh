#!/usr/bin/env bash
# exceljs 4.4.0 (npm), beside xlsx 0.18.5 and papaparse 5.4.1; node 20 or newer
#
# GUIDs are often written without hyphens. One would guess that a library that reads a CSV either keeps such a column as text or, if it looks
# for numbers, finds that it is none by the first letter it meets. exceljs looks at each cell for itself, without being asked, and takes a
# GUID for a number whose 32 digits happen to be 0 to 9, or these with one e among them: 40608100…e123 becomes 4.060810000004001e+150, and when the sheet
# is written again, as CSV or as .xlsx, nothing is left of the id. Of random GUIDs (version 4) that is one or two in a million (reckoned), so no trial
# finds it; all others come through as they are. A serial number such as 0012E5 becomes 1200000. It raises no error. xlsx and papaparse
# (dynamicTyping) leave these GUIDs alone; but papaparse changes 0012E5 too, and xlsx takes 1-2 for a date.
# With hyphens no GUID is a number to any of them.
# Right for Muster: it writes device ids with hyphens, always, and refuses an id of this form with a sentence that says what has happened to
# it (docs/manifests.md, `1.23457E+31` as a device id).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund exceljs@4.4.0 xlsx@0.18.5 papaparse@5.4.1 >&2
cat > devices.csv <<'CSV'
device_id,serial_number
40608100000040008000000000001234,SN-1
4060810000004000800000000000e123,0012E5
40608100-0000-4000-8000-00000000e123,1-2
4060810000004000800000000000ab12,SN-4
CSV
cat > read.cjs <<'JS'
const { readFileSync } = require("node:fs");
const ExcelJS = require("exceljs");
const XLSX = require("xlsx");
const Papa = require("papaparse");
(async () => {
  const workbook = new ExcelJS.Workbook();
  await workbook.csv.readFile("devices.csv");
  const text = readFileSync("devices.csv", "utf8");
  const sheets = XLSX.read(text, { type: "string" }).Sheets;
  const rows = {
    exceljs: String(await workbook.csv.writeBuffer()),
    xlsx: XLSX.utils.sheet_to_csv(Object.values(sheets)[0]),
    papaparse: Papa.unparse(Papa.parse(text.trim(), { dynamicTyping: true }).data, { newline: "\n" }),
  };
  for (const [name, csv] of Object.entries(rows)) {
    csv.trim().split("\n").slice(1).forEach((row) => console.log(`${name}: ${row.trim()}`));
  }
})();
JS
node read.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
exceljs: 4.060810000004001e+31,SN-1
exceljs: 4.060810000004001e+150,1200000
exceljs: 40608100-0000-4000-8000-00000000e123,1-2
exceljs: 4060810000004000800000000000ab12,SN-4
xlsx: 40608100000040008000000000001234,SN-1
xlsx: 4060810000004000800000000000e123,0012E5
xlsx: 40608100-0000-4000-8000-00000000e123,1/2/01
xlsx: 4060810000004000800000000000ab12,SN-4
papaparse: 40608100000040008000000000001234,SN-1
papaparse: 4060810000004000800000000000e123,1200000
papaparse: 40608100-0000-4000-8000-00000000e123,1-2
papaparse: 4060810000004000800000000000ab12,SN-4
SEEN
