"""What was read of the shipped rules, kept beside them for as long as nothing it hangs on changes.

Python keeps what it compiled of a module in the folder `__pycache__` beside it; what was read of
rules and tables is kept there too, under the same conditions: whoever may write there may change
the program itself, and where nobody may, or bytecode is not wanted, nothing is kept. What is kept
counts only with a seal over its own bytes and over those of every file that it hangs on: rules,
tables, and the code that reads them. All of these are hashed in each run, so that nothing stale can
count, nor half of anything.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final, TypeVar

from amlaudit.resources import shipped

Value = TypeVar("Value")

READERS: Final = (
    "__init__.py", "core", "engine", "language", "readings", "resources.py", "rulebook", "sizes.py",
    "strict_yaml.py",
)  # fmt: skip
"""What has a hand in reading rules, or is part of one, in the package."""

_PACKAGE: Final = Path(__file__).parents[1]
_READ: Final = (".py", ".yaml", ".json")
_CASES: Final = ".cases.yaml"
_SEAL: Final = sha256().digest_size
_PROTOCOL: Final = 4
"""A wheel is made by one version of Python and read by others."""


def kept(name: str, make: Callable[[], Value]) -> Value:
    """Return what a function makes of what is shipped, or made of the very same bytes before.

    Args:
        name: What it is.
        make: Makes it, of shipped files alone; something that can be pickled.
    """
    path = Path(cache_from_source(str(shipped("rules") / "any.py"))).with_name(f"{name}.pickle")
    content = b""
    with suppress(OSError):  # nothing is kept yet, or nobody may read it
        content = path.read_bytes()
    if content[:_SEAL] == _seal(content[_SEAL:]):
        value: Value = pickle.loads(content[_SEAL:])  # noqa: S301 - of one who may change this code
        return value
    value = make()
    if not sys.dont_write_bytecode:
        _keep(path, pickle.dumps(value, _PROTOCOL))
    return value


def _keep(path: Path, content: bytes) -> None:
    """Keep something where that is possible."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_seal(content) + content)


def _seal(content: bytes) -> bytes:
    """Return the seal of what is kept."""
    return sha256(_hash_of_all() + content).digest()


@cache
def _hash_of_all() -> bytes:
    """Return a hash over the names and bytes of all files that can decide what is read."""
    digest = sha256()
    for root in (*(_PACKAGE / each for each in READERS), shipped("rules")):
        for path in _files(str(root)):
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - there are hundreds
                content = file.read()
            digest.update(f"{path.removeprefix(str(root))}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.digest()


def _files(path: str) -> Iterator[str]:
    """Yield a file, or the files of code and tables in a folder and below; no cases of rules."""
    if path.endswith(_READ):
        yield path
        return
    with os.scandir(path) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        if each.is_dir() or (each.name.endswith(_READ) and not each.name.endswith(_CASES)):
            yield from _files(each.path)
