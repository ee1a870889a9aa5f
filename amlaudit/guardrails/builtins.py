"""Azure's own policy definitions that find what rules fail.

`data/builtins.json` holds those that were tried: each finds some of the failing cases of a rule and
none of the passing ones. https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from msgspec import Struct


class Builtin(Struct, frozen=True):
    """A policy definition of Azure's own.

    Attributes:
        id: Its name, a GUID.
        title: What it is called.
        effect: Name of the parameter that chooses its effect.
        effects: Effects it can have that find or refuse something.
        caught: By rule: of its failing cases how many the definition finds, and how many there are.
    """

    id: str
    title: str
    effect: str
    effects: tuple[str, ...]
    caught: Mapping[str, tuple[int, int]]

    def effect_for(self, wanted: str) -> str:
        """Return the effect that is wanted, or else the one by which it reports."""
        return next((each for each in self.effects if each.lower() == wanted), self.effects[0])


@cache
def builtins() -> tuple[Builtin, ...]:
    """Return all definitions that are known to fit a rule, by id."""
    table = files("amlaudit.guardrails").joinpath("data", "builtins.json")
    return tuple(
        Builtin(
            guid,
            fields["title"],
            fields["effect"],
            tuple(fields["effects"]),
            {rule: (found, of) for rule, (found, of) in fields["rules"].items()},
        )
        for guid, fields in json.loads(table.read_text("utf-8")).items()
    )


def builtin_for(rule_id: str) -> Builtin | None:
    """Return the definition that finds most of what a rule fails, None if there is none."""
    fitting = [each for each in builtins() if rule_id in each.caught]
    return max(fitting, key=lambda each: each.caught[rule_id][0], default=None)
