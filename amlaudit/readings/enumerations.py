"""Values out of a fixed set: what a rule has no meaning for is not known, neither good nor bad."""

from collections.abc import Collection

from amlaudit.core.subject import Subject


def one_of(
    subject: Subject,
    path: str,
    known: Collection[str],
    *,
    default: str | None = None,
    since: str = "",
) -> str:
    """Return the text at a path, lower case.

    Args:
        subject: What has the property.
        path: Its path.
        known: The values that the caller has a meaning for, lower case.
        default: What an absent one means; None: Azure documents nothing.
        since: First API version that shows it.

    Raises:
        NoDataError: It is not known what stands there, or what it means.
    """
    value = (
        subject.text(path) if default is None else subject.text(path, default=default, since=since)
    )
    if value not in known:
        raise subject.unfamiliar(path, value)
    return value
