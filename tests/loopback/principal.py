"""What the principal of a test may read, and how Azure refuses the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from amlaudit.core import arm_id
from tests.loopback.credential import APPLICATION, OBJECT
from tests.loopback.wire import Response, json_response


@dataclass(slots=True)
class Principal:
    """The role Reader, with exceptions.

    Attributes:
        hidden_types: ARM types that it may not read.
        hidden_subscriptions: Bare ids of subscriptions in which it has no role.
        denied: Further actions that it may not perform.
    """

    hidden_types: set[str] = field(default_factory=set)
    hidden_subscriptions: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    def denied_actions(self) -> list[str]:
        """Return every action that is taken back, as a role spells it."""
        return sorted({*self.denied, *(f"{each}/read" for each in self.hidden_types)})

    def may(self, action: str) -> bool:
        """Tell whether it may perform an action, without case."""
        return action.lower() not in {each.lower() for each in self.denied_actions()}

    def sees(self, resource_id: str) -> bool:
        """Tell whether it has a role in the subscription of a normalised id."""
        key = arm_id.name_of(arm_id.subscription_of(resource_id))
        return key not in {each.lower() for each in self.hidden_subscriptions}

    def permissions(self) -> list[Mapping[str, Iterable[str]]]:
        """Return what its roles grant in a subscription."""
        return [
            {
                "actions": ["*/read"],
                "notActions": self.denied_actions(),
                "dataActions": [],
                "notDataActions": [],
            }
        ]


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
    """Return the answer to a request that the principal may not make."""
    message = (
        f"The client '{APPLICATION}' with object id '{OBJECT}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was "
        "recently granted, please refresh your credentials."
    )
    return json_response({"error": {"code": "AuthorizationFailed", "message": message}}, 403)
