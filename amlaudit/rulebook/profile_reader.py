"""Reads profiles from YAML: the shipped ones, and the files in which companies write their own."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from msgspec.structs import fields, replace

from amlaudit.core.checklist import Level
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.context import LABELS, Assigned, Label, Where
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Severity
from amlaudit.core.suggestions import did_you_mean
from amlaudit.core.waiver import WaiverLimits
from amlaudit.resources import PROFILES, shipped_profiles
from amlaudit.rulebook.parameter_reader import read_parameter_value
from amlaudit.shipped_cache import cached
from amlaudit.sizes import LARGEST_SOURCE, bytes_of, is_there
from amlaudit.strict_yaml import Keys, Node, read_yaml

_LABELS: Final = {
    "environments": "environment",
    "classifications": "classification",
    "criticalities": "criticality",
    "teams": "team",
}
_KEYS: Final = (
    "extends",
    "description",
    "select",
    "parameters",
    "rules",
    "questions",
    "waivers",
    *_LABELS,
)


class Selection(Struct, frozen=True):
    """Which of the shipped rules are selected.

    Attributes:
        severities: A rule must have one of them; empty: any.
        areas: A rule must be in one of them; empty: any. With the places that name them.
        rules: Ids of rules that are selected in addition, with the places that name them.
    """

    severities: tuple[str, ...] = ()
    areas: Mapping[str, Node] = field(default_factory=dict)
    rules: Mapping[str, Node] = field(default_factory=dict)


class Setting(Struct, frozen=True):
    """The value a parameter is set to, and where."""

    value: ParameterValue
    place: Node


class Change(Struct, frozen=True):
    """What a profile changes about one rule.

    Attributes:
        place: Where it says so.
        enabled: Whether the rule is enabled.
        severity: Its severity; None: that of its pack.
        justification: Why.
        approved_by: Who is responsible for it.
        review_by: The day by which it is to be reviewed.
    """

    place: Node
    enabled: bool = True
    severity: Severity | None = None
    justification: str = ""
    approved_by: str = ""
    review_by: date | None = None


class Weight(Struct, frozen=True):
    """What a profile changes about one question of the checklist.

    Attributes:
        place: Where it says so.
        level: How much depends on it.
        justification: Why.
    """

    place: Node
    level: Level
    justification: str = ""


class CompanyPolicy(Struct, frozen=True):
    """A profile as its file defines it, merged with those that it extends.

    Attributes:
        name: Its name, or that of its file.
        sha256: Hash over the bytes of the files.
        description: What it is for.
        selection: Which of the shipped rules are selected.
        settings: Parameter values, by name or `RULE.name`.
        changes: Changes to individual rules, by id.
        labels: How to interpret tags.
        limits: What waivers are allowed to do.
        overrides: Changes to individual rules in one environment, by environment and id.
        questions: Changes to questions of the checklist, by id.
    """

    name: str
    sha256: str
    description: str = ""
    selection: Selection = field(default_factory=Selection)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=lambda: LABELS)
    limits: WaiverLimits = field(default_factory=WaiverLimits)
    overrides: Mapping[str, Mapping[str, Change]] = field(default_factory=dict)
    questions: Mapping[str, Weight] = field(default_factory=dict)


def read_profile(name_or_path: str) -> CompanyPolicy:
    """Read a profile: a shipped one by its name, else one from a file.

    Raises:
        AmlauditError: There is none, or it is invalid; the message names file, line and column.
    """
    if name_or_path in shipped_profiles():
        return cached(f"profile-{name_or_path}", partial(_read_shipped, name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        raise AmlauditError(
            "E203",
            f'Unknown profile "{name_or_path}".{did_you_mean(name_or_path, shipped_profiles())}',
            cause=f"there is no file {path.absolute()}, and no shipped profile of this name",
            advice=f"use a file, or one of {', '.join(shipped_profiles())}",
            exit_code=Exit.INVALID,
        )
    return _read(path, name_or_path, ())


def _read_shipped(name: str) -> CompanyPolicy:
    """Read a shipped profile by its name."""
    return _read(PROFILES / f"{name}.yaml", f"{name}.yaml", ())


def _read(path: Path, shown_as: str, below: tuple[Path, ...]) -> CompanyPolicy:
    """Read the profile in a file.

    Args:
        path: The file.
        shown_as: Its name in messages.
        below: The files that extend it, each extending the next.
    """
    root = read_yaml(path, shown_as)
    keys = root.mapping(_KEYS, "a profile")
    base = CompanyPolicy("", "")
    if "extends" in keys:
        base = _read_base(keys["extends"], path, (*below, path.resolve()))
    settings = dict(keys.read("parameters", _read_settings, ()))
    changes = dict(keys.read("rules", _read_changes, ()))
    questions = dict(keys.read("questions", _read_questions, ()))
    labels = {
        label: read_label(
            keys[key], base.labels[label], ("overrides",) if key == "environments" else ()
        )
        for key, label in _LABELS.items()
        if key in keys
    }
    return replace(
        base,
        name=path.stem if path.parent == PROFILES else path.name,
        sha256=sha256(base.sha256.encode() + bytes_of(path, LARGEST_SOURCE)).hexdigest(),
        description=keys.read("description", Node.text, ""),
        selection=keys.read("select", _read_selection, base.selection),
        settings={**base.settings, **settings},
        changes={**base.changes, **changes},
        questions={**base.questions, **questions},
        labels={**base.labels, **labels},
        overrides=_read_overrides(keys, base.overrides),
        limits=keys.read("waivers", partial(_read_limits, base=base.limits), base.limits),
    )


def _read_base(node: Node, path: Path, below: tuple[Path, ...]) -> CompanyPolicy:
    """Read the profile that another extends: a shipped one, or a file relative to it."""
    name = node.text()
    if name in shipped_profiles():
        base = PROFILES / f"{name}.yaml"
    else:
        base = path.parent / name
        if not (is_there(base) and base.is_file()):
            node.error(
                f'unknown profile "{name}".{did_you_mean(name, shipped_profiles())}',
                code="E203",
                advice=f"use a file next to this one, or one of {', '.join(shipped_profiles())}",
            )
    if base.resolve() in below:
        node.error(f'profile "{name}" extends itself', advice="remove one of the two")
    return _read(base, base.name if base.parent == PROFILES else str(base), below)


def _read_selection(node: Node) -> Selection:
    """Read which of the shipped rules are selected."""
    keys = node.mapping(("severities", "areas", "rules"), "select")
    listed = {key: value.items() for key, value in keys.items()}
    return Selection(
        tuple(each.one_of(Severity) for each in listed.get("severities", ())),
        {each.text(): each for each in listed.get("areas", ())},
        {each.text(): each for each in listed.get("rules", ())},
    )


def _read_settings(node: Node) -> Iterator[tuple[str, Setting]]:
    """Yield (name, value) of the parameters that are set."""
    for name, (at, value) in node.entries().items():
        yield name, Setting(read_parameter_value(value), at)


def _read_changes(node: Node) -> Iterator[tuple[str, Change]]:
    """Yield (rule id, change) of the rules that are changed."""
    for rule_id, (at, body) in node.entries().items():
        keys = body.mapping(
            ("enabled", "severity", "justification", "approved_by", "review_by"),
            f"rule {rule_id} of a profile",
        )
        change = Change(
            at,
            keys.read("enabled", Node.boolean, default=True),
            keys.read("severity", _read_severity, None),
            keys.read("justification", Node.text, ""),
            keys.read("approved_by", Node.text, ""),
            keys.read("review_by", Node.day, None),
        )
        if not (change.enabled or change.justification):
            at.error(
                f"{rule_id} is disabled without a justification",
                advice="add justification: …",
            )
        yield rule_id, change


def _read_severity(node: Node) -> Severity:
    """Read a severity."""
    return Severity(node.one_of(Severity))


def _read_overrides(
    keys: Keys, base: Mapping[str, Mapping[str, Change]]
) -> Mapping[str, Mapping[str, Change]]:
    """Read the changes to individual rules by environment."""
    found = keys.read("environments", Node.entries, {}).get("overrides")
    if found is None:
        return base
    own = {
        name.lower(): dict(_read_changes(each)) for name, (_, each) in found[1].entries().items()
    }
    return {**base, **own}


def _read_questions(node: Node) -> Iterator[tuple[str, Weight]]:
    """Yield (question id, weight) of the questions that are changed."""
    for question, (at, body) in node.entries().items():
        keys = body.mapping(("level", "justification"), f"question {question} of a profile")
        if "level" not in keys:
            at.error(f'question {question} has no "level"')
        yield (
            question,
            Weight(
                at,
                Level(keys["level"].one_of(Level)),
                keys.read("justification", Node.text, ""),
            ),
        )


def _read_limits(node: Node, base: WaiverLimits) -> WaiverLimits:
    """Read the waiver limits of a profile, which override those of the profile it extends."""
    keys = node.mapping([each.name for each in fields(WaiverLimits)], "waivers of a profile")
    return replace(base, **{key: value.whole_number(1) for key, value in keys.items()})


def read_label(node: Node, label: Label, also: Iterable[str] = ()) -> Label:
    """Return a label with the names, default and synonyms that a file gives it.

    Args:
        node: What the file says.
        label: The label without them.
        also: Additional keys that are allowed, to be read elsewhere.
    """
    keys = node.mapping(("tag", "default", "map", *Where, *also), "what tags say")
    tags, assumed = label.tags, label.assumed
    if "tag" in keys:
        named = keys["tag"].items() if keys["tag"].is_list else [keys["tag"]]
        tags = tuple(each.text() for each in named)
    if "default" in keys:
        assumed = str(keys["default"].scalar()).strip().lower()
    own = keys.read("map", _read_synonyms, {})
    # A synonym of a value follows that value if it is given a new meaning.
    inherited = {each: own.get(meaning, meaning) for each, meaning in label.synonyms.items()}
    assigned = tuple(
        Assigned(where, name, meaning)
        for where in Where
        if where in keys
        for name, meaning in _read_synonyms(keys[where]).items()
    )
    return Label(tags, assumed, {**inherited, **own}, assigned or label.assigned)


def _read_synonyms(node: Node) -> dict[str, str]:
    """Read what tag values stand for, all lower case."""
    found: dict[str, str] = {}
    for meaning, (_, values) in node.entries().items():
        for value in values.items():
            spelled = value.text().lower()
            if found.setdefault(spelled, meaning.lower()) != meaning.lower():
                value.error(f'"{spelled}" already means "{found[spelled]}"')
    return found
