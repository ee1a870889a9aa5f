"""Locates project files, without reading any YAML."""

import re
from pathlib import Path
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.sizes import text_of

NAMES: Final = ("amlaudit.yaml", ".amlaudit.yaml", "pyproject.toml")
"""Names of project files; the first that exists is used."""
TABLE: Final = late_pattern(r"^\s*\[+\s*tool\.amlaudit\b", re.MULTILINE)
"""Where our table begins in a TOML file."""


def project_file(start: Path) -> Path | None:
    """Return the project file in effect for a folder: its own, or that of a parent folder.

    The search ends at the root of the repository; outside of one, only the folder is searched.
    """
    for folder in _up_to_the_root(start):
        for name in NAMES:
            path = folder / name
            if path.is_file() and (name != NAMES[-1] or TABLE.search(text_of(path))):
                return path
    return None


def root_above(folder: Path) -> Path:
    """Return the root of the repository containing a folder; outside of one, the folder itself."""
    return _up_to_the_root(folder)[-1].resolve()


def _up_to_the_root(folder: Path) -> list[Path]:
    """Return a folder and its parents, up to the root of the repository."""
    above = [folder, *folder.parents]
    root = next((at for at, each in enumerate(above) if (each / ".git").exists()), 0)
    return above[: root + 1]
