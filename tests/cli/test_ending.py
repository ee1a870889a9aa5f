"""A process exits immediately, but still does everything that was registered for its exit."""

import subprocess
import sys

import pytest

from amlaudit.core.errors import Exit

SCRIPT = """\
import atexit, sys, threading
atexit.register(print, "bye")
def late():
    threading.main_thread().join()
    print("late", flush=True)
if sys.argv[1] == "thread":
    threading.Thread(target=late).start()
sys.argv[1:] = sys.argv[2:]
from amlaudit.__main__ import program
program()
"""


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return a run of the program that was made to print something at its exit."""
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("asked", "code"), [("--version", Exit.PASS), ("nothing", Exit.USAGE)], ids=["pass", "usage"]
)
def test_what_is_registered_for_the_end_happens(asked: str, code: Exit) -> None:
    done = ended("none", asked)
    assert done.returncode == code
    assert done.stdout.splitlines()[-1] == "bye"


def test_threads_are_waited_for() -> None:
    done = ended("thread", "--version")
    assert done.returncode == Exit.PASS
    assert done.stdout.splitlines()[-2:] == ["late", "bye"]
