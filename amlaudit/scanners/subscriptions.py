"""Which subscriptions a scope means, and which of them the principal cannot see."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import SUBSCRIPTION_PARTS
from amlaudit.core.resource import Document
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import Answer, AzureReader
from amlaudit.scanners.faults import ReadError

SUBSCRIPTIONS_API: Final = "2022-12-01"
_MANAGEMENT_GROUPS_API: Final = "2020-05-01"
_DESCENDANTS: Final = frozenset(
    {"microsoft.management/managementgroups/subscriptions", "/subscriptions"}
)
"""Types of a subscription under a management group; the API's description has the second."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that the principal can see.

    Attributes:
        id: Normalised ARM id.
        key: The bare id, as queries take it.
        name: Display name.
        document: What Azure Resource Manager says of it.
        answer: The answer that it came in.
    """

    id: str
    key: str
    name: str
    document: Document
    answer: Answer


@dataclass(frozen=True, slots=True)
class Chosen:
    """The subscriptions that a scope means.

    Attributes:
        reached: Those that can be seen.
        missing: Gaps for those that cannot, one for each part of a subscription.
    """

    reached: tuple[Subscription, ...]
    missing: tuple[Gap, ...]


def chosen(scope: Scope, reader: AzureReader) -> Chosen:
    """Return the subscriptions that a scope means; all that can be seen where it names none.

    Raises:
        AmlauditError: A name is unknown or ambiguous, or not one subscription can be seen.
    """
    visible = _visible(reader)
    reached: dict[str, Subscription] = {}
    missing: list[Gap] = []
    for named in scope.subscriptions:
        if found := _find(named, visible):
            reached[found.id] = found
        else:
            missing += unseen(f"/subscriptions/{named.lower()}", f"subscription {named}")
    for group in scope.management_groups:
        keys, gaps = _members(group, reader)
        reached |= {each.id: each for each in visible if each.key.lower() in keys}
        missing += gaps
    if not scope.subscriptions and not scope.management_groups:
        reached = {each.id: each for each in visible}
    if not reached:
        raise _nothing_to_read(missing)
    return Chosen(tuple(reached[key] for key in sorted(reached)), tuple(missing))


def unseen(scope_id: str, what: str) -> Iterator[Gap]:
    """Yield the gaps of a whole scope that the principal cannot see."""
    for part in (arm_id.SUBSCRIPTION_TYPE, *SUBSCRIPTION_PARTS):
        yield Gap(
            scope_id,
            part,
            Reason.FORBIDDEN,
            f"{what} cannot be seen by the principal",
            "Microsoft.Resources/subscriptions/read",
        )


def _visible(reader: AzureReader) -> tuple[Subscription, ...]:
    """Return every subscription that the principal can see."""
    try:
        return tuple(
            Subscription(
                arm_id.normalise(f"/subscriptions/{row['subscriptionId']}"),
                row["subscriptionId"],
                str(row.get("displayName", "")),
                {**row, "id": f"/subscriptions/{row['subscriptionId']}"},
                answer,
            )
            for answer in reader.pages("/subscriptions", SUBSCRIPTIONS_API)
            for row in answer.body["value"]
            if isinstance(row, Mapping) and isinstance(row.get("subscriptionId"), str)
        )
    except ReadError as error:
        raise AmlauditError(
            "E109",
            "Cannot list the subscriptions",
            cause=error.detail,
            advice="check the network, HTTPS_PROXY and REQUESTS_CA_BUNDLE, and `az account show`",
            exit_code=Exit.NO_ACCESS,
        ) from error


def _find(named: str, visible: Iterable[Subscription]) -> Subscription | None:
    """Return the subscription of an id or a name; None for an id that cannot be seen."""
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
        advice="`az account list -o table`",
        exit_code=Exit.NO_ACCESS,
    )


def _looks_like_id(text: str) -> bool:
    """Tell whether a text is a subscription id and not a name."""
    return len(text.split("-")) == 5 and set(text.lower()) <= set("0123456789abcdef-")  # noqa: PLR2004


def _members(group: str, reader: AzureReader) -> tuple[set[str], tuple[Gap, ...]]:
    """Return the bare ids of the subscriptions under a management group, and what is missing."""
    group_id = f"/providers/Microsoft.Management/managementGroups/{group}"
    hidden = tuple(unseen(arm_id.normalise(group_id), f"management group {group}"))
    try:
        rows = [
            row
            for answer in reader.pages(f"{group_id}/descendants", _MANAGEMENT_GROUPS_API)
            for row in answer.body["value"]
        ]
    except ReadError:
        return set(), hidden
    readable = [
        row for row in rows if isinstance(row, Mapping) and isinstance(row.get("name"), str)
    ]
    keys = {
        row["name"].lower() for row in readable if str(row.get("type", "")).lower() in _DESCENDANTS
    }
    return keys, () if len(readable) == len(rows) else hidden


def _nothing_to_read(missing: Iterable[Gap]) -> AmlauditError:
    """Return the error for a scope of which nothing can be seen."""
    names = sorted({gap.scope_id for gap in missing})
    return AmlauditError(
        "E105",
        f"No read access to {len(names)} of {len(names)} scopes ({', '.join(names)})"
        if names
        else "No subscription can be seen",
        advice="sign in to the right tenant, or ask for the Reader role on the subscription",
        exit_code=Exit.NO_ACCESS,
    )
