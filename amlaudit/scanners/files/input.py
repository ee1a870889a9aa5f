"""A single named file, read and ready to be recognised."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.place import Place, Written
from amlaudit.core.resource import Resource
from amlaudit.scanners.files.json_places import Span, resources_in
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import load_exported_json, text_of_json

_GIVE: Final = (
    "pass a snapshot, a Resource Graph export, Azure Resource Manager JSON, or a deployment as code"
)
PIPED: Final = "amlaudit-piped-"
"""Prefix of the temporary folders with copies of what came through pipes: only the names of such
files are shown, because their folder differs from run to run."""
_UNPLACED: Final = Span(1, 0, {})


class Home(Struct, frozen=True):
    """Where a deployment goes that does not specify it itself; unknown values are empty.

    Attributes:
        subscription: Id of the subscription, a UUID.
        group: Name of the resource group.
        there: Returns what exists already by its normalised id; None: nothing was read.
        ids: Returns the normalised ids of what exists already, as far as it was read.
        doubt: Why the group or the subscription is unknown, if either is.
    """

    subscription: str = ""
    group: str = ""
    there: Callable[[str], Resource | None] | None = None
    ids: Callable[[], Iterable[str]] = tuple
    doubt: str = ""


class Input(Struct, frozen=True, dict=True):
    """A file that holds evidence.

    Attributes:
        path: Its path.
        name: Its name in reports.
        value: Its JSON value.
        parameters: The parameters files that a template is deployed with.
        text: Its JSON text if it was compiled; empty: the file's content.
        source: Where the source of a compiled file declares each resource, by JSON pointer.
        home: Where what it declares is deployed to.
    """

    path: Path
    name: str
    value: object
    parameters: tuple["Input", ...] = ()
    text: str = ""
    source: Mapping[str, Span] = field(default_factory=dict)
    home: Home = field(default_factory=Home)

    def place(self, pointer: str) -> Place:
        """Return where the resource at a JSON pointer is declared, or its nearest ancestor."""
        at = pointer
        while at and at not in self._spans:
            at = at.rpartition("/")[0]
        found = self._spans.get(at, _UNPLACED)
        address = found.name if self.text else pointer
        return Place(self._shown, found.line, 1, found.end_line, address)

    def written(self, pointer: str) -> Written:
        """Return where the resource at a JSON pointer and its properties are declared."""
        found = self._spans.get(pointer)
        return Written(self.place(pointer), found and found.lines)

    @cached_property
    def _spans(self) -> Mapping[str, Span]:
        """Where its resources are written.

        Raises:
            AmlauditError: It nests deeper than a deployment may.
        """
        if self.text:
            return self.source
        try:
            return resources_in(text_of_json(bytes_of(self.path, LARGEST_JSON)))
        except ValueError as error:
            raise unreadable(self.path, str(error)) from error

    @cached_property
    def _shown(self) -> str:
        """The path, as reports show it."""
        return shown_path(self.path)


def shown_path(path: Path) -> str:
    """Return a path with forward slashes, relative to the working folder if it is inside it."""
    if is_piped(path):
        return path.name
    whole, here = path.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else path).as_posix()


def is_piped(path: Path) -> bool:
    """Tell whether a file is a copy of what came through a pipe; see `PIPED`."""
    return path.parent.name.startswith(PIPED)


def read_input(path: Path, name: str) -> Input:
    """Read a file.

    Raises:
        ValueError: It is not JSON, even allowing comments, or has a duplicate key.
        RecursionError: It is nested too deeply.
        OSError: It cannot be read.
        AmlauditError: It is too large.
    """
    return Input(path, name, load_exported_json(bytes_of(path, LARGEST_JSON)))


def unreadable(path: Path, cause: str, advice: str = _GIVE) -> AmlauditError:
    """Return the error for input that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read {path.name if is_piped(path) else path}",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )


def without_resources(path: Path, document: object) -> AmlauditError:
    """Return the error for a file without resources; a report of amlaudit is taken for one."""
    if isinstance(document, Mapping) and {"schema_version", "findings"} <= document.keys():
        return unreadable(
            path,
            "it is a report, whose resources have been evaluated already",
            f"use it with `amlaudit report {path.name}`, or pass a snapshot from --save-snapshot",
        )
    return unreadable(path, "it contains no Azure Resource Manager resource")


def not_beside_snapshot(path: Path) -> AmlauditError:
    """Return the error for a file that cannot be combined with a snapshot."""
    return AmlauditError(
        "E302",
        f"{path} is not a deployment; only deployments can be combined with a snapshot",
        advice="pass the snapshot alone, or with templates, plans or what-if results",
        exit_code=Exit.USAGE,
    )
