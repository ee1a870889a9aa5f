"""Whether something seen before is now in a part of the estate that cannot be seen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from amlaudit.core import arm_id


def by_scope(missing: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    """Group what could not be seen by scope.

    Args:
        missing: (scope id, part) of each gap.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for scope_id, part in missing:
        found[scope_id].add(part)
    return found


def is_hidden(resource_id: str, subject_key: str, missing: Mapping[str, set[str]]) -> bool:
    """Tell whether the subject of a finding is where it cannot be seen.

    A gap in a type also hides its child types, one in a subscription everything in it.

    Args:
        resource_id: Normalised ARM id of its resource.
        subject_key: Its subject.
        missing: What could not be seen in each scope.
    """
    arm_type = subject_key or arm_id.type_of(resource_id)
    above = arm_type.split("/")
    types = {"/".join(above[:count]) for count in range(2, len(above) + 1)}
    types.add(arm_id.SUBSCRIPTION_TYPE)
    return any(types & missing[each] for each in arm_id.scopes_of(resource_id) if each in missing)
