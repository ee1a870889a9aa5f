"""The entry point of `python -m amlaudit` and of the command `amlaudit`."""

import atexit
import gc
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def program() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    Remaining objects are left to the operating system, which frees them at once, whereas Python
    would destroy them one by one. Registered exit handlers still run.
    """
    gc.disable()
    from amlaudit.cli import main  # noqa: PLC0415 - nothing loaded here becomes garbage

    gc.enable()
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int) or threading.active_count() > 1:
            raise  # threads are waited for
        atexit._run_exitfuncs()  # noqa: SLF001 - nothing else runs them before `os._exit`
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):  # the reader is gone
                stream.flush()
        os._exit(end.code)
    raise AssertionError("the command line ends with a code")


if __name__ == "__main__":
    program()
