"""Resources of the whole tenant that others name: role definitions, initiatives."""

from collections.abc import Iterator

from amlaudit.core.estate import names_of
from amlaudit.core.gap import NoDataError
from amlaudit.core.relation_kinds import Named
from amlaudit.core.relations import RELATIONS
from amlaudit.core.subject import Subject


def follow_to_tenant(subject: Subject, relation: str) -> Iterator[Subject]:
    """Yield what a resource names by a relation, where that belongs to no subscription.

    What may not be read is noted for subscriptions; so is why a named resource is missing.

    Raises:
        NoDataError: Not all that is named is known.
    """
    estate, found = subject.estate, RELATIONS[relation]
    names = names_of(subject.resource, found) if isinstance(found, Named) else ()
    for name in names:
        if isinstance(name, str) and estate.store.get(name) is None:
            for subscription in estate.store.subscriptions():
                if gap := estate.sight(subscription, found.target):
                    raise NoDataError(gap)
    yield from subject.follow(relation)
