"""Stdout whose reader may go away, or whose disk may fill up, before all output is written."""

import codecs
import io
from typing import Any, Final, TextIO

from amlaudit.core.errors import AmlauditError, Exit

PLAIN: Final = "amlaudit.plain"
"""Error handler that replaces characters that a terminal cannot show by equivalent ones."""
_PLAIN_SIGNS: Final = {
    "·": "|",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "…": "...",
    "→": "->",
    "✔": "+",
    "✖": "x",
    "≥": ">=",
    "≤": "<=",
}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return the replacement for characters that cannot be encoded, and where to continue."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN_SIGNS.get(each, "?") for each in signs), error.end


codecs.register_error(PLAIN, _plain)


def patient(stream: TextIO) -> TextIO:
    """Return a replacement for a stream that may be closed early.

    Output after a reader has gone away, such as `head`, is dropped: the run continues and exits
    with the code of its verdict, not with one caused by the pipe. Any other failure to write is an
    error, once.
    """
    if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
        return stream
    stream.flush()
    # With PYTHONUNBUFFERED there is no buffer in between.
    under: Any = getattr(stream.buffer, "raw", stream.buffer)
    raw: Any = _ClosableStream(under)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=PLAIN,
        write_through=stream.write_through,
    )


class _ClosableStream(io.RawIOBase):
    """A raw stream that forwards to another one, which may be closed."""

    def __init__(self, under: io.RawIOBase) -> None:
        """Forward to the given stream."""
        super().__init__()
        self._under = under
        self._has_ended = False

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._under.fileno()

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write bytes, or drop them once the stream has ended.

        Raises:
            AmlauditError: They cannot be written, for another reason than a missing reader.
        """
        if self._has_ended:
            return len(data)
        try:
            return self._under.write(data) or 0
        except BrokenPipeError:
            self._has_ended = True
            return len(data)
        except OSError as error:
            self._has_ended = True
            raise AmlauditError(
                "E301",
                "Cannot write to stdout",
                cause=error.strerror or str(error),
                advice="free space at its destination, or redirect it",
                exit_code=Exit.INPUT_OUTPUT,
            ) from error
