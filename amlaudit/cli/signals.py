"""Ctrl-C, and the signal by which systems end a program: once to stop, twice to leave at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from amlaudit.core.errors import Exit


class LeaveError(BaseException):
    """The user asked a second time: nothing is waited for any more.

    No `KeyboardInterrupt` on purpose: whoever finishes what is there on the first must not do so on
    the second.
    """


def handle_signals() -> None:
    """Let signals stop this process; those that its parent has it ignore, it ignores."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)


def leave() -> NoReturn:
    """End the process without waiting for threads that wait for answers."""
    os._exit(Exit.INTERRUPTED)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Let an interruption meanwhile tell what there is, and what there is not.

    Raises:
        KeyboardInterrupt: The user interrupted; it says so in the given words.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(what) from error


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Stop, and leave when asked again.

    Raises:
        KeyboardInterrupt: Always.
    """
    _heed(_leave)
    raise KeyboardInterrupt


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave; a third signal ends the process wherever it is.

    Raises:
        LeaveError: Always.
    """
    _heed(signal.SIG_DFL)
    raise LeaveError


def _heed(how: "signal._HANDLER") -> None:
    """Let something else happen on the next signal."""
    signal.signal(signal.SIGINT, how)
    signal.signal(signal.SIGTERM, how)
