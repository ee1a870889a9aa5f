"""A pytest plugin that runs the collected tests on every mutant created by mutmut.

mutmut writes all mutants of a function next to it, and a switch selects the active one. Here the
tests are collected once; one run of them, in a separate process, records which functions each one
calls; then a process is forked for every mutant, which runs the tests that call the mutated
function until one fails: first those that killed other mutants of it, then the fastest. No state of
a test is left for the next mutant.

Usage, in the folder that mutmut fills:
    MUTANTS='amlaudit.core.*' python -m pytest -p tests.mutation.judge TESTS

Writes `results.tsv`: each mutant with the test that kills it, "timeout", "crash", or nothing if it
survives; of two lines about one mutant the last counts. A killed mutant is not tried again, so that
further tests can be tried by running this once more.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path
from time import process_time
from typing import Final, NamedTuple, NoReturn

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

RESULTS: Final = "results.tsv"
_PATIENCE: Final = 20.0
"""How many times its usual CPU seconds a test may take on a mutant."""
_AT_LEAST: Final = 3.0
"""CPU seconds that it may take in any case."""
_LONGEST: Final = 900
"""Seconds of wall time after which a mutant is considered to hang."""
_MAX_MEMORY: Final = 4 * 2**30
_CHILDREN: Final = int(os.environ.get("MUTANTS_AT_ONCE", "2"))

# It is enough that a law is broken; the smallest example does not matter.
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate])
settings.load_profile("mutants")


class Call(NamedTuple):
    """A test that calls a function.

    Attributes:
        seconds: Its CPU seconds.
        number: Its index among the collected tests.
    """

    seconds: float
    number: int


class Trial(NamedTuple):
    """A mutant whose tests are running.

    Attributes:
        name: The mutant.
        pipe: Where its process reports which test failed.
    """

    name: str
    pipe: int


def mutants(folder: Path) -> Iterator[str]:
    """Yield the names of the mutants that mutmut recorded in a folder."""
    for path in sorted(folder.rglob("*.meta")):
        yield from json.loads(path.read_text("utf-8"))["exit_code_by_key"]


def results_in(folder: Path) -> dict[str, str]:
    """Return the results recorded in a folder for the mutants that were tried."""
    path = folder / RESULTS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    pairs = (line.partition("\t") for line in lines)
    return {name: killer for name, _, killer in pairs}


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the surviving mutants, instead of running the tests."""
    results = results_in(Path())
    pattern = os.environ.get("MUTANTS", "*")
    named = [name for name in mutants(Path()) if fnmatchcase(name, pattern)]
    waiting = [name for name in named if not results.get(name)]
    calls = _calls(session)
    numbers = {item.nodeid: number for number, item in enumerate(session.items)}
    killers: defaultdict[str, list[int]] = defaultdict(list)
    running: dict[int, Trial] = {}
    gc.freeze()
    for name in [*waiting, ""]:
        while len(running) >= (_CHILDREN if name else 1):
            done, killer = _finished(running)
            results[done] = killer
            if killer in numbers:
                killers[_function(done)].insert(0, numbers[killer])
        if name:
            order = _ordered(calls.get(_function(name), ()), killers[_function(name)])
            pid, trial = _begun(session, name, order)
            running[pid] = trial
    lives = sum(not results[name] for name in named)
    sys.stderr.write(f"{len(named)} mutants, {lives} live\n")
    return True


def _function(name: str) -> str:
    """Return the function of a mutant."""
    return name.partition("__mutmut_")[0]


def _ordered(calls: Iterable[Call], first: Sequence[int]) -> list[Call]:
    """Return the tests that call a function, in the order in which to run them."""
    return sorted(
        calls,
        key=lambda call: (
            first.index(call.number) if call.number in first else len(first),
            call.seconds,
        ),
    )


def _calls(session: pytest.Session) -> dict[str, list[Call]]:
    """Return which tests call each function, determined in a separate process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_watched(session), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found: dict[str, list[tuple[float, int]]] = json.load(pipe)
    os.waitpid(child, 0)
    return {function: [Call(*each) for each in several] for function, several in found.items()}


def _watched(session: pytest.Session) -> dict[str, list[Call]]:
    """Run all tests without a mutant, and return which functions they call."""
    set_mutant_under_test("stats")
    found: defaultdict[str, list[Call]] = defaultdict(list)
    for number in range(len(session.items)):
        begin, failed = process_time(), session.testsfailed
        _run(session, number, None)
        if session.testsfailed == failed:
            for function in state()._stats:  # noqa: SLF001 - where mutmut notes it
                found[function].append(Call(process_time() - begin, number))
        else:
            sys.stderr.write(f"fails without a mutant: {session.items[number].nodeid}\n")
        state()._stats.clear()  # noqa: SLF001 - same
    return found


def _run(session: pytest.Session, number: int, then: int | None) -> None:
    """Run one of the collected tests, and tear down what the one after it does not need."""
    following = None if then is None else session.items[then]
    session.config.hook.pytest_runtest_protocol(item=session.items[number], nextitem=following)


def _begun(session: pytest.Session, name: str, calls: list[Call]) -> tuple[int, Trial]:
    """Start a process that tries a mutant, and return it with the trial."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _try(session, name, calls, writing)
    os.close(writing)
    return child, Trial(name, reading)


def _try(session: pytest.Session, name: str, calls: list[Call], pipe: int) -> NoReturn:
    """Run tests on a mutant until one fails, report which, and exit this process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    for number in (signal.SIGALRM, signal.SIGVTALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(_LONGEST)
    session.config.pluginmanager.register(_Watcher(pipe))
    set_mutant_under_test(name)
    for call, then in zip_longest(calls, calls[1:]):
        allowed = max(_AT_LEAST, _PATIENCE * call.seconds)
        signal.setitimer(signal.ITIMER_VIRTUAL, allowed)
        _run(session, call.number, then and then.number)
    os._exit(0)


class _Watcher:
    """Ends a mutant's process at the first test that fails; its report is never read."""

    def __init__(self, pipe: int) -> None:
        """Report to a pipe."""
        self._pipe = pipe

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Report which test failed, and exit this process."""
        if call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
            os.write(self._pipe, item.nodeid.encode())
            os._exit(0)
        return None


def _finished(running: dict[int, Trial]) -> tuple[str, str]:
    """Wait for one of the processes; record and return its mutant and what killed it."""
    child, status = os.wait()
    trial = running.pop(child)
    with os.fdopen(trial.pipe) as pipe:
        told = pipe.read()
    if os.WIFSIGNALED(status):
        slow = (signal.SIGVTALRM, signal.SIGALRM)
        told = "timeout" if os.WTERMSIG(status) in slow else "crash"
    elif os.WEXITSTATUS(status):
        told = "crash"
    with Path(RESULTS).open("a", encoding="utf-8") as file:
        file.write(f"{trial.name}\t{told}\n")
    return trial.name, told
