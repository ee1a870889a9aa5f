"""The subscriptions that a scope includes, and those among them that the principal cannot see."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.scope import Scope, matches
from amlaudit.scanners.faults import CutError, ReadError
from amlaudit.scanners.lists import Listed, Lists
from amlaudit.scanners.reach import unreachable

SUBSCRIPTIONS_API: Final = "2022-12-01"
_MANAGEMENT_GROUPS_API: Final = "2020-05-01"
_DESCENDANTS: Final = frozenset(
    {"microsoft.management/managementgroups/subscriptions", "/subscriptions"}
)
"""Types of a subscription under a management group; the second is in the API's description."""
_SEE_SUBSCRIPTION: Final = "Microsoft.Resources/subscriptions/read"
_SEE_MEMBERS: Final = "Microsoft.Management/managementGroups/descendants/read"


class Subscription(Struct, frozen=True):
    """A subscription that the principal can see.

    Attributes:
        id: Normalised ARM id.
        key: The bare id, as used in queries.
        name: Display name.
        listed: Its row from Azure Resource Manager.
    """

    id: str
    key: str
    name: str
    listed: Listed


class Chosen(Struct, frozen=True):
    """The subscriptions that a scope includes.

    Attributes:
        reached: Those that are visible.
        missing: Gaps for those that are not, one for each part of a subscription.
        cut: Gaps for those that may exist: the time was up before they were listed.
    """

    reached: tuple[Subscription, ...]
    missing: tuple[Gap, ...]
    cut: tuple[Gap, ...] = ()


def chosen(scope: Scope, lists: Lists, tenant: str = "") -> Chosen:
    """Return the subscriptions in a scope; all visible ones if it names none.

    Args:
        scope: The scope.
        lists: Provides the lists of subscriptions.
        tenant: Id of the tenant being read.

    Raises:
        AmlauditError: A name is unknown or ambiguous, or no subscription is visible.
    """
    listed = _visible(lists)
    visible = listed.reached
    reached: dict[str, Subscription] = {}
    missing: list[Gap] = []
    cut: list[Gap] = []
    for named in scope.subscriptions:
        if found := _find(named, visible):
            reached[found.id] = found
        else:
            missing += unseen(f"/subscriptions/{named.lower()}", f"subscription {named}")
    for group in scope.management_groups:
        found_in = _members(group, lists, visible)
        reached |= {each.id: each for each in found_in.reached}
        missing += found_in.missing
        cut += found_in.cut
    if not scope.subscriptions and not scope.management_groups:
        reached = {each.id: each for each in visible}
        missing += listed.missing
        if scope.tenant and tenant:  # its root group has the same id, and contains all of them
            hidden = _members(tenant, lists, visible)
            missing += hidden.missing
            cut += hidden.cut
    kept = {key: each for key, each in reached.items() if not _is_excluded(scope, each)}
    still_missing = tuple(gap for gap in missing if not scope.excludes(gap.scope_id))
    if not kept:
        raise _nothing_to_read((*still_missing, *cut), left_out=len(reached))
    return Chosen(tuple(kept[key] for key in sorted(kept)), still_missing, tuple(cut))


def _is_excluded(scope: Scope, subscription: Subscription) -> bool:
    """Tell whether a scope excludes a subscription, by its id or its name."""
    return scope.excludes(subscription.id) or any(
        matches(pattern, subscription.name) for pattern in scope.excluded if "/" not in pattern
    )


def unseen(
    scope_id: str, what: str, permission: str = _SEE_SUBSCRIPTION, why: ReadError | None = None
) -> Iterator[Gap]:
    """Yield the gaps for an entire scope that the principal cannot see."""
    detail = f"the principal cannot see {what}" + (f": {why.detail}" if why else "")
    reason = why.reason if why else Reason.FORBIDDEN
    needed = permission if reason is Reason.FORBIDDEN else ""
    for part in (arm_id.SUBSCRIPTION_TYPE, *SUBSCRIPTION_PARTS):
        yield Gap(scope_id, part, reason, detail, needed)


