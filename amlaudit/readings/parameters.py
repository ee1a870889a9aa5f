"""Rule parameters as the values that a check works with."""

from functools import lru_cache

from amlaudit.core.subject import Subject


def texts_of(subject: Subject, name: str) -> frozenset[str]:
    """Return the members of a list parameter, lower case: Azure ignores case."""
    return _folded(listed(subject, name))


@lru_cache(maxsize=1024)  # as many as there are parameters
def _folded(texts: tuple[str, ...]) -> frozenset[str]:
    """Return texts in lower case."""
    return frozenset(each.lower() for each in texts)


def listed(subject: Subject, name: str) -> tuple[str, ...]:
    """Return the members of a list parameter, as they are spelled."""
    value = subject.parameters[name]
    return tuple(map(str, value if isinstance(value, tuple) else (value,)))


def number_of(subject: Subject, name: str) -> float:
    """Return the value of a number parameter."""
    return float(str(subject.parameters[name]))


def in_contexts(subject: Subject) -> bool:
    """Tell whether the workspace is one of the rule's `environments` or `classifications`.

    Raises:
        NoDataError: It is not known.
    """
    return subject.context("environment") in texts_of(subject, "environments") or subject.context(
        "classification"
    ) in texts_of(subject, "classifications")
