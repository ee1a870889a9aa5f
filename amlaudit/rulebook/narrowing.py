"""Selects rules by id, area, framework or control, and by severity."""

from collections.abc import Iterable, Sequence

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.scope import matches
from amlaudit.core.suggestions import did_you_mean


def narrowed(
    rules: Sequence[Rule],
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    least: Severity | None = None,
) -> tuple[Rule, ...]:
    """Return the selected rules, in their order.

    Args:
        rules: The rules.
        select: Words, at least one of which must match a rule; none: every rule is selected.
        ignore: Words, none of which may match a rule. A word is an id, in which * is any text, an
            area, a framework (`mcsb`) or a control (`mcsb:NS-2`).
        least: The lowest severity to keep; None: any.

    Raises:
        AmlauditError: A word matches no rule; the message names the nearest.
    """
    selected = _ids_matching(rules, select, "--select")
    ignored = _ids_matching(rules, ignore, "--ignore")
    return tuple(
        each
        for each in rules
        if (selected is None or each.id in selected)
        and (ignored is None or each.id not in ignored)
        and (least is None or each.severity.at_least(least))
    )


def _ids_matching(rules: Sequence[Rule], words: Iterable[str], option: str) -> set[str] | None:
    """Return the ids of the rules that words match; None: there are no words."""
    found: set[str] | None = None
    for word in words:
        matching = {each.id for each in rules if _matches_word(word, each)}
        if not matching:
            raise _unknown(word, rules, option)
        found = (found or set()) | matching
    return found


def _matches_word(word: str, rule: Rule) -> bool:
    """Tell whether a word matches a rule."""
    return matches(word, rule.id) or word.casefold() in words_for(rule)


def words_for(rule: Rule) -> list[str]:
    """Return the words for a rule besides its id, lower case: `network`, `mcsb`, `mcsb:ns-2`."""
    controls = (f"{name}:{each}" for name, ids in sorted(rule.mappings.items()) for each in ids)
    return [each.casefold() for each in (rule.area, *sorted(rule.mappings), *controls)]


def _unknown(word: str, rules: Sequence[Rule], option: str) -> AmlauditError:
    """Return the error for a word that matches no rule."""
    known = dict.fromkeys(name for each in rules for name in (each.id, each.area, *each.mappings))
    near = ""
    if "*" not in word:
        near = did_you_mean(word.upper(), known) or did_you_mean(word.lower(), known)
    return AmlauditError(
        "E203",
        f'Unknown rule "{word}" in {option}.{near}',
        advice="use an id, a pattern with *, an area, a framework or a control of one",
        exit_code=Exit.INVALID,
    )
