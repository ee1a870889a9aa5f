"""Texts that a company describes by patterns or regular expressions."""

import re
from fnmatch import fnmatchcase

from amlaudit.core.subject import Subject
from amlaudit.readings.parameters import texts_of


def matches(subject: Subject, name: str, text: str) -> bool:
    """Tell whether a text matches a pattern in a parameter, without case, as Azure compares."""
    return any(fnmatchcase(text.lower(), pattern) for pattern in texts_of(subject, name))


def finds(subject: Subject, name: str, text: str) -> bool:
    """Tell whether a regular expression in a parameter finds something in a text, without case."""
    value = subject.parameters[name]
    expressions = value if isinstance(value, tuple) else (value,)
    return any(re.search(str(each), text, re.IGNORECASE) for each in expressions)
