"""Tells in `docs/security.md` how long each target was fuzzed, from `fuzz/runs.json`.

Usage: python -m fuzz.told
"""

import json
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[1]
PAGE: Final = _ROOT / "docs" / "security.md"
RUNS: Final = _ROOT / "fuzz" / "runs.json"
_BEGIN: Final = "<!-- fuzzing: begin -->"
_END: Final = "<!-- fuzzing: end -->"


def page(written: str) -> str:
    """Return the page with the table as the runs have it; all else stays."""
    before, _, rest = written.partition(_BEGIN)
    return f"{before}{_BEGIN}\n\n{_table()}\n\n{_END}{rest.partition(_END)[2]}"


def runs() -> list[dict[str, Any]]:
    """Return the longest run of each target."""
    found: list[dict[str, Any]] = json.loads(RUNS.read_text("utf-8"))
    return found


def _table() -> str:
    """Return the runs as a table."""
    lines = ["| target | seed | minutes | rounds | found, and mended |", "|---|--:|--:|--:|---|"]
    for each in runs():
        cells = (each["target"], each["seed"], each["minutes"], f"{each['rounds']:,}")
        lines.append(f"| {' | '.join(map(str, cells))} | {each['found'] or 'nothing'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
