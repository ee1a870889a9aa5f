"""Atomic file writes: a file is either complete or not there."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import click

from amlaudit.core.errors import AmlauditError, Exit

_BUFFER: Final = 1 << 20
"""Bytes: long reports arrive in chunks of a kilobyte."""
_CHOOSE: Final = "make its folder writable, or choose another path"


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write content to a path atomically, so that nobody ever sees a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        buffering=_BUFFER, dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path, advice: str = _CHOOSE) -> Iterator[None]:
    """Turn an `OSError` while writing a file or folder into an error that explains it.

    Raises:
        AmlauditError: It cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise AmlauditError(
            "E301",
            f"Cannot write {path}",
            cause=_why(error),
            advice=advice,
            exit_code=Exit.INPUT_OUTPUT,
        ) from error


def keep(path: Path, content: Iterable[str | bytes], *, advice: str = _CHOOSE) -> None:
    """Write a file of text or bytes atomically; see `write_whole`.

    Raises:
        AmlauditError: It cannot be written.
    """
    with writing(path, advice):
        write_whole(path, (each if isinstance(each, bytes) else each.encode() for each in content))


def put(text: str, out: Path | None) -> None:
    """Write a text to a file, or to stdout if none is given.

    Raises:
        AmlauditError: The file cannot be written.
    """
    if out is None:
        click.echo(text, nl=False)
    else:
        keep(out, [text], advice="choose another path with --out")


def unreadable(path: Path, cause: str) -> AmlauditError:
    """Return the error for a file that should be a snapshot or a JSON report, and is not."""
    return AmlauditError(
        "E302",
        f"Cannot read {path}",
        cause=cause,
        advice="use a file written by --save-snapshot or --report json=PATH",
        exit_code=Exit.INPUT_OUTPUT,
    )


def _why(error: OSError) -> str:
    """Return why something cannot be written; the system's messages about paths are misleading."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file exists where a folder is needed"
    return error.strerror or str(error)


def _umask() -> int:
    """Return the umask of the process, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
