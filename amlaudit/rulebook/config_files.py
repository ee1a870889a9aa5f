"""Where project files lie; finding out reads no YAML."""

import re
from pathlib import Path
from typing import Final

from amlaudit.sizes import text_of

NAMES: Final = ("amlaudit.yaml", ".amlaudit.yaml", "pyproject.toml")
"""Of project files, the first that is there counting."""
TABLE: Final = re.compile(r"^\s*\[+\s*tool\.amlaudit\b", re.MULTILINE)
"""Where the table of ours begins in a TOML file."""


def project_file(start: Path) -> Path | None:
    """Return the project file that counts in a folder: its own, or that of one above it.

    The search ends at the root of the repository; outside of one the folder alone is looked at.
    """
    above = [start, *start.parents]
    root = next((at for at, each in enumerate(above) if (each / ".git").exists()), 0)
    for folder in above[: root + 1]:
        for name in NAMES:
            path = folder / name
            if path.is_file() and (name != NAMES[-1] or TABLE.search(text_of(path))):
                return path
    return None
