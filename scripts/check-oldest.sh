#!/bin/sh
# Runs the tests of what leans on dependencies with the oldest version of each that pyproject.toml
# allows, in an environment of its own: an installation beside other packages may get these.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/.venv/bin/python" "$here/scripts/oldest_dependencies.py" >"$work/oldest.txt"
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --constraint "$work/oldest.txt" --editable "${here}[dev]"
cd "$here"
"$work/venv/bin/python" -m pytest -q tests/demo tests/publishing tests/scanners/test_snapshot.py \
  tests/contract/test_guard.py tests/contract/test_live.py tests/contract/test_recorded.py \
  tests/cli/test_checklist.py tests/cli/test_packs.py tests/cli/test_printing.py \
  tests/cli/test_settings.py tests/reporters/test_html_page.py tests/reporters/test_xlsx.py
echo "dependencies: the oldest versions work"
