"""What the principal of a test may read, and how Azure denies the rest."""

from collections.abc import Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern
from urllib.parse import unquote

from msgspec import Struct, field

from amlaudit.core import arm_id
from tests.loopback.credential import APPLICATION, OBJECT
from tests.loopback.wire import Response, json_response


class Grant(Struct, frozen=True):
    """A role assigned at a scope, and therefore for everything under it.

    Attributes:
        scope: Id of a subscription, resource group or resource; the root: everything.
        actions: Patterns of what the role allows.
        not_actions: Patterns of exceptions from that; another role may allow them.
    """

    scope: str = arm_id.ROOT
    actions: tuple[str, ...] = ("*/read",)
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Tell whether the role allows an action."""
        return _match(action, self.actions) and not _match(action, self.not_actions)

    @property
    def place(self) -> str:
        """The normalised id of the scope."""
        return arm_id.normalise(self.scope)


class Principal(Struct):
    """The role Reader everywhere, unless other roles are granted, with exceptions.

    Attributes:
        grants: Its roles.
        hidden_types: ARM types that it may not read.
        hidden_subscriptions: Bare ids of subscriptions in which it has no role.
        denied: Further actions that it may not perform.
    """

    grants: list[Grant] = field(default_factory=lambda: [Grant()])
    hidden_types: set[str] = field(default_factory=set)
    hidden_subscriptions: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    def denied_actions(self) -> list[str]:
        """Return every excepted action, as spelled in a role."""
        return sorted({*self.denied, *(f"{each}/read" for each in self.hidden_types)})

    def may(self, action: str, place: str) -> bool:
        """Tell whether it may perform an action, ignoring case, at a normalised id."""
        return not self._takes_back(action, place) and any(
            arm_id.is_within(place, grant.place) and grant.allows(action) for grant in self.grants
        )

    def may_beneath(self, action: str, place: str) -> bool:
        """Tell whether it may perform an action at a normalised id, or at anything under it."""
        return not self._takes_back(action, place) and any(
            (arm_id.is_within(place, grant.place) or arm_id.is_within(grant.place, place))
            and grant.allows(action)
            for grant in self.grants
        )

    def sees(self, resource_id: str) -> bool:
        """Tell whether it has a role in the subscription of a normalised id, or under it."""
        subscription = arm_id.subscription_of(resource_id)
        return not self._hides(subscription) and any(
            arm_id.is_within(subscription, grant.place)
            or arm_id.is_within(grant.place, subscription)
            for grant in self.grants
        )

    def permissions(self, place: str) -> list[Mapping[str, Sequence[str]]]:
        """Return what its roles grant at a normalised id."""
        return [
            {
                "actions": list(grant.actions),
                "notActions": [*grant.not_actions, *self.denied_actions()],
                "dataActions": [],
                "notDataActions": [],
            }
            for grant in self.grants
            if arm_id.is_within(place, grant.place)
        ]

    def state(self) -> object:
        """Return a value that changes whenever its rights change."""
        hidden = (self.hidden_types, self.hidden_subscriptions, self.denied)
        return (tuple(self.grants), *map(frozenset, hidden))

    def _takes_back(self, action: str, place: str) -> bool:
        """Tell whether an exception applies to what the roles grant."""
        taken = {each.lower() for each in self.denied_actions()}
        return action.lower() in taken or self._hides(arm_id.subscription_of(place))

    def _hides(self, subscription: str) -> bool:
        """Tell whether it has no role in a subscription."""
        hidden = {each.lower() for each in self.hidden_subscriptions}
        return arm_id.name_of(subscription) in hidden


def _match(action: str, patterns: Sequence[str]) -> bool:
    """Tell whether one of the patterns covers an action, ignoring case."""
    return any(_pattern(each.lower()).match(action.lower()) for each in patterns)


@lru_cache
def _pattern(text: str) -> Pattern[str]:
    """Return a role's pattern, in which `*` matches any text, as a regular expression."""
    return compile_pattern(translate(text))


def action_of(path: str) -> tuple[str, str]:
    """Return the action that a request to a path performs, and the scope it is performed at."""
    written = unquote(path).rstrip("/")
    head, found, tail = written.rpartition("/providers/")
    if not found:
        head, tail = "", f"Microsoft.Resources{written}"
    namespace, *rest = tail.split("/")
    lists = len(rest) % 2 == 1
    scope = written.rpartition("/")[0] if lists and len(rest) > 1 else head if lists else written
    return "/".join((namespace, *rest[::2], "read")), scope or "/"


def refusal(action: str, scope: str) -> Response:
    """Return the response to a request that the principal may not make."""
    message = (
        f"The client '{APPLICATION}' with object id '{OBJECT}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was "
        "recently granted, please refresh your credentials."
    )
    return json_response({"error": {"code": "AuthorizationFailed", "message": message}}, 403)
