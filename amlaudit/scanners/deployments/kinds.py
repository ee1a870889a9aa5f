"""The kinds of files that declare resources, each recognised by content."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from msgspec import Struct

from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Input


class Kind(Struct, frozen=True):
    """A kind of file that declares resources.

    Attributes:
        module: Its module here, loaded only for files that may be of the kind, since all modules
            together are large.
        keys: Keys of which every such file has at least one, in lower case.
    """

    module: str
    keys: frozenset[str]

    def may_be(self, value: object) -> bool:
        """Tell quickly from its JSON value whether a file may be of the kind."""
        return isinstance(value, Mapping) and any(key.lower() in self.keys for key in value)

    def recognise(self, value: object) -> bool:
        """Tell from its JSON value whether a file is of the kind."""
        return self.may_be(value) and self._loaded().recognise(value) is True

    def contents(self, file: Input) -> Iterator[Found]:
        """Yield what such a file declares."""
        found: Iterator[Found] = self._loaded().contents(file)
        return found

    def _loaded(self) -> Any:  # noqa: ANN401 - a module
        """Return the module."""
        return import_module(f"amlaudit.scanners.deployments.{self.module}")


TEMPLATE: Final = Kind(
    "template", frozenset({"maintemplate", "properties", "resources", "template"})
)
KINDS: Final = (
    TEMPLATE,
    Kind("bicep_snapshot", frozenset({"predictedresources"})),
    Kind("what_if", frozenset({"changes", "properties"})),
    Kind(
        "terraform.kind",
        frozenset(
            {
                "format_version", "lineage", "mock", "plan", "planned_values", "resource_changes",
                "values",
            }
        ),
    ),
)  # fmt: skip
"""All known kinds; the first that recognises a file applies."""


def kind_of(value: object) -> Kind | None:
    """Return the kind of a file by its JSON value, None if it declares no deployment."""
    return next((kind for kind in KINDS if kind.recognise(value)), None)
