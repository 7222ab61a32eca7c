#!/usr/bin/env bash
# Makes the pictures of docs/form-guide.ja.md anew from the form as it is printed now, and has the reader read what they show:
# what is written as the guide says must be read for certain, what it warns of must not.
set -euo pipefail
cd "$(dirname "$0")"
. ../../packages.sh
need_packages mupdf-tools poppler-utils fonts-klee python3

kasasagi=${KASASAGI_BIN:-../../target/debug/kasasagi}
font=/usr/share/fonts/truetype/klee/KleeOne-SemiBold.ttf
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$kasasagi" form print ICM-01 -o "$scratch/blank.pdf"
"$kasasagi" form fields ICM-01 --json >"$scratch/fields.json"
mutool run draw.js "$scratch/blank.pdf" "$scratch/fields.json" "$font" "$scratch"
for sheet in good faulty; do
  "$kasasagi" read --json "$scratch/$sheet.png" >"$scratch/$sheet.json"
done
python3 - "$scratch" <<'PYTHON'
import json, sys
kinds = {f["key"]: f["type"] for f in json.load(open(f"{sys.argv[1]}/fields.json"))["fields"]}
read = {sheet: json.load(open(f"{sys.argv[1]}/{sheet}.json"))["fields"] for sheet in ("good", "faulty")}
unsure = [key for key, field in read["good"].items() if field["state"] == "doubtful" and kinds[key] != "text"]
assert not unsure, f"written as the guide says and not read for certain: {unsure}"
wrong = [key for key in ("urgency", "purpose", "dr_code", "sender_no", "sex") if read["faulty"][key]["state"] == "sure"]
assert not wrong, f"the guide warns of it and it is read for certain: {wrong}"
PYTHON
for picture in sheet boxes cells consent faults; do
  mv "$scratch/$picture.png" .
done
ls -l -- *.png
