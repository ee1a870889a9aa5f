"""What took long to find out, kept in the user's cache as long as all that it hangs on is the same.

Only what is shown is ever kept, nothing that is judged by. A record that cannot be read, or is of
other files than those that are there, counts for nothing.
"""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from amlaudit import __version__
from amlaudit.sizes import LARGEST_SOURCE, bytes_of


def remembered(name: str, files: Iterable[Path], make: Callable[[], Any]) -> Any:  # noqa: ANN401 - a JSON value
    """Return what a function makes of files, or made of them before.

    Args:
        name: What it is, and of whom.
        files: Everything that it hangs on, besides the version of amlaudit.
        make: Makes it; a JSON value.
    """
    key = _key_of(files)
    path = _folder() / f"{name}.json"
    try:
        kept = json.loads(path.read_bytes())
        if kept["key"] == key:
            return kept["value"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or none that is whole
    value = make()
    _keep(path, {"key": key, "value": value})
    return value


def _key_of(files: Iterable[Path]) -> str:
    """Return the hash over the names and bytes of files."""
    digest = sha256(__version__.encode())
    for path in files:
        content = bytes_of(path, LARGEST_SOURCE)
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _keep(path: Path, record: object) -> None:
    """Keep a record where that is possible; a cache that cannot be written is no error."""
    from amlaudit.cli.files import write_whole  # noqa: PLC0415 - seldom needed

    try:
        write_whole(path, [json.dumps(record).encode()])
    except OSError:
        return


def _folder() -> Path:
    """Return the user's cache."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - little needs it

    return user_cache_path("amlaudit", appauthor=False)