def _visible(lists: Lists) -> Chosen:
    """Return every subscription that the principal can see."""
    try:
        rows = lists.rows("/subscriptions", SUBSCRIPTIONS_API)
    except ReadError as error:
        raise unreachable("Cannot list the subscriptions", error.detail, lists.host) from error
    named = [each for each in rows if isinstance(each.row.get("subscriptionId"), str)]
    odd = ReadError(Reason.UNSUPPORTED, "a row of the list has no id")
    missing = () if len(named) == len(rows) else unseen(arm_id.ROOT, "a subscription", why=odd)
    return Chosen(tuple(map(_subscription, named)), tuple(missing))


def _subscription(listed: Listed) -> Subscription:
    """Return the subscription of a row that has an id."""
    key = listed.row["subscriptionId"]
    name = str(listed.row.get("displayName", ""))
    return Subscription(arm_id.normalise(f"/subscriptions/{key}"), key, name, listed)


def _find(named: str, visible: Iterable[Subscription]) -> Subscription | None:
    """Return the subscription with an id or a name; None for an id that is not visible."""
    known = tuple(visible)
    wanted = named.lower()
    for each in known:
        if each.key.lower() == wanted:
            return each
    matches = [each for each in known if each.name.lower() == wanted]
    if len(matches) > 1:
        listed = ", ".join(f"{each.name} ({each.key})" for each in matches)
        raise AmlauditError(
            "E104",
            f'"{named}" matches {len(matches)} subscriptions: {listed}',
            advice="use the id",
            exit_code=Exit.USAGE,
        )
    if matches or _looks_like_id(named):
        return matches[0] if matches else None
    close = get_close_matches(named, [each.name for each in known], n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise AmlauditError(
        "E103",
        f'Subscription "{named}" not found among the {len(known)} you can see.{hint}',
        advice="run `az account list -o table` to list them",
        exit_code=Exit.NO_ACCESS,
    )


def _looks_like_id(text: str) -> bool:
    """Tell whether a string is a subscription id rather than a name."""
    return len(text.split("-")) == 5 and set(text.lower()) <= set("0123456789abcdef-")  # noqa: PLR2004


def _members(group: str, lists: Lists, visible: Iterable[Subscription]) -> Chosen:
    """Return the subscriptions under a management group."""
    group_id = f"/providers/Microsoft.Management/managementGroups/{group}"
    known, what = arm_id.normalise(group_id), f"management group {group}"
    try:
        rows = lists.rows(f"{group_id}/descendants", _MANAGEMENT_GROUPS_API)
    except ReadError as error:
        gaps = tuple(unseen(known, what, _SEE_MEMBERS, error))
        return Chosen((), (), gaps) if isinstance(error, CutError) else Chosen((), gaps)
    by_id = {each.id: each for each in visible}
    found: list[Subscription] = []
    missing: list[Gap] = []
    for row in (listed.row for listed in rows):
        name = row.get("name")
        if not isinstance(name, str):
            odd = ReadError(Reason.UNSUPPORTED, "one of its members has no name")
            missing += unseen(known, what, why=odd)
        elif str(row.get("type", "")).lower() in _DESCENDANTS:
            member = f"/subscriptions/{name.lower()}"
            if member in by_id:
                found.append(by_id[member])
            else:
                missing += unseen(member, f"subscription {name} of {what}")
    return Chosen(tuple(found), tuple(missing))


def _nothing_to_read(missing: Iterable[Gap], left_out: int) -> AmlauditError:
    """Return the error for a scope of which nothing is visible."""
    details = {gap.scope_id: gap.detail for gap in missing}
    names, cause = sorted(details), ""
    if left_out:
        message = f"--exclude excludes all {left_out} subscriptions"
    elif names:
        message = f"No read access to {', '.join(names)}"
        cause = details[names[0]]
    else:
        message = "No subscription is visible"
    return AmlauditError(
        "E105",
        message,
        cause=cause,
        advice="sign in to the right tenant, or ask for the Reader role on the subscription",
        exit_code=Exit.NO_ACCESS,
    )
