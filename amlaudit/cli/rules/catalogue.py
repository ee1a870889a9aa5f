"""The rules that take part, in the forms that `rules list` needs."""

from typing import Any, Final, TypeAlias

from msgspec.structs import asdict

from amlaudit.cli.rules.filter import Filter
from amlaudit.cli.rules.text import everything_of, kind_of
from amlaudit.cli.sanitise import sanitised
from amlaudit.rulebook.narrowing import words_for
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.reserve import reserved

_RESERVE: Final = "not built"
"""The kind shown for a control that has no rule yet."""


Listed: TypeAlias = tuple[list[str], list[str]]
"""A row of the list (id, severity, area, kind, title), and the words that select it."""


def listing(packs: tuple[str, ...], profile: str) -> dict[str, Any]:
    """Return what is `listed` under a profile, and `notes` on it, as JSON."""
    _, rules, record = load_rules(packs, read_profile(profile))
    notes = [f"Disabled: {each.rule.id} {each.justification}" for each in record.disabled]
    if record.left_out:
        total = len(rules) + len(record.left_out) + len(record.disabled)
        notes.insert(0, f"Profile {record.name}: {len(rules)} of {total} rules enabled")
    listed: list[Listed] = [
        ([each.id, each.severity, each.area, kind_of(each), sanitised(each.title)], words_for(each))
        for each in rules
    ]
    return {"listed": listed, "notes": list(map(sanitised, notes))}


def reserve() -> list[Listed]:
    """Return the controls that have no rule yet, as they are listed."""
    return [
        ([each.id, each.severity, each.area, _RESERVE, each.title], [each.area])
        for each in reserved()
    ]


def everything(packs: tuple[str, ...], profile: str, asked: Filter) -> list[dict[str, object]]:
    """Return the full description of the rules that a filter lets through, as JSON.

    Args:
        packs: Rule packs besides the shipped one.
        profile: The profile.
        asked: The filter.
    """
    _, rules, _ = load_rules(packs, read_profile(profile))
    return [
        everything_of(each)
        for each in rules
        if asked.matches(each.severity, each.area, words_for(each))
    ]


def everything_reserved(asked: Filter) -> list[dict[str, object]]:
    """Return the controls without a rule that a filter lets through, as JSON."""
    return [
        {"kind": _RESERVE, **asdict(each)}
        for each in reserved()
        if asked.matches(each.severity, each.area, [each.area])
    ]
