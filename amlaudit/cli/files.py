"""Atomic file writes: a file is either complete or not there."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import click

from amlaudit.core.errors import AmlauditError, Exit

_BUFFER: Final = 1 << 20
"""Bytes: long reports arrive in chunks of a kilobyte."""
_CHOOSE: Final = "make its folder writable, or choose another path"
STDIN: Final = Path("-")
"""What standard input is called on the command line."""
_STREAMS: Final = ("/dev/", "/proc/")
"""Folders in which links are names of open streams: `/dev/stdout`, `/dev/fd/63`."""


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write content to a path atomically, so that nobody ever sees a partial file.

    A file that is replaced passes its permissions on. A link is replaced and never followed, as it
    may come from an untrusted checkout. A device, a pipe or an open stream is written to: replacing
    `/dev/null` by a file would break the system.
    """
    if is_stream(path):
        with path.open("ab", buffering=_BUFFER) as stream:
            stream.writelines(content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        buffering=_BUFFER, dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(_mode_for(path))
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def is_stream(path: Path) -> bool:
    """Tell whether something other than a file or a folder exists at a path, such as a device."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) and os.path.abspath(path).startswith(_STREAMS):  # noqa: PTH100 - nothing is resolved
            return path.exists()
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))


def place_of(path: Path) -> Path:
    """Return where a path leads; a link itself is not followed, as it would be replaced."""
    return path.parent.resolve() / path.name


def is_one_of(path: Path, others: Iterable[Path]) -> bool:
    """Tell whether writing to a path would replace one of several other files."""
    if is_stream(path):
        return False
    place = place_of(path)
    return any(place in (place_of(each), each.resolve()) for each in others)


def refuse_replacing(out: Path | None, *inputs: Path) -> None:
    """Raise if `--out` names a file that the command reads.

    Raises:
        UsageError: It does.
    """
    if out and is_one_of(out, inputs):
        raise click.UsageError(f"--out would replace {out}, which is read: use another path.")


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


def refuse_existing(path: Path, advice: str) -> None:
    """Raise if a file that must not be overwritten exists.

    Raises:
        AmlauditError: It does.
    """
    if path.exists():
        raise AmlauditError(
            "E306", f"{path} already exists", advice=advice, exit_code=Exit.INPUT_OUTPUT
        )


def unreadable(
    path: Path,
    cause: str,
    advice: str = "use a file written by --save-snapshot or --report json=PATH",
) -> AmlauditError:
    """Return the error for a file that should be a snapshot or a JSON report, and is not."""
    return AmlauditError(
        "E302",
        f"Cannot read {path}",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )


def _why(error: OSError) -> str:
    """Return why something cannot be written; the system's messages about paths are misleading."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file exists where a folder is needed"
    return error.strerror or str(error)


def _mode_for(path: Path) -> int:
    """Return the permissions for a new file: those of the file it replaces, if there is one."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return stat.S_IMODE(mode)
    return 0o666 & ~_umask()


def _umask() -> int:
    """Return the umask of the process, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
