"""Applies profiles: the rules of an audit as a company wants them."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.core.report import Disabled, Override, Pack, Profile, Reweighed
from amlaudit.core.rule import Rule
from amlaudit.core.suggestions import did_you_mean
from amlaudit.rulebook.library import load_library, shipped_ids
from amlaudit.rulebook.parameter_reader import with_settings
from amlaudit.rulebook.profile_reader import Change, CompanyPolicy, Selection


def load_rules(
    named: Sequence[str], policy: CompanyPolicy
) -> tuple[tuple[Pack, ...], tuple[Rule, ...], Profile]:
    """Return the packs, the selected rules by id, and what the profile did to them.

    The profile selects among the shipped rules. Those of a named pack are all selected: naming it
    is the selection. The profile may disable and reweigh rules of either.

    Args:
        named: Rule packs besides the shipped one; see `load_library`.
        policy: The profile.

    Raises:
        AmlauditError: A pack is invalid, or the profile refers to something that does not exist.
    """
    settings = {name: setting.value for name, setting in policy.settings.items()}
    try:
        packs, rules = load_library(named, settings)
    except AmlauditError:
        _refuse_settings(policy, load_library(named)[1])
        raise
    _refuse_unknown(policy, rules)
    left_out = _excluded_by(policy.selection, rules)
    chosen = {rule.id: rule for rule in rules if rule.id not in left_out}
    disabled: list[Disabled] = []
    reweighed: list[Reweighed] = []
    for key, change in sorted(policy.changes.items()):
        if key not in chosen:
            continue
        if not change.enabled:
            disabled.append(_disabled(chosen.pop(key), change))
        elif change.severity and change.severity is not chosen[key].severity:
            reweighed.append(_reweighed(chosen[key], change))
            chosen[key] = replace(chosen[key], severity=change.severity)
    record = Profile(
        policy.name,
        policy.sha256,
        tuple(disabled),
        tuple(reweighed),
        tuple(sorted(left_out)),
        tuple(_overrides(policy, chosen)),
    )
    return packs, tuple(chosen.values()), record


def _excluded_by(selection: Selection, rules: Sequence[Rule]) -> frozenset[str]:
    """Return the ids of the shipped rules that a selection excludes."""
    is_all = selection == Selection()
    return frozenset() if is_all else shipped_ids() - _selected(selection, rules)


def _selected(selection: Selection, rules: Sequence[Rule]) -> set[str]:
    """Return the ids of the rules that a selection includes."""
    return {
        rule.id
        for rule in rules
        if rule.id in selection.rules
        or (
            (not selection.severities or rule.severity in selection.severities)
            and (not selection.areas or rule.area in selection.areas)
            and (selection.severities or selection.areas or not selection.rules)
        )
    }


def _overrides(policy: CompanyPolicy, rules: Mapping[str, Rule]) -> Iterator[Override]:
    """Yield the overrides of selected rules in one environment."""
    for environment, changes in sorted(policy.overrides.items()):
        for key, change in sorted(changes.items()):
            if key not in rules:
                continue
            severity = None
            if change.enabled:
                severity = _reweighed(rules[key], change).severity
            yield Override(environment, key, severity, change.justification, change.approved_by)


def _disabled(rule: Rule, change: Change) -> Disabled:
    """Return the record of a disabled rule."""
    return Disabled(rule, change.justification, change.approved_by, change.review_by)


def _reweighed(rule: Rule, change: Change) -> Reweighed:
    """Return the record of a rule with a changed severity; lowering it needs a justification."""
    severity = change.severity or rule.severity
    if not (severity.at_least(rule.severity) or change.justification):
        change.place.error(
            f"{rule.id} is lowered from {rule.severity} to {severity} without a justification",
            advice="add justification: …",
        )
    return Reweighed(rule.id, rule.severity, severity, change.justification)


def _refuse_unknown(policy: CompanyPolicy, rules: Sequence[Rule]) -> None:
    """Raise if the profile names a rule or an area that does not exist."""
    ids = [rule.id for rule in rules]
    areas = sorted({rule.area for rule in rules})
    changes = [policy.changes, *policy.overrides.values()]
    named = {
        **policy.selection.rules,
        **{key: change.place for each in changes for key, change in each.items()},
    }
    for what, known, places in (("rule", ids, named), ("area", areas, policy.selection.areas)):
        for name, place in places.items():
            if name not in known:
                place.error(
                    f'unknown {what} "{name}".{did_you_mean(name, known)}',
                    code="E203",
                    advice="`amlaudit rules list` shows all of them",
                )


def _refuse_settings(policy: CompanyPolicy, rules: Sequence[Rule]) -> None:
    """Raise, with its place, for the first parameter that does not exist or has a wrong value."""
    owners = [(rule, name) for rule in rules for name in rule.parameters]
    known = {key for rule, name in owners for key in (name, f"{rule.id}.{name}")}
    for name, setting in policy.settings.items():
        if name not in known:
            setting.place.error(
                f'no rule has a parameter "{name}".{did_you_mean(name, known)}',
                code="E203",
                advice="`amlaudit rules show RULE` lists those of a rule",
            )
        for rule in rules:
            try:
                with_settings(rule.parameters, rule.id, {name: setting.value})
            except AmlauditError as error:
                setting.place.error(error.message, advice=error.cause)
