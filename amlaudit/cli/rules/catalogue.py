"""The rules that take part, in the forms that `rules list` needs."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import asdict

from amlaudit.cli.rules.text import everything_of, kind_of
from amlaudit.cli.sanitise import sanitised
from amlaudit.rulebook.narrowing import words_for
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.reserve import reserved

_RESERVE: Final = "not built"
"""The kind shown for a control that has no rule yet."""


def listing(packs: tuple[str, ...], profile: str) -> dict[str, Any]:
    """Return rules as rows of (id, severity, area, kind, title), and notes on the profile.

    Next to the rows are the words that each rule is selected by.
    """
    _, rules, record = load_rules(packs, read_profile(profile))
    notes = [f"Disabled: {each.rule.id} {each.justification}" for each in record.disabled]
    if record.left_out:
        total = len(rules) + len(record.left_out) + len(record.disabled)
        notes.insert(0, f"Profile {record.name}: {len(rules)} of {total} rules enabled")
    rows = [
        [each.id, each.severity, each.area, kind_of(each), sanitised(each.title)] for each in rules
    ]
    words = list(map(words_for, rules))
    return {"rows": rows, "words": words, "notes": list(map(sanitised, notes))}


def reserve() -> list[list[str]]:
    """Return the controls that have no rule yet as rows."""
    return [[each.id, each.severity, each.area, _RESERVE, each.title] for each in reserved()]


def everything(
    packs: tuple[str, ...], profile: str, wanted: Callable[[str, str, list[str]], bool]
) -> list[dict[str, Any]]:
    """Return the full description of rules, as JSON.

    Args:
        packs: Rule packs besides the shipped one.
        profile: The profile.
        wanted: Tells by severity, area and words whether to include a rule.
    """
    _, rules, _ = load_rules(packs, read_profile(profile))
    return [
        everything_of(each) for each in rules if wanted(each.severity, each.area, words_for(each))
    ]


def everything_reserved(wanted: Callable[[str, str, list[str]], bool]) -> list[dict[str, Any]]:
    """Return the controls that have no rule yet, as JSON."""
    return [
        {"kind": _RESERVE, **asdict(each)}
        for each in reserved()
        if wanted(each.severity, each.area, [each.area])
    ]
