#!/bin/sh
# Runs a third-party validator on the documents. usage: check-documents.sh FOLDER_OF_VALIDATORS
set -eu
"$1/check-markdown" --links ./*.md docs/*.md docs/tutorials/*.md
