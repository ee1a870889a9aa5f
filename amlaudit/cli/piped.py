"""Evidence from standard input or another pipe: copied to a file, as it is read more than once."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from amlaudit.cli.files import STDIN
from amlaudit.scanners.files.input import PIPED, unreadable
from amlaudit.sizes import LARGEST_JSON, is_there, pieces_from, pieces_of


@contextmanager
def copied(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Yield paths, those of pipes replaced by temporary copies of what came through them.

    Raises:
        UsageError: Standard input is named twice, or is a terminal.
        AmlauditError: A pipe cannot be read, or holds too much.
    """
    if paths.count(STDIN) > 1:
        raise click.UsageError("--from - can be given only once, as there is one standard input.")
    with ExitStack() as folders:
        yield tuple(_copy(path, folders) if _is_pipe(path) else path for path in paths)


def _is_pipe(path: Path) -> bool:
    """Tell whether a path names standard input, or anything else that can be read only once."""
    return path == STDIN or (is_there(path) and not path.is_file() and not path.is_dir())


def _copy(path: Path, folders: ExitStack) -> Path:
    """Return the path of a copy, which exists as long as a stack of folders."""
    folder = folders.enter_context(TemporaryDirectory(prefix=PIPED, ignore_cleanup_errors=True))
    copy = Path(folder) / _name_of(path)
    try:
        with copy.open("wb") as file:
            for piece in _pieces_of(path):
                file.write(piece)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    return copy


def _pieces_of(path: Path) -> Iterator[bytes]:
    """Return what comes through a pipe, in chunks."""
    if path != STDIN:
        return pieces_of(path, LARGEST_JSON)
    if sys.stdin.isatty():
        raise click.UsageError(
            "--from - reads standard input, which is a terminal. Pipe a file into it, or name one."
        )
    return pieces_from(sys.stdin.buffer, Path("stdin"), LARGEST_JSON)


def _name_of(path: Path) -> str:
    """Return what reports call a pipe: `stdin`, `fd-63` for `/dev/fd/63`, otherwise its name."""
    if path == STDIN:
        return "stdin"
    return f"{path.parent.name}-{path.name}" if path.name.isdigit() else path.name
