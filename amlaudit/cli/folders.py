"""Where a user's own settings, state and cache lie.

Every start asks, so that nothing is loaded to find out. Where: the XDG Base Directory Specification
(https://specifications.freedesktop.org/basedir), Apple's Library, and what Windows calls local.
"""

import os
import sys
from pathlib import Path
from typing import Final

_NAME: Final = "amlaudit"
_BASES: Final = {"config": ".config", "state": ".local/state", "cache": ".cache"}
"""Folders within the home, by what a variable of XDG calls them."""


def config_folder() -> Path:
    """Return the folder of the user's settings."""
    return _folder("config")


def state_folder() -> Path:
    """Return the folder of what amlaudit keeps and cannot find out again."""
    return _folder("state")


def cache_folder() -> Path:
    """Return the folder of what can be found out again."""
    return _folder("cache")


def _folder(kind: str) -> Path:
    """Return the folder of one kind of data; it need not be there."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        local = (Path(base) if base else _home() / "AppData" / "Local") / _NAME
        return local / "Cache" if kind == "cache" else local
    if sys.platform == "darwin":
        return (
            _home() / "Library" / ("Caches" if kind == "cache" else "Application Support") / _NAME
        )
    named = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    # A relative one is to be ignored, says the specification.
    return (Path(named) if named.startswith("/") else _home() / _BASES[kind]) / _NAME


def _home() -> Path:
    """Return the user's home; of a user without one, a place where nothing can be.

    Where the system knows no home, `~` would be a folder of whatever checkout this is: what lies
    there is not the user's.
    """
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)
