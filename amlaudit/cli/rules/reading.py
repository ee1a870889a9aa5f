"""The rules that take part, as `rules list` tells of them."""

from dataclasses import asdict
from typing import Any, Final

from amlaudit.cli.rules.words import everything_of, kind_of
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.reserve import reserved

_RESERVE: Final = "not built"
"""The kind of a control that has no rule yet."""


def listing(packs: tuple[str, ...], profile: str) -> dict[str, Any]:
    """Return the rules as rows of (id, severity, area, kind, title), and what the profile does."""
    _, rules, record = load_rules(packs, read_profile(profile))
    notes = [f"Disabled: {each.rule.id} {each.justification}" for each in record.disabled]
    if record.left_out:
        total = len(rules) + len(record.left_out) + len(record.disabled)
        notes.insert(0, f"Profile {record.name}: {len(rules)} of {total} rules take part")
    rows = [[each.id, each.severity, each.area, kind_of(each), each.title] for each in rules]
    return {"rows": rows, "notes": notes}


def reserve() -> list[list[str]]:
    """Return the controls that have no rule yet as rows."""
    return [[each.id, each.severity, each.area, _RESERVE, each.title] for each in reserved()]


def everything(packs: tuple[str, ...], profile: str, *, with_reserve: bool) -> list[dict[str, Any]]:
    """Return all that there is to know of the rules, as JSON."""
    _, rules, _ = load_rules(packs, read_profile(profile))
    found = [everything_of(rule) for rule in rules]
    return found + [{"kind": _RESERVE, **asdict(each)} for each in reserved() if with_reserve]
