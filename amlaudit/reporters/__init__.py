"""Reports for people and machines: functions from `Report` to text or bytes.

Those of amlaudit are listed here; one of others is a function in any distribution that names it in
the entry point group `amlaudit.reporters`, under a name that none of ours has. A reporter takes the
report, and as a second parameter, if it has any, its options: a record of its own (a frozen
dataclass, say) with a default for every field. Its module may say by `EXTENSION` how its files end,
where that is not the name of the format.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.reporters.options import options_of

Content: TypeAlias = str | bytes | Iterator[str] | Iterator[bytes]
"""What a file holds: whole, or in pieces where it can be long."""


class Files(Struct, frozen=True):
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


class _Place(Struct, frozen=True):
    """Where a reporter is found.

    Attributes:
        module: Its module.
        function: Its name there.
        distribution: What it was installed with.
    """

    module: str
    function: str
    distribution: str = "amlaudit"


_OWN: Final = {
    "csv": _Place("amlaudit.reporters.csv", "stream"),
    "html": _Place("amlaudit.reporters.html", "render"),
    "inventory": _Place("amlaudit.reporters.inventory", "stream"),
    "json": _Place("amlaudit.reporters.json", "stream"),
    "junit": _Place("amlaudit.reporters.junit", "stream"),
    "markdown": _Place("amlaudit.reporters.markdown", "stream"),
    "ndjson": _Place("amlaudit.reporters.ndjson", "stream"),
    "ocsf": _Place("amlaudit.reporters.ocsf", "stream"),
    "oscal": _Place("amlaudit.reporters.oscal", "stream"),
    "sarif": _Place("amlaudit.reporters.sarif", "render"),
    "xlsx": _Place("amlaudit.reporters.xlsx", "render"),
}
_GROUP: Final = "amlaudit.reporters"
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def formats() -> tuple[str, ...]:
    """Return the names of every report format that is installed, sorted."""
    return tuple(sorted({*_OWN, *_installed()}))


def is_format(name: str) -> bool:
    """Tell whether a report format is installed; of our own that is known without looking."""
    return name in _OWN or name in _installed()


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
    _load(name)
    return str(getattr(import_module(_place(name).module), "EXTENSION", name))


def reporter_of(name: str) -> Reporter:
    """Return the reporter of a format.

    Raises:
        KeyError: There is no such format.
        AmlauditError: What the format needs is not installed.
    """
    return _load(name)


def _place(name: str) -> _Place:
    """Return where the reporter of a format is found."""
    return _OWN.get(name) or _installed()[name]


@cache
def _installed() -> Mapping[str, _Place]:
    """Return where the reporters of others are, by format; the first that is installed stands."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - it takes long to load

    found: dict[str, _Place] = {}
    for point in entry_points(group=_GROUP):
        distribution = point.dist.name if point.dist else "amlaudit"
        found.setdefault(point.name, _Place(point.module, point.attr, distribution))
    return found


def _load(name: str) -> Reporter:
    """Return the reporter of a format."""
    place = _place(name)
    try:
        loaded: Any = attrgetter(place.function)(import_module(place.module))
    except ModuleNotFoundError as error:
        extra = f"{place.distribution}[{name}]"
        raise AmlauditError(
            "E305",
            f'The report format "{name}" needs {error.name}, which is not installed',
            advice=f"pip install '{extra}'",
            exit_code=Exit.USAGE,
        ) from error
    reporter: Reporter = loaded
    return reporter
