#!/bin/sh
# Writes requirements.lock: every dependency pinned to a version, with the hashes of all its files.
# The action and the container install from it. Needs uv; run it when pyproject.toml changes, and
# for security fixes. usage: build_lock.sh
set -eu
cd "$(dirname "$0")/.."
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
  echo "# Written by scripts/build_lock.sh: what the action and the container install."
  echo "hatchling>=1.27,<2" | uv pip compile pyproject.toml - --extra xlsx --universal \
    --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
} >"$new"
cat "$new" >requirements.lock
