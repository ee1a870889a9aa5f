"""Stdout whose reader may go away, or whose disk may fill up, before everything is said."""

import codecs
import io
from typing import Any, Final, TextIO

from amlaudit.core.errors import AmlauditError, Exit

PLAIN: Final = "amlaudit.plain"
"""How signs are written that a terminal cannot show: by others that say the same."""
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
    """Return what is written instead of signs that cannot be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN_SIGNS.get(each, "?") for each in signs), error.end


codecs.register_error(PLAIN, _plain)


def patient(stream: TextIO) -> TextIO:
    """Return a stream to write to instead of another one, which may come to an early end.

    What comes after a reader went away, as `head` does, is dropped: the run goes on and ends with
    the exit code of its verdict, and not with one that the pipe had chosen. A stream that holds no
    more for another reason is an error, once.
    """
    if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
        return stream
    stream.flush()
    # With PYTHONUNBUFFERED there is no buffer in between.
    under: Any = getattr(stream.buffer, "raw", stream.buffer)
    raw: Any = _Ending(under)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=PLAIN,
        write_through=stream.write_through,
    )


class _Ending(io.RawIOBase):
    """Bytes on their way to a stream that may end."""

    def __init__(self, under: io.RawIOBase) -> None:
        """Write to a stream."""
        super().__init__()
        self._under = under
        self._has_ended = False

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the number of the file."""
        return self._under.fileno()

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write bytes, or drop them after the end.

        Raises:
            AmlauditError: They cannot be written, and not because nobody reads them.
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
                advice="make room where it goes, or send it elsewhere",
                exit_code=Exit.INPUT_OUTPUT,
            ) from error
