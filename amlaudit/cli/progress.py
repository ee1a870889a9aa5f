"""Progress of a collection on stderr: bars on a terminal, otherwise a line per subscription."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import wrap
from threading import Lock
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from amlaudit.cli.lines import in_line
from amlaudit.cli.messages import counted, mark, note
from amlaudit.scanners.events import (
    Closed,
    Event,
    Noticed,
    Observer,
    Planned,
    Reached,
    Read,
    Signed,
    Stopping,
    Waiting,
    no_observer,
)

_TOTAL: Final = "all"
_SPACE: Final = "\N{NO-BREAK SPACE}"


@contextmanager
def shown(*, quiet: bool) -> Iterator[Observer]:
    """Show the progress of a collection while it runs.

    Args:
        quiet: Show nothing.
    """
    if quiet:
        yield no_observer
        return
    console, account = Console(stderr=True), Account()
    if console.is_terminal and not console.is_dumb_terminal:
        with bars(console) as progress:
            yield both(account.take, Bars(progress).tell)
    else:
        lines = Lines()
        yield both(account.take, lines.tell)
        lines.end()
    for line in account.lines(get_terminal_size().columns):
        note(line)


def both(one: Observer, other: Observer) -> Observer:
    """Return an observer that forwards events to two others, in order."""

    def tell(event: Event) -> None:
        one(event)
        other(event)

    return tell


class Account:
    """Counts the reads of each scanner, and how many of them left nothing unknown."""

    def __init__(self) -> None:
        """Start counting."""
        self._planned: Counter[str] = Counter()
        self._whole: Counter[str] = Counter()
        self._began = time.monotonic()
        self._lock = Lock()

    def take(self, event: Event) -> None:
        """Count an event; thread-safe."""
        with self._lock:
            match event:
                case Planned(scanner, reads):
                    self._planned[scanner] += reads
                case Read(scanner, _, _, missed=0):
                    self._whole[scanner] += 1
                case _:
                    pass

    def lines(self, width: int) -> Iterator[str]:
        """Yield the results per scanner, wrapped to a width; nothing if nothing was read."""
        if not self._planned:
            return
        lines = [self._completed(each) for each in sorted(self._planned)]
        passed = f"Read in {time.monotonic() - self._began:.0f} s:"
        for line in wrap(f"{passed} {f'{_SPACE}· '.join(lines)}", width, subsequent_indent="  "):
            yield line.replace(_SPACE, " ")

    def _completed(self, scanner: str) -> str:
        """Return how many reads of a scanner were complete, as a word that does not wrap."""
        whole, planned = self._whole[scanner], self._planned[scanner]
        warning = f"{_SPACE}{mark('warning')}" if whole < planned else ""
        return f"{scanner}{_SPACE}{whole}/{planned}{warning}"


class Lines:
    """A line per subscription, for logs."""

    def __init__(self) -> None:
        """Start counting."""
        self._names: dict[str, str] = {}
        self._began = time.monotonic()
        self._waits = 0
        self._waited = 0.0
        self._lock = Lock()

    def tell(self, event: Event) -> None:
        """Print an event if it deserves a line; thread-safe."""
        with self._lock:
            match event:
                case Waiting(_, seconds, throttled=True):
                    self._waits += 1
                    self._waited += seconds
                case Closed(scope, resources, missed):
                    passed = f"{time.monotonic() - self._began:.0f} s"
                    what = f"{counted(resources, 'resource')}, {counted(missed, 'gap')}"
                    note(f"{self._names.get(scope) or scope}: {what} ({passed})")
                case _:
                    if isinstance(event, Reached):
                        self._names = dict(event.scopes)
                    if text := line_of(event):
                        note(text)

    def end(self) -> None:
        """Print how long Azure made the collection wait."""
        if self._waits:
            note(f"Azure asked to wait {counted(self._waits, 'time')}, {self._waited:.0f} s in all")


class Bars:
    """A bar per scanner and one for the total."""

    def __init__(self, progress: Progress) -> None:
        """Draw with Rich."""
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._counts: dict[str, tuple[int, int]] = {}
        self._waited = 0.0
        self._lock = Lock()
        self._add(_TOTAL, 0)

    def tell(self, event: Event) -> None:
        """Show an event; thread-safe."""
        with self._lock:
            match event:
                case Planned(scanner, reads):
                    self._add(scanner, reads)
                    self._add(_TOTAL, reads)
                case Read(scanner, _, resources, missed):
                    self._count(scanner, resources, missed)
                    self._count(_TOTAL, resources, missed)
                    waited = f"waited {self._waited:.0f} s for Azure" if self._waited else ""
                    self._progress.update(self._tasks[_TOTAL], wait=waited)
                case Waiting(_, seconds, throttled):
                    self._waited += seconds if throttled else 0
                    why = "Azure asks to wait" if throttled else "pacing requests:"
                    self._progress.update(self._tasks[_TOTAL], wait=f"{why} {seconds:.0f} s")
                case Closed():
                    pass
                case _:
                    if text := line_of(event):
                        self._progress.console.print(in_line(text), highlight=False)

    def _add(self, name: str, reads: int) -> None:
        """Add reads to the total of a bar, and create the bar if it is new."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=0, found="", wait="")
        task = self._progress.tasks[self._progress.task_ids.index(self._tasks[name])]
        self._progress.update(self._tasks[name], total=(task.total or 0) + reads)

    def _count(self, name: str, resources: int, missed: int) -> None:
        """Count a completed read."""
        earlier = self._counts.get(name, (0, 0))
        found = self._counts[name] = (earlier[0] + resources, earlier[1] + missed)
        shown_missed = f" {found[1]} {mark('cross')}" if found[1] else ""
        self._progress.update(self._tasks[name], advance=1, found=f"{found[0]}{shown_missed}")


def bars(console: Console) -> Progress:
    """Return the display of the bars, which disappear at the end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[found]}"),
        TimeLeftColumn(),
        TextColumn("{task.fields[wait]}"),
        console=console,
        transient=True,
    )


def line_of(event: Event) -> str:
    """Return the line that describes an event in both displays, empty if it has none."""
    match event:
        case Signed(principal, tenant):
            return f"Signed in as {principal}" + (f" in tenant {tenant}" if tenant else "")
        case Reached(names, deadline):
            until = f", for at most {deadline:.0f} s" if deadline is not None else ""
            return f"Reading {counted(len(names), 'subscription')}{until}"
        case Stopping():
            return "Stopping: waiting for requests in progress; interrupt again to quit immediately"
        case Noticed(text):
            return f"Note: {text}"
        case _:
            return ""
