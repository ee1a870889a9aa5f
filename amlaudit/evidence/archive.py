"""An evidence bundle as an untrusted ZIP file: nothing in it counts before it has been checked.

Names and sizes are checked when it is opened, and no more of a file is unpacked than it may have.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from msgspec import Struct, ValidationError, convert

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.evidence.bundle import FORMAT, MANIFEST, SIGNATURE
from amlaudit.strict_json import load_json

_MAX_BYTES: Final = 64 << 30
"""Maximum size of all files, unpacked: a snapshot of a very large estate is a tenth of that."""
_MAX_MANIFEST: Final = 1 << 20
_MAX_FILES: Final = 10_000
_CHUNK: Final = 1 << 20


class ListedFile(Struct, frozen=True):
    """A file as the manifest lists it.

    Attributes:
        path: Its path in the bundle.
        size: Its size in bytes, unpacked.
        sha256: Its hash.
    """

    path: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What a bundle says about itself.

    Attributes:
        version: Version of amlaudit that made it.
        made_for: The time that its reports are made for.
        command: The command that made it.
        files: The files in it, except the manifest and its signature.
    """

    version: str
    made_for: str
    command: tuple[str, ...]
    files: tuple[ListedFile, ...]


class Archive:
    """An open bundle.

    Attributes:
        path: Its file.
        manifest: What it says about itself.
        manifest_bytes: The same as it is written, for signatures.
    """

    def __init__(self, path: Path, file: ZipFile) -> None:
        """Read the manifest, if the file is a bundle whose names and sizes can be trusted.

        Raises:
            AmlauditError: It is something else.
        """
        self.path = path
        self._file = file
        self._names = frozenset(file.namelist())
        self._refuse_untrusted()
        self.manifest_bytes = self.read(MANIFEST, _MAX_MANIFEST)
        document = load_json(self.manifest_bytes)
        if document["format"] != FORMAT:
            raise refusal(path, f"unsupported format {document['format']}")
        self.manifest = convert(document, Manifest)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a file with a name."""
        return name in self._names

    def read(self, name: str, limit: int) -> bytes:
        """Return the content of a file.

        Raises:
            ValueError: It has more bytes than it may have.
        """
        return b"".join(self.pieces(name, limit))

    def pieces(self, name: str, limit: int = _MAX_BYTES) -> Iterator[bytes]:
        """Yield the content of a file in pieces.

        Raises:
            ValueError: It has more bytes than it may have.
        """
        size = self._file.getinfo(name).file_size
        if size > limit:
            raise ValueError(f"{name} is too long")
        with self._file.open(name) as file:
            yield from _pieces_of(file, size)

    def problems(self) -> dict[str, str]:
        """Return what is wrong with files, in words, by name; an intact file has no entry."""
        listed = {each.path: each for each in self.manifest.files}
        unlisted = sorted(self._names - listed.keys() - {MANIFEST, SIGNATURE})
        found = dict.fromkeys(unlisted, "it is not in the manifest")
        for name, each in listed.items():
            if problem := self._problem_of(each):
                found[name] = problem
        return found

    def _problem_of(self, listed: ListedFile) -> str:
        """Return how a file differs from what the manifest says, empty if it does not."""
        if listed.path not in self._names:
            return "it is missing"
        digest, size = sha256(), 0
        try:
            with self._file.open(listed.path) as file:
                for piece in _pieces_of(file, listed.size):
                    digest.update(piece)
                    size += len(piece)
        except (BadZipFile, zlib.error, EOFError) as error:
            return f"it is damaged: {error}"
        if size != listed.size:
            return f"its size is not {listed.size:,} bytes"
        if digest.hexdigest() != listed.sha256:
            return f"its SHA-256 is {digest.hexdigest()}, not {listed.sha256}"
        return ""

    def _refuse_untrusted(self) -> None:
        """Raise unless the file has a manifest, and names and sizes that can be trusted."""
        members = self._file.infolist()
        if MANIFEST not in self._names:
            raise refusal(self.path, "it has no manifest")
        if len(members) != len(self._names) or len(members) > _MAX_FILES:
            raise refusal(self.path, "it contains duplicate files, or too many")
        if any(map(_leads_outside, self._names)):
            raise refusal(self.path, "it contains a path outside itself")
        if sum(each.file_size for each in members) > _MAX_BYTES:
            raise refusal(self.path, f"it would unpack to more than {_MAX_BYTES >> 30} GiB")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a bundle for reading; whatever a damaged one raises becomes one error that says so.

    Raises:
        AmlauditError: It is not a bundle, or is damaged.
    """
    try:
        with ZipFile(path) as file:
            yield Archive(path, file)
    except (OSError, BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise refusal(path, str(error)) from error
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        ValidationError,
    ) as error:
        raise refusal(path, f"it is damaged: {error}") from error


def refusal(path: Path, cause: str) -> AmlauditError:
    """Return the error for a file that is not a valid bundle."""
    return AmlauditError(
        "E307",
        f"{path} is not a valid evidence bundle",
        cause=cause,
        advice="use a bundle, a JSON report or a snapshot written by amlaudit",
        exit_code=Exit.INPUT_OUTPUT,
    )


def _leads_outside(name: str) -> bool:
    """Tell whether a name could lead out of the folder into which it is unpacked."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not name


def _pieces_of(file: IO[bytes], limit: int) -> Iterator[bytes]:
    """Yield the bytes of an open file, up to one more than its maximum size."""
    left = limit + 1
    while left > 0 and (piece := file.read(min(_CHUNK, left))):
        left -= len(piece)
        yield piece
