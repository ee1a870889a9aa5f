"""Azure's built-in policy definitions that find what rules fail.

`data/builtins.json` lists the tested ones: each finds some of the failing cases of a rule and none
of the passing ones. https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from msgspec import Struct


class Builtin(Struct, frozen=True):
    """A built-in policy definition of Azure.

    Attributes:
        id: Its name, a GUID.
        title: Its display name.
        effect: Name of the parameter that sets its effect.
        effects: Its possible effects that find or refuse something.
        caught: By rule: the number of its failing cases that the definition finds, and their total.
    """

    id: str
    title: str
    effect: str
    effects: tuple[str, ...]
    caught: Mapping[str, tuple[int, int]]

    def effect_for(self, wanted: str) -> str:
        """Return the wanted effect, or else the one with which it reports."""
        return next((each for each in self.effects if each.lower() == wanted), self.effects[0])


@cache
def builtins() -> tuple[Builtin, ...]:
    """Return all definitions known to fit a rule, by id."""
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
    """Return the definition that finds most of a rule's failing cases, None if there is none."""
    fitting = [each for each in builtins() if rule_id in each.caught]
    return max(fitting, key=lambda each: each.caught[rule_id][0], default=None)
