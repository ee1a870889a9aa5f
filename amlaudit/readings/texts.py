"""Lists of texts: a member of another kind is not taken for one that says nothing."""

from collections.abc import Iterator, Sequence

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import describe
from amlaudit.core.subject import Subject


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
