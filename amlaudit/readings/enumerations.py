"""Values from a fixed set: any other value is unknown to a rule, neither good nor bad."""

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
        known: The values that the caller can interpret, lower case.
        default: What an absent one means; None: Azure documents nothing.
        since: First API version that shows it.

    Raises:
        NoDataError: The value, or its meaning, is not known.
    """
    value = (
        subject.text(path) if default is None else subject.text(path, default=default, since=since)
    )
    if value not in known:
        raise subject.unfamiliar(path, value)
    return value
