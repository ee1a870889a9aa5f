"""Reports for people and machines: functions from `Report` to text or bytes.

amlaudit's own are listed here; others can be supplied by any distribution, as a function in the
entry point group `amlaudit.reporters`, under a name that none of ours has. A reporter takes the
report, and as an optional second parameter its options: a record of its own (a frozen dataclass,
for example) with a default for every field. Its module may define `EXTENSION` as the file
extension, if that is not the name of the format.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from operator import attrgetter
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.reporters.options import options_of

Content: TypeAlias = str | bytes | Iterator[str] | Iterator[bytes]
"""The content of a file: whole, or in pieces if it can be long."""


class Files(Struct, frozen=True):
    """The output of a reporter that needs more than one text.

    Attributes:
        parts: The content of each file, by the suffix of its name before the extension (`-sub-a`);
            empty for the requested file, which always exists.
        notes: Messages for the user, each one sentence.
    """

    parts: Mapping[str, Content]
    notes: tuple[str, ...] = ()


Reporter: TypeAlias = Callable[..., Content | Files]
"""Makes a report of `Report`, and of its options if it has any."""


class _Place(Struct, frozen=True):
    """The location of a reporter.

    Attributes:
        module: Its module.
        function: Its name there.
        distribution: The distribution that installed it.
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
    """Return the names of all installed report formats, sorted."""
    return tuple(sorted({*_OWN, *_installed()}))


def is_format(name: str) -> bool:
    """Tell whether a report format is installed; our own are known without a lookup."""
    return name in _OWN or name in _installed()


def render(name: str, report: Report, given: Mapping[str, str] = _DEFAULTS) -> Iterator[bytes]:
    """Yield the bytes of a report in a format; of several files, those of the requested one.

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
        given: Options of the format, as written on a command line.

    Raises:
        KeyError: There is no such format.
        AmlauditError: A dependency of the format is not installed, or it has no such option.
    """
    reporter = reporter_of(name)
    options = options_of(reporter, name, given)
    made = reporter(report) if options is None else reporter(report, options)
    return made if isinstance(made, Files) else Files({"": made})


def encoded(content: Content) -> Iterator[bytes]:
    """Yield the bytes of a file's content."""
    for piece in [content] if isinstance(content, str | bytes) else content:
        yield piece.encode() if isinstance(piece, str) else piece


def extension_of(name: str) -> str:
    """Return the file extension of a format, without the dot.

    Raises:
        KeyError: There is no such format.
        AmlauditError: A dependency of the format is not installed.
    """
    reporter_of(name)  # a missing dependency is explained there
    return str(getattr(import_module(_place(name).module), "EXTENSION", name))


def reporter_of(name: str) -> Reporter:
    """Return the reporter of a format.

    Raises:
        KeyError: There is no such format.
        AmlauditError: A dependency of the format is not installed.
    """
    place = _place(name)
    try:
        reporter: Reporter = attrgetter(place.function)(import_module(place.module))
    except ModuleNotFoundError as error:
        extra = f"{place.distribution}[{name}]"
        raise AmlauditError(
            "E305",
            f'The report format "{name}" needs {error.name}, which is not installed',
            advice=f"pip install '{extra}'",
            exit_code=Exit.USAGE,
        ) from error
    return reporter


def _place(name: str) -> _Place:
    """Return the location of a format's reporter."""
    return _OWN.get(name) or _installed()[name]


@cache
def _installed() -> Mapping[str, _Place]:
    """Return the locations of others' reporters, by format; the first one installed counts."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - it takes long to load

    found: dict[str, _Place] = {}
    for point in entry_points(group=_GROUP):
        distribution = point.dist.name if point.dist else "amlaudit"
        found.setdefault(point.name, _Place(point.module, point.attr, distribution))
    return found
