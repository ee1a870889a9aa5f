"""Size limits for external files, and reading files no further than these.

The limits are far above anything that a tenant or a team has, and below what exhausts a machine:
reading JSON takes several times its size in memory.
"""

from collections.abc import Iterator
from os import fstat
from pathlib import Path
from typing import BinaryIO, Final

from amlaudit.core.errors import AmlauditError, Exit

LARGEST_JSON: Final = 2**30
"""Maximum bytes of an export, a deployment or a report: 1 GiB."""
LARGEST_SOURCE: Final = 2**22
"""Maximum bytes of a hand-written file (rules, profiles, waivers, Bicep, …): 4 MiB."""

_UNITS: Final = ((2**30, "GiB"), (2**20, "MiB"), (1, "bytes"))


def bytes_of(path: Path, limit: int) -> bytes:
    """Return the content of a file; see `pieces_of`."""
    return b"".join(pieces_of(path, limit, limit + 1))


def pieces_of(path: Path, limit: int, size: int = 2**18) -> Iterator[bytes]:
    """Yield the content of a file in chunks, reading no more than is allowed.

    Args:
        path: The file; an endless one, such as a device, is read no further either.
        limit: Maximum size in bytes.
        size: Bytes per chunk.

    Raises:
        OSError: It cannot be read.
        AmlauditError: It is larger.
    """
    with path.open("rb") as file:
        if fstat(file.fileno()).st_size > limit:
            raise _too_large(path, limit)
        yield from pieces_from(file, path, limit, size)


def pieces_from(file: BinaryIO, path: Path, limit: int, size: int = 2**18) -> Iterator[bytes]:
    """Yield the rest of an open file in chunks; see `pieces_of`.

    Args:
        file: The file, open for reading.
        path: Its path, for messages.
        limit: Maximum size in bytes.
        size: Bytes per chunk.

    Raises:
        OSError: It cannot be read.
        AmlauditError: It is larger.
    """
    left = limit
    while piece := file.read(min(size, left + 1)):
        left -= len(piece)
        if left < 0:
            raise _too_large(path, limit)
        yield piece


def is_there(path: Path) -> bool:
    """Tell whether a path exists; one that the system does not accept does not."""
    try:
        return path.exists()
    except OSError:  # its name is too long, or a folder above it is not accessible
        return False


def text_of(path: Path, shown_as: str = "") -> str:
    """Return the text of a file.

    Args:
        path: The file.
        shown_as: Its name in messages, if that is not its path.

    Raises:
        AmlauditError: It cannot be read, is too large, or is not text.
    """
    try:
        return bytes_of(path, LARGEST_SOURCE).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise AmlauditError(
            "E201",
            f"{shown_as or path} cannot be read",
            cause=_cause(error),
            advice="check the path, and that it is UTF-8 text",
            exit_code=Exit.INVALID,
        ) from error


def _cause(error: OSError | UnicodeDecodeError) -> str:
    """Return why a file cannot be read, without its name or content."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"byte {error.start:,} is not valid UTF-8"


def _too_large(path: Path, limit: int) -> AmlauditError:
    """Return the error for a file that is too large."""
    unit, name = next(each for each in _UNITS if limit >= each[0])
    return AmlauditError(
        "E311",
        f"{path} is larger than {limit // unit} {name}",
        cause="it was not read, because no valid input is that large",
        advice="check that it is the right file, or split it",
        exit_code=Exit.INPUT_OUTPUT,
    )
