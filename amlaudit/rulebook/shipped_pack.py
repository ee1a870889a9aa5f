"""The shipped pack: the metadata of its rules is cached, and a rule's file is read when evaluated.

Reports list all rules, but most runs evaluate only some of them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from types import CodeType, MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit import __version__
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Pack
from amlaudit.core.rule import Check, Rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict
from amlaudit.engine.checks import check_of
from amlaudit.resources import shipped
from amlaudit.rulebook.python_rules import compiled, read_python_rule, rule_of
from amlaudit.rulebook.question import Question
from amlaudit.shipped_cache import cached, cached_code
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

SHIPPED: Final = "azure-ml"
"""Name of the pack shipped with amlaudit."""


class _CachedRule(Struct, frozen=True):
    """A rule as it is cached.

    Attributes:
        rule: All of it except its check.
        sha256: Hash of its file.
        asks: What it asks people; None: it asks nobody.
    """

    rule: Rule
    sha256: str
    asks: Verdict | None


def load_shipped(
    settings: Mapping[str, ParameterValue] = MappingProxyType({}),
) -> tuple[Pack, tuple[Rule, ...]]:
    """Return the shipped pack and its rules, by id, with the parameters that a profile sets.

    Raises:
        AmlauditError: A parameter is set to a value of the wrong kind.
    """
    pack, known = cached("rules", _read)

    @cache  # read when the first Python rule is evaluated
    def codes() -> Mapping[str, CodeType]:
        return cached_code("rules", lambda: _compiled(known))

    return pack, tuple(_ready(each, settings, codes) for each in known)


def _read() -> tuple[Pack, tuple[_CachedRule, ...]]:
    """Read the pack and its rules from their files."""
    from amlaudit.rulebook.packs import load_pack  # noqa: PLC0415 - it reads YAML

    pack, rules = load_pack(shipped("rules"), SHIPPED)
    return replace(pack, version=__version__), tuple(map(_as_cached, rules))


def _as_cached(rule: Rule) -> _CachedRule:
    """Return a rule as it is cached, with the declarations it needs, which are slow to spell."""
    from amlaudit.core.declarations import declarations_of  # noqa: PLC0415 - not every command needs it

    content = bytes_of(shipped("rules") / rule.path, LARGEST_SOURCE)
    asks = rule.check.verdict if isinstance(rule.check, Question) else None
    known = replace(rule, check=_nobody, declared=declarations_of(rule))
    return _CachedRule(known, sha256(content).hexdigest(), asks)


def _compiled(known: Iterable[_CachedRule]) -> Mapping[str, CodeType]:
    """Return the code of all Python rules, by their paths in the pack.

    Raises:
        AmlauditError: One of them changed since the run began.
    """
    files = (each for each in known if not (each.rule.require or each.asks))
    return {
        each.rule.path: compiled(shipped("rules") / each.rule.path, _content_of(each))
        for each in files
    }


def _ready(
    known: _CachedRule,
    settings: Mapping[str, ParameterValue],
    codes: Callable[[], Mapping[str, CodeType]],
) -> Rule:
    """Return a rule that can be evaluated, with the parameters that a profile sets."""
    rule = known.rule
    if any(key in settings or f"{rule.id}.{key}" in settings for key in rule.parameters):
        return _read_again(known, settings)
    if rule.require:
        check = check_of(rule.require, rule.when)
    elif known.asks:
        check = Question(known.asks, rule.when)
    else:
        check = _late(known, codes)
    return replace(rule, check=check)


def _late(known: _CachedRule, codes: Callable[[], Mapping[str, CodeType]]) -> Check:
    """Return the check of a Python rule, whose file is run on first use."""

    @cache
    def own() -> Check:
        rule = known.rule
        path = shipped("rules") / rule.path
        if code := codes().get(rule.path):
            return rule_of(lambda: code, path, rule.path, rule.area).check
        return read_python_rule(path, _content_of(known), rule.path, rule.area).check

    def check(subject: Subject) -> Verdict:
        return own()(subject)

    return check


def _read_again(known: _CachedRule, settings: Mapping[str, ParameterValue]) -> Rule:
    """Read a rule from its file, with the parameters that a profile sets."""
    from amlaudit.rulebook.packs import read_rule  # noqa: PLC0415 - it reads YAML

    path = shipped("rules") / known.rule.path
    return read_rule(path, _content_of(known), known.rule.path, settings)


def _content_of(known: _CachedRule) -> bytes:
    """Return the content of a rule's file.

    Raises:
        AmlauditError: It changed since the run began.
    """
    content = bytes_of(shipped("rules") / known.rule.path, LARGEST_SOURCE)
    if sha256(content).hexdigest() != known.sha256:
        raise AmlauditError(
            "E201",
            f"{known.rule.path}:1:1 the rule changed during the run",
            advice="repeat the run",
            exit_code=Exit.INVALID,
        )
    return content


def _nobody(_subject: Subject) -> Verdict:
    """Take the place of a check in the cache.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError
