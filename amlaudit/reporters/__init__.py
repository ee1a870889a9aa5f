"""Reports for people and machines: functions from `Report` to text or bytes.

A reporter is found by the entry point group `amlaudit.reporters`; a third-party one is a function
in any distribution that names it there.
"""

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import TypeAlias

from amlaudit.core.report import Report

Reporter: TypeAlias = Callable[[Report], str | bytes | Iterator[str]]
"""Makes a report: whole, or in pieces where it can be long."""


def formats() -> tuple[str, ...]:
    """Return the names of every report format that is installed, sorted."""
    return tuple(sorted({point.name for point in entry_points(group="amlaudit.reporters")}))


def render(name: str, report: Report) -> Iterator[bytes]:
    """Yield a report in a format, as bytes.

    Raises:
        KeyError: There is no such format.
    """
    made = _reporter(name)(report)
    if isinstance(made, bytes):
        yield made
        return
    for piece in [made] if isinstance(made, str) else made:
        yield piece.encode()


def _reporter(name: str) -> Reporter:
    """Return the reporter of a format."""
    for point in entry_points(group="amlaudit.reporters", name=name):
        loaded: Reporter = point.load()
        return loaded
    raise KeyError(name)
