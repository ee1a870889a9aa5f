"""Reports for people and machines: functions from `Report` to text or bytes.

A reporter is found by the entry point group `amlaudit.reporters`; a third-party one is a function
in any distribution that names it there. It takes the report, and as a second parameter, if it has
any, its options: a frozen dataclass of its own with a default for every field. Its module may say
by `EXTENSION` how its files end, where that is not the name of the format.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.reporters.options import options_of

Content: TypeAlias = str | bytes | Iterator[str] | Iterator[bytes]
"""What a file holds: whole, or in pieces where it can be long."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a reporter makes that has to say more than one text can.

    Attributes:
        parts: What each file holds, by what stands before its extension to tell it from the others
            (`-sub-a`); empty for the file that was asked for, which is always there.
        notes: What the person who asked for it should be told, each one sentence.
    """

    parts: Mapping[str, Content]
    notes: tuple[str, ...] = ()


Reporter: TypeAlias = Callable[..., Content | Files]
"""Makes a report of `Report`, and of its options if it has any."""

_GROUP: Final = "amlaudit.reporters"
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def formats() -> tuple[str, ...]:
    """Return the names of every report format that is installed, sorted."""
    return tuple(sorted(_points()))


def render(name: str, report: Report, given: Mapping[str, str] = _DEFAULTS) -> Iterator[bytes]:
    """Yield the file of a report in a format, as bytes; of several files, the one asked for.

    Raises:
        KeyError: There is no such format.
        AmlauditError: See `make`.
    """
    return encoded(make(name, report, given).parts[""])


def make(name: str, report: Report, given: Mapping[str, str] = _DEFAULTS) -> Files:
    """Return the files of a report in a format.

    Args:
        name: The format.
        report: The report.
        given: Options of the format, as they are written on a command line.

    Raises:
        KeyError: There is no such format.
        AmlauditError: What the format needs is not installed, or it has no such option.
    """
    reporter = reporter_of(name)
    options = options_of(reporter, name, given)
    made = reporter(report) if options is None else reporter(report, options)
    return made if isinstance(made, Files) else Files({"": made})


def encoded(content: Content) -> Iterator[bytes]:
    """Yield the bytes of what a file holds."""
    for piece in [content] if isinstance(content, str | bytes) else content:
        yield piece.encode() if isinstance(piece, str) else piece


def extension_of(name: str) -> str:
    """Return how the files of a format end, without the dot.

    Raises:
        KeyError: There is no such format.
        AmlauditError: What the format needs is not installed.
    """
    point = _point(name)
    _load(point)
    return str(getattr(import_module(point.module), "EXTENSION", name))


def reporter_of(name: str) -> Reporter:
    """Return the reporter of a format.

    Raises:
        KeyError: There is no such format.
        AmlauditError: What the format needs is not installed.
    """
    return _load(_point(name))


def _point(name: str) -> EntryPoint:
    """Return where the reporter of a format is found."""
    return _points()[name]


@cache
def _points() -> Mapping[str, EntryPoint]:
    """Return where reporters are found, by format; the first that is installed stands."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=_GROUP):
        found.setdefault(point.name, point)
    return found


def _load(point: EntryPoint) -> Reporter:
    """Return the reporter of an entry point."""
    try:
        loaded: Any = point.load()
    except ModuleNotFoundError as error:
        extra = f"{point.dist.name if point.dist else 'amlaudit'}[{point.name}]"
        raise AmlauditError(
            "E305",
            f'The report format "{point.name}" needs {error.name}, which is not installed',
            advice=f"pip install '{extra}'",
            exit_code=Exit.USAGE,
        ) from error
    reporter: Reporter = loaded
    return reporter
