#!/bin/sh
# Runs outside validators on the reports of the demo, and on every graph query.
# usage: check-reports.sh FOLDER_OF_VALIDATORS
set -eu
validators=$1
"$validators/check-sarif" out/demo/report.sarif
"$validators/check-html" out/demo/report.html
"$validators/check-kql" amlaudit/scanners/areas/*.kql
