#!/bin/sh
# Runs third-party validators on every format, for the demo, an empty estate, one with waivers and a
# baseline, one in which every text is hostile, and one with 50,000 findings; and on every graph
# query.
# usage: check-reports.sh FOLDER_OF_VALIDATORS
set -eu
validators=$1
python=${PYTHON:-.venv/bin/python}
out=out/checked
rm -rf "$out"
{
  "$validators/check-html" --hostile
  "$validators/check-csv" --hostile
} | "$python" scripts/write_samples.py "$out" 50000
cp out/demo/report.json "$out/demo.json"
for name in demo empty followed hostile crowded; do
  for profile in github azure-devops full; do
    "$python" -m amlaudit report "$out/$name.json" --sarif-profile "$profile" \
      --report "sarif=$out/$name.$profile.sarif" >/dev/null
  done
  "$python" -m amlaudit report "$out/$name.json" --report "html=$out/$name.html" \
    --report "markdown=$out/$name.md" --report "junit=$out/$name.xml" --report "csv=$out/$name.csv" \
    --report "ocsf=$out/$name.jsonl" --report "oscal=$out/$name.oscal.json" \
    >/dev/null
done
"$python" -m amlaudit checklist new --workspace mlw-fraud-prod --file "$out/checklist.yaml"
for format in html:html markdown:md; do
  "$python" -m amlaudit checklist render --file "$out/checklist.yaml" --from out/demo/estate.db \
    --timestamp 2026-11-25 --format "${format%:*}" --out "$out/checklist.${format#*:}"
done
"$python" scripts/check_schema.py "$out"/demo.json "$out"/empty.json "$out"/followed.json \
  "$out"/hostile.json "$out"/crowded.json
# Of the many files for 50,000 findings only the first is checked, as all are made the same way.
"$validators/check-sarif" --strict "$out"/*.github.sarif
# The other profiles contain what GitHub does not accept: every verdict, and suppressions.
"$validators/check-sarif" "$out"/*.azure-devops.sarif
# Hostile texts are tested in a browser by tests/reporters/test_html_browser.py: the page shows
# resource names in its second view, which the validator's own probe does not look at.
for name in demo empty followed hostile crowded; do
  "$validators/check-html" "$out/$name.html"
done
"$validators/check-markdown" --report "$out/demo.md" "$out/empty.md" "$out/followed.md" \
  "$out/crowded.md" "$out/checklist.md"
"$validators/check-markdown" --report --xss "$out/hostile.md"
"$validators/check-junit" "$out"/*.xml
"$validators/check-csv" "$out"/*.csv
"$validators/check-ocsf" --strict "$out"/*.jsonl
"$validators/check-oscal" --strict "$out"/*.oscal.json
"$validators/check-kql" amlaudit/scanners/areas/*.kql
