"""Values out of a closed list, where Azure may add one that a rule has no meaning for."""

from amlaudit.core.subject import Subject


def choice(
    subject: Subject, path: str, *known: str, default: str | None = None, since: str = ""
) -> str:
    """Return the text at a path, lower case.

    Args:
        subject: What is read.
        path: Property path, relative to the subject.
        known: The values that the rule has a meaning for, lower case.
        default: What Azure documents for an absent one; None: nothing.
        since: First API version that shows the property; empty: every version does.

    Raises:
        NoDataError: It is not known, or has no known meaning.
    """
    if default is None:
        value = subject.text(path)
    else:
        value = subject.text(path, default=default, since=since)
    if value not in known:
        raise subject.unfamiliar(path, value)
    return value
