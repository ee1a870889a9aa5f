"""Reads rules from YAML files."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from amlaudit.core.conditions import Condition, ParameterValue
from amlaudit.core.rule import Change, Fix, Rule, Severity
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.checks import check_of
from amlaudit.rulebook.companion_reader import read_companions
from amlaudit.rulebook.condition_reader import ConditionReader, read_path
from amlaudit.rulebook.parameter_reader import read_parameter_value, read_parameters
from amlaudit.rulebook.question import Question
from amlaudit.rulebook.rule_flaws import (
    FRAMEWORKS,
    flaw_of_command,
    flaw_of_source,
    flaw_of_type,
)
from amlaudit.rulebook.settings import settings_for
from amlaudit.strict_yaml import Node, read_yaml

_REQUIRED: Final = (
    "id", "title", "severity", "severity_reason", "applies_to", "because", "fix", "sources",
)  # fmt: skip
_OPTIONAL: Final = ("when", "require", "ask", "mappings", "parameters")
_FIX: Final = (
    "command", "change", "irreversible", "note", "settings", "companions", "undeclared",
)  # fmt: skip


def read_yaml_rule(
    path: Path,
    shown_as: str,
    area: str,
    settings: Mapping[str, ParameterValue] = MappingProxyType({}),
) -> Rule:
    """Read the rule in a YAML file.

    Args:
        path: The file.
        shown_as: Its path within the pack, for messages and reports.
        area: The folder it lives in.
        settings: The parameter values that a profile sets, by name.

    Raises:
        AmlauditError: The file is not a rule; the message names file, line and column.
    """
    root = read_yaml(path, shown_as)
    what = f"rule {path.stem.partition('_')[0].upper()}"
    keys = root.mapping((*_REQUIRED, *_OPTIONAL), what, _REQUIRED)
    if ("require" in keys) is ("ask" in keys):
        root.error(f"{what} needs either require (a condition) or ask (a question)")
    rule_id, arm_type = keys["id"].text(), _read_type(keys["applies_to"])
    parameters = keys.read(
        "parameters", partial(read_parameters, rule_id=rule_id, settings=settings), {}
    )
    reader = ConditionReader(parameters)
    read = partial(reader.read, arm_type=arm_type)
    require, when = keys.read("require", read, None), keys.read("when", read, None)
    return Rule(
        id=rule_id,
        title=keys["title"].text(),
        severity=Severity(keys["severity"].one_of(Severity)),
        severity_reason=keys["severity_reason"].text(),
        area=area,
        applies_to=arm_type,
        type_name=keys["applies_to"].text(),
        because=keys["because"].text(),
        fix=_read_fix(keys["fix"], arm_type, require),
        sources=tuple(map(_read_source, keys["sources"].items())),
        mappings=keys.read("mappings", _read_mappings, {}),
        parameters=parameters,
        check=check_of(require, when) if require else _asking(keys["ask"], when),
        require=require,
        when=when,
        path=shown_as,
    )


def _asking(node: Node, when: Condition | None) -> Question:
    """Read the check that asks people a question, where a condition holds."""
    known = ("question", "role", "evidence")
    keys = node.mapping(known, "ask", needed=known)
    question, role, evidence = (keys[key].text() for key in known)
    asked = f"{question} (answered by {role}; evidence: {evidence})"
    return Question(Verdict(Status.MANUAL, asked), when)


def _read_type(node: Node) -> str:
    """Read an ARM type, lower case."""
    arm_type = node.text()
    if flaw := flaw_of_type(arm_type):
        node.error(flaw, code="E202")
    return arm_type.lower()


def _read_fix(node: Node, arm_type: str, require: Condition | None) -> Fix:
    """Read how to fix a fail: only a command, or with further information."""
    settings = settings_for(require) if require else {}
    if not node.is_mapping:
        return Fix(_read_command(node), settings=settings)
    keys = node.mapping(_FIX, "fix", needed=("command",))
    return Fix(
        _read_command(keys["command"]),
        keys.read("change", _read_change, Change.IN_PLACE),
        keys.read("irreversible", Node.boolean, default=False),
        keys.read("note", Node.text, ""),
        keys.read("settings", partial(_read_settings, arm_type=arm_type), settings),
        companions=keys.read("companions", partial(read_companions, arm_type=arm_type), ()),
        undeclared=keys.read("undeclared", Node.text, ""),
    )


def _read_command(node: Node) -> str:
    """Read a command, with placeholders for the resource's own names."""
    command = node.text()
    if flaw := flaw_of_command(command):
        node.error(flaw, code="E202")
    return command


def _read_change(node: Node) -> Change:
    """Read what kind of change fixes a fail."""
    return Change(node.one_of(Change))


def _read_settings(node: Node, arm_type: str) -> dict[str, ParameterValue]:
    """Read what a resource must declare to pass, by path; empty: nothing in particular."""
    settings: dict[str, ParameterValue] = {}
    for path, (at, value) in node.entries().items():
        read_path(at, arm_type, ())
        settings[path] = read_parameter_value(value)
    return settings


def _read_source(node: Node) -> str:
    """Read the address of a source."""
    address = node.text()
    if flaw := flaw_of_source(address):
        node.error(flaw)
    return address


def _read_mappings(node: Node) -> dict[str, tuple[str, ...]]:
    """Read the controls of other frameworks that the rule serves."""
    keys = node.mapping(FRAMEWORKS, "mappings")
    return {name: tuple(each.text() for each in ids.items()) for name, ids in keys.items()}
