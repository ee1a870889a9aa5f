"""`python -m amlaudit`, and what the command `amlaudit` runs."""

import atexit
import gc
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def program() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    What lives by then is left to the system, which frees it at once: Python would take it apart,
    object by object. Whatever was registered for the end happens all the same.
    """
    gc.disable()
    from amlaudit.cli import main  # noqa: PLC0415 - nothing of what is loaded dies meanwhile

    gc.enable()
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int) or threading.active_count() > 1:
            raise  # threads are waited for
        atexit._run_exitfuncs()  # noqa: SLF001 - nothing else runs them before `os._exit`
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):  # nobody reads it any more
                stream.flush()
        os._exit(end.code)
    raise AssertionError("the command line ends with a code")


if __name__ == "__main__":
    program()
