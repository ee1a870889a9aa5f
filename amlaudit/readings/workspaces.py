"""Workspaces that no id refers to: those of the same pair.

They are indexed once per estate; otherwise each resource would have to read all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import are_together

DEPENDENCIES_SINCE: Final = "2018-11-19"
"""First API version that shows the dependencies of a workspace: the first of all."""

KeysOf: TypeAlias = Callable[[Subject], Iterator[str]]
"""Yields the keys of a workspace, lower case; raises `NoDataError` for the rest."""


class _Index(Struct, frozen=True):
    """The ids of workspaces by key, and the first gap."""

    ids: Mapping[str, Iterable[str]]
    missing: Gap | None


def workspaces_by(
    subject: Subject, topic: str, keys_of: KeysOf, wanted: Iterable[str]
) -> Iterator[Subject]:
    """Yield the workspaces of all audited subscriptions that have one of some keys.

    Args:
        subject: What is judged.
        topic: What the keys are, in words; the cache key for `keys_of`.
        keys_of: Yields the keys of a workspace.
        wanted: The keys.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    index = _index_of(subject, topic, keys_of)
    ids = dict.fromkeys(each for key in sorted(wanted) for each in index.ids.get(key, ()))
    seen = Seen.GAP if index.missing else Seen.PRESENT
    subject.trail.note(subject.resource, f"-> workspaces by {topic}", len(ids), seen)
    for found in filter(None, map(subject.estate.store.get, ids)):
        yield subject.neighbour(found)
    if index.missing:
        raise NoDataError(index.missing)


def _index_of(subject: Subject, topic: str, keys_of: KeysOf) -> _Index:
    """Return the workspaces of an estate by their keys, indexed on first use."""
    estate = subject.estate
    index = estate.indexes.get(topic)
    if not isinstance(index, _Index):
        ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
        missing: Gap | None = None
        for subscription_id in estate.store.subscriptions():
            for each in estate.store.inside(subscription_id, WORKSPACE):
                try:
                    for key in keys_of(Subject(each, estate, subject.parameters)):
                        ids[key][each.id] = None
                except NoDataError as error:
                    missing = missing or error.gap
            missing = missing or estate.sight(subscription_id, WORKSPACE)
        index = _Index(ids, missing)
        estate.indexes[topic] = index
    return index


def is_critical(workspace: Subject) -> bool:
    """Tell by its tag whether a workspace must survive the loss of a region."""
    return workspace.context("criticality") in texts_of(workspace, "criticalities")


def partners_of(workspace: Subject) -> Iterator[Subject]:
    """Yield the workspaces that would take over: same pair, other region, ready to use.

    The tag that names the pair is the rule parameter `pair_tag`.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    tag = f"tags['{workspace.parameters['pair_tag']}']"
    pair = workspace.text(tag, default="")
    if not pair:
        return
    for other in workspaces_by(workspace, tag, lambda each: _text_of(each, tag), [pair]):
        if not are_together(other, workspace) and (
            other.text("properties.provisioningState") == "succeeded"
        ):
            yield other


def _text_of(workspace: Subject, path: str) -> Iterator[str]:
    """Yield the text at a path."""
    yield workspace.text(path, default="")
