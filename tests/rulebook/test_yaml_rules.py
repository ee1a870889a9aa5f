"""An invalid rule file is an error with its position, and advice."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Change, Parameter, Rule, Severity
from amlaudit.core.verdict import Status
from amlaudit.rulebook.parameter_reader import with_settings
from amlaudit.rulebook.yaml_rules import read_yaml_rule
from tests.estates import subject

RULE = """\
id: AML9001
title: It holds
severity: high
severity_reason: for a test
applies_to: Microsoft.MachineLearningServices/workspaces
require: { field: kind, equals: Hub }
because: for a test
fix: az fix
sources: [https://example.com]
"""


def load_as_is(
    tmp_path: Path, text: str, settings: Mapping[str, Any] = MappingProxyType({})
) -> Rule:
    file = tmp_path / "aml9001_holds.yaml"
    file.write_text(text, "utf-8")
    return read_yaml_rule(file, "test/aml9001_holds.yaml", "test", settings)


def load(tmp_path: Path, text: str, settings: Mapping[str, Any] = MappingProxyType({})) -> Rule:
    if "follow:" not in text:  # a type whose properties are not listed has any field
        text = text.replace("Microsoft.MachineLearningServices/", "Contoso.Test/")
    return load_as_is(tmp_path, text, settings)


def message_of(tmp_path: Path, text: str) -> str:
    with pytest.raises(AmlauditError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code == Exit.INVALID
    return str(caught.value)


def test_a_rule_is_read_whole(tmp_path: Path) -> None:
    text = RULE.replace(
        "fix: az fix",
        "fix: { command: az fix, change: recreate, irreversible: true, note: mind }\n"
        "mappings: { mcsb: [NS-2] }\nwhen: { field: active, equals: true }",
    )
    rule = load(tmp_path, text)
    assert (rule.id, rule.severity, rule.area) == ("AML9001", Severity.HIGH, "test")
    assert rule.applies_to == "contoso.test/workspaces"
    assert (rule.fix.change, rule.fix.irreversible, rule.fix.note) == (
        Change.RECREATE,
        True,
        "mind",
    )
    assert rule.mappings == {"mcsb": ("NS-2",)}
    assert rule.check(subject({"kind": "hub", "active": True})).status is Status.PASS
    assert rule.check(subject({"kind": "hub", "active": False})).status is Status.NOT_APPLICABLE


def test_a_question_is_put_to_people(tmp_path: Path) -> None:
    text = RULE.replace(
        "require: { field: kind, equals: Hub }",
        "ask: { question: Is it?, role: owner, evidence: a letter }",
    )
    verdict = load(tmp_path, text).check(subject({}))
    assert verdict.status is Status.MANUAL
    assert verdict.message == "Is it? (answered by owner; evidence: a letter)"


def test_a_question_is_put_only_where_it_is_meant(tmp_path: Path) -> None:
    text = RULE.replace(
        "require: { field: kind, equals: Hub }",
        "when: { field: kind, equals: Hub }\n"
        "ask: { question: Is it?, role: owner, evidence: a letter }",
    ).replace("when: { field: active, equals: true }\n", "")
    check = load(tmp_path, text).check
    assert check(subject({"kind": "Hub"})).status is Status.MANUAL
    assert check(subject({"kind": "Project"})).status is Status.NOT_APPLICABLE
    assert check(subject({})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "severity: high",
            "severty: high",
            ':3:1 unknown key "severty" in rule AML9001. Did you mean "severity"?',
        ),
        ("severity: high\n", "", ':1:1 rule AML9001 has no "severity"'),
        ("severity: high", "severity: hihg", ':3:11 "hihg" is not one of critical, high, medium'),
        ("severity: high", "severity: high\nseverity: low", ':4:1 duplicate key "severity"'),
        ("title: It holds", "title: no", ":2:8 YAML reads no as a boolean"),
        ("title: It holds", "title: 1.10", ":2:8 expected a string"),
        ("title: It holds", "title:", ":2:7 YAML reads nothing as null"),
        ("title: It holds", "title: 2026-01-01", ":2:8 YAML reads 2026-01-01 as timestamp"),
        ("title: It holds", "title: [a]", ":2:8 expected a single value"),
        ("sources: [https://example.com]", "sources: []", ":9:10 the list is empty"),
        ("sources: [https://example.com]", "sources: x", ":9:10 expected a list"),
        ("https://example.com", "http://example.com", ":9:11 http://example.com is not an https"),
        ("fix: az fix", "fix: { note: x }", ':8:6 fix has no "command"'),
        ("fix: az fix", "mappings: { nist: [x] }\nfix: x", ':8:13 unknown key "nist" in mappings'),
        ("/workspaces", "", ":5:13 Microsoft.MachineLearningServices is not an ARM type"),
        ("require: { field: kind, equals: Hub }\n", "", "needs either require"),
        ("id: AML9001", "id: 'AML9001", ":10:1 not valid YAML: found unexpected end of stream"),
        ("id: AML9001", "? [a]\n: b\nid: x", "a key must be a plain word"),
    ],
)
def test_an_invalid_rule_is_reported_with_its_position(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert message in message_of(tmp_path, RULE.replace(old, new))


def test_a_list_is_not_a_rule(tmp_path: Path) -> None:
    assert ":1:1 expected a mapping of keys to values" in message_of(tmp_path, "- id\n")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{ feild: kind, equals: Hub }", "a condition needs one of allOf, anyOf, not, field"),
        ("{ feild: kind, equals: Hub }", 'Did you mean "field"?'),
        ("{ field: kind, eqauls: Hub }", '"eqauls" in a condition on a field. Did you'),
        ("{ field: kind }", "a condition needs exactly one operator, this has 0"),
        ("{ field: kind, equals: a, like: b }", "this has 2"),
        ("{ field: a..b, equals: x }", "'a..b' is not a property path"),
        ("{ field: kind, in: [] }", "the list is empty"),
        ("{ field: kind, in: a }", "in takes a list; write it in brackets"),
        ("{ field: kind, equals: [a] }", "equals takes one value; use in or notIn for a list"),
        ("{ field: kind, matches: a }", '"matches" in a condition on a field. Known keys: field,'),
        ("{ field: kind, in: [a, 1] }", "all members of the list must be of the same kind"),
        ("{ field: kind, less: x }", "less needs a number"),
        ("{ field: kind, less: true }", "less needs a number"),
        ("{ field: kind, like: 3 }", "like needs a string"),
        ("{ field: kind, equals: 012 }", "YAML reads 012 as another number"),
        (f"{{ field: kind, equals: {'9' * 5000} }}", "as another number"),
        ("{ field: kind, equals: 1:30 }", "YAML reads 1:30 as another number"),
        ("{ field: kind, equals: a, default: 1 }", "the default is a number, the operand a string"),
        ("{ field: kind, equals: a, default: [x] }", "default of a list must be the empty list"),
        ("{ field: kind, equals: a, since: '2020' }", "since needs a default"),
        ("{ field: kind, exists: maybe }", "expected true or false"),
        ("{ field: kind, exists: true, equals: a }", 'unknown key "equals"'),
        ("{ allOf: [], x: 1 }", 'unknown key "x"'),
        ("{ allOf: [] }", "the list is empty"),
        ("{ count: { field: a, follow: computes }, equals: 1 }", "either field or follow"),
        ("{ count: { }, equals: 1 }", "either field or follow"),
        ("{ count: { field: a }, like: 'x' }", "a count cannot be compared with like"),
        ("{ field: a, less: 3, known: [4] }", "can only be used with equals, notEquals, in, notIn"),
        ("{ field: a, equals: x, known: [4] }", "each value of known must be a string"),
        ("{ field: a, equals: x, known: [] }", "the list is empty"),
        ("{ field: ., equals: x }", "'.' is not a property path"),
        ("{ field: a, like: [x, 3] }", "all members of the list must be of the same kind"),
        ("{ field: a, like: [3] }", "like needs a string"),
        ("{ context: enviroment, equals: a }", 'unknown context "enviroment". Did you mean'),
        ("{ context: environment, equals: 3 }", "a context must be compared with strings"),
        ("{ count: { field: a }, equals: -1 }", "compared with a whole number"),
        ("{ count: { field: a }, equals: true }", "compared with a whole number"),
        ("{ count: { follow: computs }, equals: 1 }", '"computs". Did you mean "computes"?'),
        ("{ count: { follow: lifecycle }, equals: 1 }", 'has no relation "lifecycle"'),
        ("{ count: { field: tags, where: { count: { follow: computes }, equals: 1 } }, equals: 1 }",
         'a part of a resource has no relation "computes"'),
        ("{ count: { follow: computes, where: { count: { follow: hub }, equals: 1 } }, equals: 1 }",
         "a microsoft.machinelearningservices/workspaces/computes has no relation"),
    ],
)  # fmt: skip
def test_an_invalid_condition_is_reported_with_its_position(
    tmp_path: Path, condition: str, message: str
) -> None:
    text = RULE.replace("{ field: kind, equals: Hub }", condition)
    found = message_of(tmp_path, text)
    assert message in found
    assert "test/aml9001_holds.yaml:6:" in found


@pytest.mark.parametrize(
    ("condition", "place", "path", "hint"),
    [
        ("{ field: properties.publicNetworkAcess, equals: Disabled }",
         "6:19", "properties.publicNetworkAcess", " Did you mean publicNetworkAccess?"),
        ("{ not: { allOf: [{ field: properties.zzz, exists: true }] } }",
         "6:36", "properties.zzz", ""),
        ("{ count: { field: properties.zzz }, less: 1 }",
         "6:28", "properties.zzz", ""),
        ("{ count: { field: tags, where: { field: x, equals: 1 } }, less: 1 }",
         "6:50", "tags[].x", ""),
    ],
)  # fmt: skip
def test_a_field_missing_from_the_type_is_reported_with_its_position(
    tmp_path: Path, condition: str, place: str, path: str, hint: str
) -> None:
    with pytest.raises(AmlauditError) as caught:
        load_as_is(tmp_path, RULE.replace("{ field: kind, equals: Hub }", condition))
    assert (caught.value.code, caught.value.exit_code) == ("E202", Exit.INVALID)
    problem = f"{path} is not a field of microsoft.machinelearningservices/workspaces.{hint}"
    assert caught.value.message == f"test/aml9001_holds.yaml:{place} expression error: {problem}"


def test_a_field_of_a_neighbour_is_one_of_its_type(tmp_path: Path) -> None:
    text = RULE.replace(
        "{ field: kind, equals: Hub }",
        "{ count: { follow: computes, where: { field: properties.vmSiz, equals: x } }, less: 1 }",
    )
    assert message_of(tmp_path, text).endswith(
        ":6:55 expression error: properties.vmSiz is not a field of "
        "microsoft.machinelearningservices/workspaces/computes."
    )


PARAMETERS = """\
parameters:
  regions: { default: [westeurope, northeurope], meaning: where it may lie }
  kinds: { default: Hub, meaning: what it may be }
  most: { default: 2, meaning: how many there may be }
"""


def with_parameters(condition: str) -> str:
    return PARAMETERS + RULE.replace("{ field: kind, equals: Hub }", condition)


def test_operands_can_be_parameters_that_a_profile_sets(tmp_path: Path) -> None:
    text = with_parameters("""
  allOf:
    - { field: location, in: { parameter: regions } }
    - { field: kind, equals: { parameter: kinds } }
    - count: { field: list, default: [] }
      lessOrEquals: { parameter: most }
""")
    good = {"location": "westeurope", "kind": "hub", "list": [1, 2]}
    assert load(tmp_path, text).check(subject(good)).status is Status.PASS
    settings = {"regions": ("swedencentral",), "AML9001.most": 1, "AML9002.kinds": "x"}
    narrower = load(tmp_path, text, settings)
    assert narrower.check(subject({**good, "list": [1]})).status is Status.FAIL
    here = {"location": "swedencentral", "kind": "hub", "list": [1]}
    assert narrower.check(subject(here)).status is Status.PASS
    assert narrower.check(subject({**here, "list": [1, 2]})).status is Status.FAIL
    assert narrower.parameters["regions"].default == ("westeurope", "northeurope")
    assert narrower.parameters["regions"].value == ("swedencentral",)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "{ field: a, equals: { parameter: kidns } }",
            '"kidns". Did you mean "kinds"',
        ),
        ("{ field: a, equals: { parameter: regions } }", "equals takes one value"),
        ("{ field: a, in: { parameter: kinds } }", "in takes a list"),
        ("{ field: a, less: { parameter: kinds } }", "less needs a number"),
        ("{ field: a, equals: { value: kinds } }", 'unknown key "value" in an operand'),
        ("{ field: a, equals: {} }", "an operand must be a value, a list, or { parameter: NAME }"),
        ("{ parameter: kidns, equals: true }", '"kidns". Did you mean "kinds"'),
        ("{ parameter: kinds, equals: true }", "the parameter must be a boolean"),
        ("{ parameter: kinds }", 'a condition on a parameter has no "equals"'),
        ("{ field: a, as: age, less: 3 }", "a field can only be read as age_days, seconds"),
        ("{ field: a, as: age_days, equals: 3 }", "age_days are compared by greater"),
        ("{ field: a, as: age_days, less: x }", "less needs a number"),
    ],
)
def test_an_invalid_parameter_or_age_is_reported_with_its_position(
    tmp_path: Path, condition: str, message: str
) -> None:
    assert message in message_of(tmp_path, with_parameters(condition))


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("{ default: 1 }", 'parameter "x" has no "meaning"'),
        ("{ meaning: m }", 'parameter "x" has no "default"'),
        ("{ default: [a, 1], meaning: m }", "must be of the same kind"),
        ("{ defualt: 1, meaning: m }", 'unknown key "defualt" in parameter "x"'),
    ],
)
def test_an_invalid_declaration_is_reported_with_its_position(
    tmp_path: Path, declared: str, message: str
) -> None:
    assert message in message_of(tmp_path, f"parameters: {{ x: {declared} }}\n{RULE}")


@pytest.mark.parametrize(
    ("condition", "where_chosen", "elsewhere"),
    [
        ("{ parameter: strict, equals: true }", Status.PASS, Status.FAIL),
        ("{ not: { parameter: strict, equals: true } }", Status.FAIL, Status.PASS),
        ("{ allOf: [{ parameter: strict, equals: true }, { field: kind, equals: Hub }] }",
         Status.PASS, Status.FAIL),
        ("{ anyOf: [{ parameter: strict, equals: true }, { field: kind, equals: Project }] }",
         Status.PASS, Status.FAIL),
        ("{ anyOf: [{ parameter: strict, equals: false }, { field: kind, equals: Hub }] }",
         Status.PASS, Status.PASS),
        ("{ allOf: [{ parameter: strict, equals: false }, { field: kind, equals: Hub }] }",
         Status.FAIL, Status.PASS),
    ],
)  # fmt: skip
def test_what_a_company_chose_is_settled_when_the_rule_is_read(
    tmp_path: Path, condition: str, where_chosen: Status, elsewhere: Status
) -> None:
    declared = "parameters: { strict: { default: false, meaning: for a test } }\n"
    text = declared + RULE.replace("{ field: kind, equals: Hub }", condition)
    told = [
        load(tmp_path, text, {"strict": choice}).check(subject({"kind": "Hub"})).status
        for choice in (True, False)
    ]
    assert told == [where_chosen, elsewhere]


def test_a_choice_leaves_only_its_own_requirements(tmp_path: Path) -> None:
    declared = "parameters: { strict: { default: false, meaning: for a test } }\n"
    both = "{ allOf: [{ parameter: strict, equals: false }, { field: kind, equals: Hub }] }"
    rule = load(tmp_path, declared + RULE.replace("{ field: kind, equals: Hub }", both))
    alone = load(
        tmp_path,
        RULE.replace("{ field: kind", "{ allOf: [{ field: kind").replace(
            "equals: Hub }", "equals: Hub }] }"
        ),
    )
    assert rule.require == alone.require


@pytest.mark.parametrize("value", ["x", 3, ("x",), (1,), True])
def test_a_profile_sets_a_parameter_to_a_value_of_its_kind(tmp_path: Path, value: object) -> None:
    kinds = {"x": "kinds", 3: "most", ("x",): "regions"}
    for name in kinds.values():
        settings = {name: value}
        if kinds.get(value) == name:
            load(tmp_path, with_parameters("{ field: a, equals: x }"), settings)
        else:
            with pytest.raises(AmlauditError, match="is set to"):
                load(tmp_path, with_parameters("{ field: a, equals: x }"), settings)


def test_a_list_that_companies_fill_is_empty_until_they_do(tmp_path: Path) -> None:
    text = RULE.replace("field: kind, equals: Hub", "field: kind, in: { parameter: kinds }")
    text = f"parameters: {{ kinds: {{ default: [], meaning: m }} }}\n{text}"
    assert load(tmp_path, text).check(subject({"kind": "hub"})).status is Status.FAIL
    filled = load(tmp_path, text, {"kinds": ("Hub",)})
    assert filled.check(subject({"kind": "hub"})).status is Status.PASS


@pytest.mark.parametrize("value", [("a",), (1, 2), (), "a", 3])
def test_a_list_without_members_takes_any_list(value: object) -> None:
    declared = {"x": Parameter("m", (), ())}
    if isinstance(value, tuple):
        assert with_settings(declared, "R1", {"x": value})["x"].value == value
    else:
        with pytest.raises(AmlauditError, match="is set to"):
            with_settings(declared, "R1", {"x": value})  # type: ignore[dict-item]


def test_a_list_with_members_cannot_be_emptied(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="an empty list"):
        load(tmp_path, with_parameters("{ field: a, equals: x }"), {"regions": ()})


def test_conditions_can_test_the_age_of_a_time(tmp_path: Path) -> None:
    text = RULE.replace("field: kind, equals: Hub", "field: at, as: age_days, lessOrEquals: 90")
    assert load(tmp_path, text).check(subject({"at": "2025-12-01"})).status is Status.PASS
    assert load(tmp_path, text).check(subject({"at": "2025-01-01"})).status is Status.FAIL


def test_every_kind_of_condition_is_read(tmp_path: Path) -> None:
    condition = """
  allOf:
    - not: { field: kind, in: [Project], default: Default }
    - anyOf:
        - { field: properties.size, greaterOrEquals: 2.5 }
        - { field: properties.name, exists: false }
    - count: { field: properties.list, where: { field: active, equals: true }, default: [] }
      lessOrEquals: 1
"""
    rule = load(tmp_path, RULE.replace(" { field: kind, equals: Hub }", condition))
    assert rule.check(subject({"properties": {"size": 3}})).status is Status.PASS
    bad = {"properties": {"size": 3, "list": [{"active": True}, {"active": True}]}}
    assert rule.check(subject(bad)).status is Status.FAIL


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"a: " + b"[" * 3000])
def test_invalid_yaml_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "aml9001_holds.yaml"
    file.write_bytes(content)
    with pytest.raises(AmlauditError) as caught:
        read_yaml_rule(file, "test/aml9001_holds.yaml", "test")
    assert "test/aml9001_holds.yaml" in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [*a]", "or contains itself"),
        ("a: " + "[" * 100 + "]" * 100, "nested more than 64 levels deep"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdefg")),
            "expands to more than 100000 values",
        ),
    ],
)
def test_a_file_that_would_never_end_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    assert message in message_of(tmp_path, text)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="cannot be read"):
        read_yaml_rule(tmp_path / "aml9001_x.yaml", "test/aml9001_x.yaml", "test")
