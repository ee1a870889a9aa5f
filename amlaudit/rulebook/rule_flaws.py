"""Mistakes in the texts of a rule that would go unnoticed until somebody relies on them."""

from collections.abc import Iterable, Iterator
from inspect import signature
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.core.rule import Rule
from amlaudit.core.suggestions import did_you_mean, hinted
from amlaudit.rulebook.arm_properties import known_types

FRAMEWORKS: Final = (
    "mcsb", "cis_azure", "nist_800_53_r5", "iso_27001_2022", "azure_policy", "waf",
)  # fmt: skip
_PLACEHOLDERS: Final = ("name", "group", "id")
"""What a command is given of the resource; see `amlaudit.core.commands`."""
_PLACEHOLDER: Final = late_pattern(r"(?<![$\w{])\{([A-Za-z_.]+)\}")
_NEAR: Final = 0.93
"""How similar a provider must be to a known one to be a slip, from 0 to 1."""


def flaws_of(rule: Rule) -> Iterator[str]:
    """Yield what is wrong with a rule that was written in Python."""
    yield flaw_of_type(rule.type_name)
    yield from map(flaw_of_source, rule.sources)
    yield flaw_of_command(rule.fix.command)
    try:
        signature(rule.check).bind(None)
    except TypeError as error:
        yield f"the function must take the resource alone ({error})"
    for name in rule.mappings:
        if name not in FRAMEWORKS:
            yield hinted(f'unknown framework "{name}" in mappings', name, FRAMEWORKS)


def flaw_of_type(arm_type: str) -> str:
    """Return why a text is hardly the type of a resource, empty if it may be one.

    Most types of Azure are not known here, so that only a slip in a known one is noticed.
    """
    if "/" not in arm_type:
        return f"{arm_type} is not an ARM type, which has the form Provider.Name/type"
    folded, types = arm_type.lower(), known_types()
    provider, _, kind = folded.partition("/")
    near = f"{_nearest(provider, {each.partition('/')[0] for each in types})}/{kind}"
    meant = next((each for each in (folded, f"{folded}s", near, f"{near}s") if each in types), near)
    return "" if meant == folded else f'unknown ARM type {arm_type}. Did you mean "{meant}"?'


def flaw_of_source(address: str) -> str:
    """Return why a text is not the address of a source, empty if it is."""
    return "" if address.startswith("https://") else f"{address} is not an https address"


def flaw_of_command(command: str) -> str:
    """Return which placeholder of a command is misspelt, empty if none is.

    Other braces may be part of the command.
    """
    for name in _PLACEHOLDER.findall(command):
        if name not in _PLACEHOLDERS and (hint := did_you_mean(name.lower(), _PLACEHOLDERS)):
            return f"unknown placeholder {{{name}}}.{hint}"
    return ""


def _nearest(provider: str, known: Iterable[str]) -> str:
    """Return the known provider that is meant, the given one if it may be another."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load

    return next(iter(get_close_matches(provider, known, n=1, cutoff=_NEAR)), provider)
