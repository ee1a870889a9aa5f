"""A cache of what was parsed from shipped files, valid until anything it depends on changes.

Python stores the compiled code of a module in the folder `__pycache__` next to it; what was parsed
from rules and tables is stored there too, under the same conditions: whoever may write there may
change the program itself, and if the folder is not writable, or bytecode is disabled, nothing is
cached. An entry is valid only with a seal over its own bytes and over those of every file that it
depends on: rules, tables, and the code that reads them. All of these are hashed in each run, so
that neither stale nor incomplete entries are ever used.
"""

import marshal
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType
from typing import Final, TypeVar

from amlaudit.resources import shipped

Value = TypeVar("Value")

READERS: Final = (
    "__init__.py", "core", "engine", "language", "readings", "resources.py", "rulebook",
    "shipped_cache.py", "sizes.py", "strict_yaml.py",
)  # fmt: skip
"""What in the package takes part in reading rules, or is part of one."""

_PACKAGE: Final = Path(__file__).parent
_READ: Final = (".py", ".yaml", ".json")
_CASES: Final = ".cases.yaml"
_SEAL: Final = sha256().digest_size
_PROTOCOL: Final = 4
"""The pickle protocol: a wheel is built by one version of Python and read by others."""


def cached(name: str, make: Callable[[], Value], *also: str) -> Value:
    """Return what a function makes from shipped files, cached for as long as their bytes are equal.

    Args:
        name: Name of the entry.
        make: Makes a picklable value from shipped files alone.
        also: Further folders of the package that it depends on, besides those of all entries.
    """
    path = _path_of(f"{name}.py").with_name(f"{name}.pickle")
    salt = _hash_of([_PACKAGE / each for each in also]) if also else b""
    content = _valid_content(path, salt)
    if content is not None:
        value: Value = pickle.loads(content)  # noqa: S301 - its writer may change this code too
        return value
    value = make()
    if not sys.dont_write_bytecode:
        _write_entry(path, pickle.dumps(value, _PROTOCOL), salt)
    return value


def cached_code(name: str, make: Callable[[], Mapping[str, CodeType]]) -> Mapping[str, CodeType]:
    """Return the code that a function makes from shipped files, cached like `cached`.

    Code is specific to one version of Python and to the location of its source: elsewhere it is
    made anew. If it could not be cached, nothing is made: it is more than a single run needs.

    Args:
        name: Name of the entry.
        make: Makes the code, by name, from shipped files alone.
    """
    path = _path_of(f"{name}.py").with_suffix(".code")
    salt = MAGIC_NUMBER + str(shipped("rules")).encode()
    content = _valid_content(path, salt)
    if content is not None:
        return _Codes(marshal.loads(content))  # noqa: S302 - its writer may change this code too
    if sys.dont_write_bytecode or not os.access(path.parent, os.W_OK):
        return {}
    made = make()
    _write_entry(
        path, marshal.dumps({key: marshal.dumps(code) for key, code in made.items()}), salt
    )
    return made


class _Codes(Mapping[str, CodeType]):
    """Code by name, each loaded from its bytes on demand."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        """Take the bytes by name."""
        self._sources = sources

    def __getitem__(self, name: str) -> CodeType:
        """Return the code of a name."""
        code: CodeType = marshal.loads(self._sources[name])  # noqa: S302 - its bytes are sealed
        return code

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._sources)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._sources)


def _path_of(name: str) -> Path:
    """Return where Python stores the bytecode of a file next to the rules."""
    return Path(cache_from_source(str(shipped("rules") / name)))


def _valid_content(path: Path, salt: bytes = b"") -> bytes | None:
    """Return the valid content of a cache file, None if there is none."""
    content = b""
    with suppress(OSError):  # nothing is cached yet, or it is not readable
        content = path.read_bytes()
    payload = content[_SEAL:]
    return payload if content[:_SEAL] == _seal(payload, salt) else None


def _write_entry(path: Path, content: bytes, salt: bytes = b"") -> None:
    """Write an entry, if possible."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_seal(content, salt) + content)


def _seal(content: bytes, salt: bytes) -> bytes:
    """Return the seal of an entry; the salt covers what else it depends on."""
    return sha256(_hash_of_all() + sha256(salt).digest() + content).digest()


@cache
def _hash_of_all() -> bytes:
    """Return a hash over all files that can affect what is parsed from rules and tables."""
    return _hash_of([*(_PACKAGE / each for each in READERS), shipped("rules")])


def _hash_of(roots: Iterable[Path]) -> bytes:
    """Return a hash over the names and bytes of files, including those in and below folders."""
    digest = sha256()
    for root in roots:
        for path in _files(str(root)):
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - there are hundreds
                content = file.read()
            digest.update(f"{path.removeprefix(str(root))}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.digest()


def _files(path: str) -> Iterator[str]:
    """Yield a file, or the code and table files in and below a folder, except rule cases."""
    if path.endswith(_READ):
        yield path
        return
    with os.scandir(path) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        if each.is_dir() or (each.name.endswith(_READ) and not each.name.endswith(_CASES)):
            yield from _files(each.path)
