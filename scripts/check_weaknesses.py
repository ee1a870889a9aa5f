"""Checks with pip-audit whether a dependency in the lock has a known vulnerability.

If that cannot be checked, such as without a network, it prints "not run", never that there is none.
Usage: python scripts/check_weaknesses.py
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parents[1] / "requirements.lock"
_OPTIONS: Final = ("--require-hashes", "--disable-pip", "--timeout=20", "--progress-spinner=off")


def told(dependencies: list[dict[str, Any]]) -> tuple[int, Iterator[str]]:
    """Return the exit code, and lines about what pip-audit found.

    Args:
        dependencies: As listed in its JSON output.
    """
    weak = [each for each in dependencies if each.get("vulns")]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    return int(bool(weak)), _lines(weak, skipped, len(dependencies))


def _lines(weak: list[dict[str, Any]], skipped: list[str], count: int) -> Iterator[str]:
    """Yield the lines to print."""
    for each in weak:
        for found in each["vulns"]:
            mended = ", ".join(found["fix_versions"]) or "none yet"
            yield f"{each['name']} {each['version']}: {found['id']}, mended in: {mended}"
    if skipped:
        yield f"weaknesses: not run for {len(skipped)} of {count} dependencies, nobody knew them"
    elif not weak:
        yield f"weaknesses: none is known in {count} dependencies"


def main() -> int:
    """Run the check, and return 1 if a vulnerability is known."""
    if find_spec("pip_audit") is None:
        sys.stdout.write("weaknesses: not run, pip-audit is not installed\n")
        return 0
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [sys.executable, "-m", "pip_audit", *_OPTIONS, "--format=json", "--requirement", LOCK],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        code, lines = told(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        sys.stdout.write("weaknesses: not run, nobody could be asked\n")
        return 0
    sys.stdout.writelines(f"{each}\n" for each in lines)
    return code


if __name__ == "__main__":
    sys.exit(main())
