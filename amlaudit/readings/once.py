"""What a document says, worked out once for all that ask.

Alerts, role definitions and policy assignments hold for many resources, and each rule reads them
for each of these.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from msgspec import Struct

from amlaudit.core.keeping import keep
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, evidence_of

_Answer = TypeVar("_Answer")

_TOPIC: Final = "documents"
_MOST_REMEMBERED: Final = 4096
"""Readings of documents, oldest out first."""


class _Told(Struct, frozen=True):
    """What a reading gave.

    Attributes:
        resource: The very document that was read: another one of its id may say something else.
        answer: What it came to.
        looks: What it looked at.
    """

    resource: Resource
    answer: Any
    looks: tuple[Evidence, ...]


class _Memory(dict[tuple[str, Hashable], _Told]):
    """What readings gave, by the id of the resource and what was asked of it."""


def once(subject: Subject, question: Hashable, read: Callable[[Subject], _Answer]) -> _Answer:
    """Return what a reading gives, and put on the trail what it looks at, each time anew.

    What does not answer is read again the next time.

    Args:
        subject: A resource, not a part of one, and not the one that is judged.
        question: What is asked of it; it stands for `read`.
        read: Reads the document of the resource and nothing else.

    Raises:
        NoDataError: It is not known.
    """
    memory = _memory_of(subject)
    key = (subject.id, question)
    told = memory.get(key)
    if told and told.resource is subject.resource:
        subject.trail.extend(told.looks)
        answer: _Answer = told.answer
        return answer
    begin = len(subject.trail)
    answer = read(subject)
    looks = evidence_of(subject.trail[begin:], subject.id, subject.resource.origin)
    told = _Told(subject.resource, answer, looks)
    keep(memory, key, told, _MOST_REMEMBERED)
    return answer


def _memory_of(subject: Subject) -> _Memory:
    """Return what is remembered of the documents of an estate."""
    indexes = subject.estate.indexes
    memory = indexes.get(_TOPIC)
    if not isinstance(memory, _Memory):
        memory = indexes[_TOPIC] = _Memory()
    return memory
