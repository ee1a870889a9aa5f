#!/bin/sh
# Builds the wheel twice, which must give the same bytes, installs it into a separate environment,
# and runs the demo from an empty folder: an installation must not depend on the checkout.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The time of the last commit; without a repository, an arbitrary date.
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct 2>/dev/null || echo 1767225600)
export SOURCE_DATE_EPOCH
for out in dist again; do
  "$here/.venv/bin/python" -m build --wheel --outdir "$work/$out" "$here" >"$work/build.log" 2>&1 ||
    { cat "$work/build.log" >&2; exit 1; }
done
cmp "$work"/dist/*.whl "$work"/again/*.whl
echo "wheel: two builds are the same, byte for byte"
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/dist/*.whl
mkdir "$work/empty"
cd "$work/empty"
"$work/venv/bin/amlaudit" demo >"$work/demo.log"
for file in report.html report.json report.sarif report.md report.csv report.xml; do
  test -s "amlaudit-demo/$file"
done
"$work/venv/bin/amlaudit" init --github --azure-pipelines --pre-commit --container-job >"$work/init.log"
"$work/venv/bin/amlaudit" checklist new --workspace mlw-fraud-prod >>"$work/init.log"
while read -r file; do
  test -s "$file"
done <"$work/init.log"
tail -n 2 "$work/demo.log"
echo "wheel: installs and runs"
"$work/venv/bin/python" -B -c "
import sys
from amlaudit.rulebook.agenda import shipped_agenda
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.shipped_pack import load_shipped
load_shipped(), shipped_agenda(), read_profile('enterprise')
sys.exit('wheel: what it keeps of its rules is of others' if 'yaml' in sys.modules else 0)"
echo "wheel: holds what is read of its rules"
