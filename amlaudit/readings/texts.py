"""Texts, and lists of them: an empty one, or a value of another type, is unknown."""

from collections.abc import Iterator

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import describe
from amlaudit.core.subject import Subject


def some_text(subject: Subject, path: str) -> str:
    """Return the text at a path, lower case; an empty one counts as absent.

    Raises:
        NoDataError: It is absent or not known.
    """
    found = subject.text(path)
    if not found.strip():
        raise subject.unfamiliar(path, found)
    return found


def texts_in(subject: Subject, path: str, *, default: tuple[()] | None = None) -> Iterator[str]:
    """Yield the members of a list, lower case: Azure ignores case.

    Args:
        subject: What has the list.
        path: Its path.
        default: `()` if Azure documents that an absent list is an empty one.

    Raises:
        NoDataError: There is no list, it is not known, or a member is not a text.
    """
    for each in subject.each(path, default=default):
        yield text_of(each).lower()


def text_of(member: Subject) -> str:
    """Return the text of a list member, as it is spelled.

    Raises:
        NoDataError: It is not known, or not a text.
    """
    value = member.value
    if not isinstance(value, str):
        raise NoDataError(member.misfit((), "a string", describe(value)))
    return value
