"""Parameters of a rule, as the kinds that its check needs."""

from datetime import timedelta
from fnmatch import fnmatchcase

from amlaudit.core.subject import Subject
from amlaudit.readings.durations import span


def number(subject: Subject, name: str) -> float:
    """Return a parameter whose default is a number."""
    return float(str(subject.parameters[name]))


def length(subject: Subject, name: str) -> timedelta:
    """Return a parameter whose default is a length of time, in ISO 8601.

    Raises:
        ValueError: It was set to something else.
    """
    written = str(subject.parameters[name])
    found = span(written)
    if found is None:
        raise ValueError(f"{name} is {written}, which is no length of time such as P3D")
    return found


def texts(subject: Subject, name: str) -> tuple[str, ...]:
    """Return a parameter whose default is a list of texts."""
    value = subject.parameters[name]
    return tuple(map(str, value if isinstance(value, tuple) else (value,)))


def matches(subject: Subject, name: str, text: str) -> bool:
    """Tell whether a text matches a pattern in a parameter, without case, as Azure compares."""
    patterns = texts(subject, name)
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)
