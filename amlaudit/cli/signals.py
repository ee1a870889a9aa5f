"""SIGINT (Ctrl-C) and SIGTERM: the first stops the run, the second exits at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from amlaudit.core.errors import Exit


class LeaveError(BaseException):
    """The user interrupted a second time: nothing is waited for any more.

    Deliberately not a `KeyboardInterrupt`: code that finishes its work on the first one must not do
    so on the second.
    """


def handle_signals() -> None:
    """Let signals stop this process, except those that its parent made it ignore."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)


def leave() -> NoReturn:
    """Exit without joining threads that wait for responses."""
    os._exit(Exit.INTERRUPTED)


@contextmanager
def noted_if_interrupted(what: str) -> Iterator[None]:
    """Make an interruption in this context say what was completed and what was not.

    Raises:
        KeyboardInterrupt: The user interrupted; its message is the given text.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(what) from error


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Stop; the next signal exits at once.

    Raises:
        KeyboardInterrupt: Always.
    """
    _handle_next(_leave)
    raise KeyboardInterrupt


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Exit at once; a third signal kills the process wherever it is.

    Raises:
        LeaveError: Always.
    """
    _handle_next(signal.SIG_DFL)
    raise LeaveError


def _handle_next(how: "signal._HANDLER") -> None:
    """Set the handler for the next signal."""
    signal.signal(signal.SIGINT, how)
    signal.signal(signal.SIGTERM, how)
