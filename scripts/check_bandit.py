"""Runs bandit on the shipped code, and allows only findings for which a reason is recorded.

It exits with 1 if a finding is not in the list, or if nothing is found for a recorded reason.
Usage: python scripts/check_bandit.py
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

_VERDICT: Final = "the word is a verdict"
_COLOUR: Final = "a colour"
_OWN_NAMES: Final = "only names of tables and columns of our own are put together; values are bound"
_AS_BYTECODE: Final = "sealed, and kept with the bytecode: who may write there may change the code"
_NO_SHELL: Final = "a fixed program of the user's, without a shell"

ALLOWED: Final = {
    ("B403", "amlaudit/batches.py"): "read back from a file without a name that this process wrote",
    ("B301", "amlaudit/batches.py"): "read back from a file without a name that this process wrote",
    ("B105", "amlaudit/core/checklist.py"): _VERDICT,
    ("B105", "amlaudit/core/report.py"): _VERDICT,
    ("B105", "amlaudit/core/verdict.py"): _VERDICT,
    ("B105", "amlaudit/reporters/xlsx/__init__.py"): _COLOUR,
    ("B105", "amlaudit/reporters/xlsx/sheets.py"): "the width of the column of passes",
    ("B102", "amlaudit/engine/memo.py"): "nothing that others wrote stands in it",
    ("B403", "amlaudit/shipped_cache.py"): _AS_BYTECODE,
    ("B301", "amlaudit/shipped_cache.py"): _AS_BYTECODE,
    ("B302", "amlaudit/shipped_cache.py"): _AS_BYTECODE,
    ("B102", "amlaudit/rulebook/python_rules.py"): "a rule is code, and runs if its pack may",
    ("B701", "amlaudit/reporters/checklist/render.py"): "Markdown and text, escaped as those are",
    ("B704", "amlaudit/reporters/svg.py"): "tags of our own around what was escaped",
    ("B405", "amlaudit/reporters/junit.py"): "XML is written here, none is read",
    ("B406", "amlaudit/reporters/junit.py"): "XML is written here, none is read",
    ("B404", "amlaudit/scanners/deployments/bicep.py"): _NO_SHELL,
    ("B603", "amlaudit/scanners/deployments/bicep.py"): _NO_SHELL,
    ("B506", "amlaudit/scanners/deployments/terraform/mapping.py"): "a safe loader, written in C",
    ("B404", "amlaudit/cli/git.py"): _NO_SHELL,
    ("B603", "amlaudit/cli/git.py"): _NO_SHELL,
    ("B607", "amlaudit/cli/git.py"): "git is the one that the user's path finds first",
    ("B608", "amlaudit/databases.py"): _OWN_NAMES,
    ("B608", "amlaudit/records/history_file.py"): _OWN_NAMES,
    ("B608", "amlaudit/scanners/snapshot.py"): _OWN_NAMES,
    ("B608", "amlaudit/scanners/snapshot_store.py"): _OWN_NAMES,
    ("B404", "scripts/build_shipped_cache.py"): _NO_SHELL,
    ("B603", "scripts/build_shipped_cache.py"): _NO_SHELL,
    ("B404", "scripts/build_pictures.py"): _NO_SHELL,
    ("B603", "scripts/build_pictures.py"): _NO_SHELL,
    ("B404", "scripts/check_weaknesses.py"): _NO_SHELL,
    ("B603", "scripts/check_weaknesses.py"): _NO_SHELL,
    ("B404", "scripts/check_bandit.py"): _NO_SHELL,
    ("B603", "scripts/check_bandit.py"): _NO_SHELL,
}
"""Why a finding is acceptable, by test and file."""


def main() -> int:
    """Compare the findings with the allowed ones; return 1 if they differ."""
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-r", "-f", "json", "amlaudit", "rules", "scripts"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    found = {(each["test_id"], each["filename"]): each for each in report["results"]}
    for key in sorted(found.keys() - ALLOWED.keys()):
        line, told = found[key]["line_number"], found[key]["issue_text"]
        sys.stdout.write(f"{key[1]}:{line} {key[0]} {told}\n")
    for test, name in sorted(ALLOWED.keys() - found.keys()):
        sys.stdout.write(f"{name}: {test} is allowed, and nothing is found\n")
    sys.stdout.write(f"bandit: {len(found)} findings, {len(ALLOWED)} with a reason\n")
    return bool(found.keys() ^ ALLOWED.keys() or report["errors"])


if __name__ == "__main__":
    sys.exit(main())
