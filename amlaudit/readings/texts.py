"""Texts, and lists of them: what says nothing, or is of another kind, is not known."""

from collections.abc import Iterator, Sequence

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import describe
from amlaudit.core.subject import Subject


def some_text(subject: Subject, path: str) -> str:
    """Return the text at a path, lower case; an empty one is none.

    Raises:
        NoDataError: None stands there, or it is not known.
    """
    found = subject.text(path)
    if not found.strip():
        raise subject.unfamiliar(path, found)
    return found


def texts_in(
    subject: Subject, path: str, *, default: Sequence[object] | None = None
) -> Iterator[str]:
    """Yield the members of a list, lower case: Azure compares without case.

    Args:
        subject: What has the list.
        path: Its path.
        default: `()` where Azure documents that an absent list is an empty one.

    Raises:
        NoDataError: There is no list, it is not known, or a member is no text.
    """
    for each in subject.each(path, default=default):
        yield text_of(each).lower()


def text_of(member: Subject) -> str:
    """Return the text that a member of a list is, as it is spelled.

    Raises:
        NoDataError: It is not known, or no text.
    """
    value = member.value
    if not isinstance(value, str):
        raise NoDataError(member.misfit(member.prefix, "a string", describe(value)))
    return value
