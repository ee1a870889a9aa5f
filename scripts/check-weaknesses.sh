#!/bin/sh
# Asks whether a dependency in the lock has a known weakness; says so where that cannot be asked,
# as without a network. usage: check-weaknesses.sh
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
if ! "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit; then
  echo "weaknesses of dependencies: not run, pip-audit cannot be installed"
  exit 0
fi
status=0
"$work/venv/bin/python" -m pip_audit --require-hashes --disable-pip --timeout 20 \
  --requirement requirements.lock >"$work/told" 2>"$work/said" || status=$?
if grep -q "No known vulnerabilities found" "$work/said"; then
  echo "weaknesses of dependencies: none is known"
elif [ -s "$work/told" ]; then
  cat "$work/told"
  exit 1
else
  echo "weaknesses of dependencies: not run, the index of weaknesses cannot be reached"
  tail -n 1 "$work/said" >&2
  exit 0
fi
exit "$status"
