"""The kinds of files that declare resources, each recognised by its content."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from amlaudit.scanners.deployments import bicep_snapshot, template, terraform, what_if
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.shapes import Found


class Kind(NamedTuple):
    """A kind of file that declares resources.

    Attributes:
        recognise: Tells by its JSON value whether a file is of the kind.
        contents: Yields what such a file declares.
    """

    recognise: Callable[[object], bool]
    contents: Callable[[Input], Iterator[Found]]


KINDS: Final = (
    Kind(template.recognise, template.contents),
    Kind(bicep_snapshot.recognise, bicep_snapshot.contents),
    Kind(what_if.recognise, what_if.contents),
    Kind(terraform.recognise, terraform.contents),
)
"""The kinds that are known; a file is of the first that recognises it."""


def kind_of(value: object) -> Kind | None:
    """Return the kind of a file by its JSON value, None if it declares no deployment."""
    return next((kind for kind in KINDS if kind.recognise(value)), None)
