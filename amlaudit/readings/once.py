"""Caches what is read from a document, for all rules and resources.

Alerts, role definitions and policy assignments apply to many resources, and each rule reads them
for each of these.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from msgspec import Struct

from amlaudit.core.caching import keep
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, evidence_of

_Answer = TypeVar("_Answer")

_TOPIC: Final = "documents"
_MAX_REMEMBERED: Final = 4096
"""Cached readings of documents; the oldest are evicted first."""


class _Reading(Struct, frozen=True):
    """The result of a reading.

    Attributes:
        resource: The document object that was read: another one with its id may differ.
        answer: The result.
        looks: What it looked at.
    """

    resource: Resource
    answer: Any
    looks: tuple[Evidence, ...]


class _Memory(dict[tuple[str, Hashable], _Reading]):
    """The results of readings, by resource id and question."""


def once(subject: Subject, question: Hashable, read: Callable[[Subject], _Answer]) -> _Answer:
    """Return the result of a reading, and add what it looked at to the trail on every call.

    A reading that fails is not cached.

    Args:
        subject: A resource, not a part of one, and not the one that is judged.
        question: What is asked of it; the cache key for `read`.
        read: Reads the document of the resource and nothing else.

    Raises:
        NoDataError: It is not known.
    """
    memory = _memory_of(subject)
    key = (subject.id, question)
    known = memory.get(key)
    if known and known.resource is subject.resource:
        subject.trail.extend(known.looks)
        answer: _Answer = known.answer
        return answer
    begin = len(subject.trail)
    answer = read(subject)
    looks = evidence_of(subject.trail[begin:], subject.id, subject.resource.origin)
    known = _Reading(subject.resource, answer, looks)
    keep(memory, key, known, _MAX_REMEMBERED)
    return answer


def _memory_of(subject: Subject) -> _Memory:
    """Return the cache of an estate."""
    indexes = subject.estate.indexes
    memory = indexes.get(_TOPIC)
    if not isinstance(memory, _Memory):
        memory = indexes[_TOPIC] = _Memory()
    return memory
