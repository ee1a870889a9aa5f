"""Texts that may hold a secret: read, but not kept as evidence, which goes into reports."""

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.path import ABSENT, parse_path
from amlaudit.core.subject import Subject


def unshown(subject: Subject, path: str) -> str:
    """Return the text at a path without a trail, empty if there is none.

    Raises:
        NoDataError: It is not known, or is no text.
    """
    value = subject.read(parse_path(path), whole=True)
    if isinstance(value, Gap):
        raise NoDataError(value)
    if value is ABSENT:
        return ""
    if not isinstance(value, str):
        raise subject.unfamiliar(path, "no text")
    return value
