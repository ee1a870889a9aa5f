#!/bin/sh
# Runs third-party validators on what `amlaudit init` writes, on the action, its shell steps, the
# container file and the hooks. usage: check-integrations.sh FOLDER_OF_VALIDATORS
set -eu
validators=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/amlaudit init --subscription "ML Production" --management-group mg-ml --github \
  --azure-pipelines --pre-commit --container-job --directory "$work" >"$work/written"
cp "$work/amlaudit-job/Containerfile" "$work/Dockerfile.job"
cp Containerfile "$work/Dockerfile.checkout"
# The validator's schema for pipelines has a pattern for schedules that its own engine rejects.
sed '/^schedules:/,/^$/d' "$work/azure-pipelines-amlaudit.yml" >"$work/azure-pipelines-unscheduled.yml"
.venv/bin/python scripts/shell_steps.py "$work" action.yml "$work/azure-pipelines-amlaudit.yml"
"$validators/check-actions" .github/workflows/*.yml action.yml .pre-commit-hooks.yaml scripts/*.sh "$work"/*.sh \
  "$work/.github/workflows/amlaudit.yml" "$work/.github/actions/amlaudit/action.yml" \
  "$work/azure-pipelines-unscheduled.yml" "$work/.pre-commit-config.yaml" "$work/amlaudit.yaml" \
  "$work/waivers.yaml" "$work/Dockerfile.job" "$work/Dockerfile.checkout"
