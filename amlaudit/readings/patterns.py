"""Texts matched against a company's patterns."""

from fnmatch import fnmatchcase

from amlaudit.core.subject import Subject
from amlaudit.readings.parameters import texts_of


def matches(subject: Subject, name: str, text: str) -> bool:
    """Tell whether a text matches a pattern in a parameter; like Azure, ignoring case."""
    return any(fnmatchcase(text.lower(), pattern) for pattern in texts_of(subject, name))
