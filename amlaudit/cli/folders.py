"""The folders of a user's settings, state and cache.

They are needed on every start, so no library is loaded to find them. They follow the XDG Base
Directory Specification (https://specifications.freedesktop.org/basedir), Apple's Library folder,
and local application data on Windows.
"""

import os
import sys
from pathlib import Path
from typing import Final

_NAME: Final = "amlaudit"
_BASES: Final = {"config": ".config", "state": ".local/state", "cache": ".cache"}
"""Folders within the home folder, by the name in the XDG variable."""


def config_folder() -> Path:
    """Return the folder of the user's settings."""
    return _folder("config")


def state_folder() -> Path:
    """Return the folder for data that amlaudit cannot recompute."""
    return _folder("state")


def cache_folder() -> Path:
    """Return the folder for data that can be recomputed."""
    return _folder("cache")


def _folder(kind: str) -> Path:
    """Return the folder for one kind of data, which need not exist."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        local = (Path(base) if base else _home() / "AppData" / "Local") / _NAME
        return local / "Cache" if kind == "cache" else local
    if sys.platform == "darwin":
        return (
            _home() / "Library" / ("Caches" if kind == "cache" else "Application Support") / _NAME
        )
    named = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    # The specification says to ignore a relative path.
    return (Path(named) if named.startswith("/") else _home() / _BASES[kind]) / _NAME


def _home() -> Path:
    """Return the user's home folder; for a user without one, a path where nothing can exist.

    Without a home folder, `~` would be taken as a folder in the current checkout, whose contents
    are not the user's.
    """
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)
