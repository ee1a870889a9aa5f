"""Profiles: which rules take part, how strictly, what tags mean, and what is rejected."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from amlaudit.core.context import LABELS
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Profile
from amlaudit.core.rule import Rule, Severity
from amlaudit.resources import shipped_profiles
from amlaudit.rulebook.library import load_library
from amlaudit.rulebook.profile_reader import CompanyPolicy, read_profile
from amlaudit.rulebook.profiles import load_rules
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE

SHIPPED = {rule.id: rule for rule in load_library(())[1]}
OFF = "{ enabled: false, justification: our desks have no such sizes"


def read(folder: Path, text: str) -> CompanyPolicy:
    path = folder / "company.yaml"
    path.write_text(text, "utf-8")
    return read_profile(str(path))


def applied(folder: Path, text: str) -> tuple[dict[str, Rule], Profile]:
    _, rules, record = load_rules((), read(folder, text))
    return {rule.id: rule for rule in rules}, record


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(AmlauditError) as caught:
        applied(folder, text)
    assert caught.value.exit_code is Exit.INVALID
    return str(caught.value).replace(f"{folder}/", "")


def of_shipped(name: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in load_rules((), read_profile(name))[1]}


def test_four_profiles_come_with_the_package() -> None:
    assert shipped_profiles() == ("baseline", "cost", "enterprise", "regulated")


def test_the_enterprise_profile_leaves_every_rule_unchanged() -> None:
    assert {key: rule.parameters for key, rule in of_shipped("enterprise").items()} == {
        key: rule.parameters for key, rule in SHIPPED.items()
    }


def test_baseline_is_what_is_rated_high_or_critical() -> None:
    severe = {key for key, rule in SHIPPED.items() if rule.severity.at_least(Severity.HIGH)}
    assert set(of_shipped("baseline")) == severe


def test_cost_is_the_area_and_what_is_idle() -> None:
    found = of_shipped("cost")
    assert {key for key, rule in SHIPPED.items() if rule.area == "cost"} < set(found)
    assert {"AML1607", "AML1612", "AML2211"} < set(found)
    assert "AML1201" not in found


def test_regulated_is_enterprise_with_other_parameters() -> None:
    found = of_shipped("regulated")
    assert set(found) == set(SHIPPED)
    assert found["AML2202"].parameters["boundary"].value == "subscription"
    assert found["AML2305"].parameters["criticalities"].value == ("medium", "high")
    for name in read_profile("regulated").settings:
        changed = [
            rule.parameters[key]
            for rule in found.values()
            for key in rule.parameters
            if name in (key, f"{rule.id}.{key}")
        ]
        assert all(each.value != each.default for each in changed), name


def test_a_rule_is_disabled_with_its_reason_on_record(tmp_path: Path) -> None:
    rules, record = applied(
        tmp_path,
        f"rules: {{ AML1904: {OFF}, approved_by: ciso@contoso.com, review_by: 2027-06-30 }} }}",
    )
    assert set(rules) == set(SHIPPED) - {"AML1904"}
    (disabled,) = record.disabled
    assert disabled.rule.id == "AML1904"
    assert disabled.justification == "our desks have no such sizes"
    assert disabled.approved_by == "ciso@contoso.com"
    assert disabled.review_by == date(2027, 6, 30)
    assert not disabled.is_overdue(datetime(2027, 6, 30, 23, tzinfo=UTC))
    assert disabled.is_overdue(datetime(2027, 7, 1, tzinfo=UTC))


def test_a_rule_counts_for_more_without_a_reason_and_for_less_with_one(tmp_path: Path) -> None:
    rules, record = applied(
        tmp_path,
        "rules:\n  AML1201: { severity: critical }\n"
        "  AML1202: { severity: low, justification: there is no network }\n",
    )
    assert rules["AML1201"].severity is Severity.CRITICAL
    assert rules["AML1202"].severity is Severity.LOW
    assert [(each.rule_id, each.before) for each in record.reweighed] == [
        ("AML1201", "high"),
        ("AML1202", "high"),
    ]


def test_the_severity_of_the_pack_counts_for_the_selection(tmp_path: Path) -> None:
    rules, record = applied(
        tmp_path, "extends: baseline\nrules: { AML1607: { severity: critical } }"
    )
    assert "AML1607" not in rules
    assert "AML1607" in record.left_out
    assert record.reweighed == ()


def test_parameters_are_set_by_name_and_for_one_rule(tmp_path: Path) -> None:
    rules, _ = applied(
        tmp_path, "parameters: { criticalities: [low, high], AML2305.criticalities: [low] }"
    )
    assert rules["AML2301"].parameters["criticalities"].value == ("low", "high")
    assert rules["AML2305"].parameters["criticalities"].value == ("low",)


def test_a_profile_takes_over_what_it_extends_and_the_own_word_counts(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text(
        f"extends: regulated\nparameters: {{ max_nodes: 4 }}\nrules: {{ AML1904: {OFF} }} }}\n"
    )
    rules, record = applied(
        tmp_path,
        "extends: group.yaml\nparameters: { AML2202.boundary: resource_group }\n"
        "rules: { AML1904: { enabled: true } }\nselect: { areas: [cost, governance] }\n",
    )
    assert {rule.area for rule in rules.values()} == {"cost", "governance"}
    assert "AML1904" in rules
    assert record.disabled == ()
    assert rules["AML2202"].parameters["boundary"].value == "resource_group"
    assert record.name == "company.yaml"


def test_rules_of_named_packs_always_take_part(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    _, rules, record = load_rules((str(folder),), read_profile("cost"))
    assert "AML9001" in {rule.id for rule in rules}
    assert "AML9001" not in record.left_out


def test_the_hash_covers_the_profiles_that_are_extended(tmp_path: Path) -> None:
    hashes = set()
    for value in (3, 4):
        (tmp_path / "group.yaml").write_text(f"parameters: {{ max_nodes: {value} }}\n")
        hashes.add(read(tmp_path, "extends: group.yaml\n").sha256)
    assert len(hashes) == 2


def test_tags_get_other_names_defaults_and_spellings(tmp_path: Path) -> None:
    label = read(
        tmp_path,
        "environments:\n  tag: [stage, env]\n  default: Dev\n"
        "  map: { prod: [prod, Main], dev: [test] }\n",
    ).labels["environment"]
    assert label.tags == ("stage", "env")
    assert label.assumed == "dev"
    meanings = [label.meaning(each) for each in ("MAIN", "live", "test", "qa", "elsewhere")]
    assert meanings == ["prod", "prod", "dev", "dev", "elsewhere"]


def test_what_a_profile_does_not_say_of_tags_stays(tmp_path: Path) -> None:
    labels = read(tmp_path, "classifications: { default: confidential }").labels
    assert labels["environment"] == LABELS["environment"]
    assert labels["classification"].tags == LABELS["classification"].tags
    assert labels["classification"].assumed == "confidential"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("paramters: {}", '1:1 unknown key "paramters" in a profile. Did you mean "parameters"?'),
        ("extends: enterprize", '1:10 unknown profile "enterprize". Did you mean "enterprise"?'),
        (f"extends: {'a' * 5000}", '1:10 unknown profile "aaaa'),
        ("extends: company.yaml", '1:10 profile "company.yaml" extends itself'),
        ("select: { severities: [hihg] }", '1:24 "hihg" is not one of critical,'),
        ("select: { areas: [netwrok] }", '1:19 unknown area "netwrok". Did you mean "network"?'),
        ("select: { rules: [AML0001] }", '1:19 unknown rule "AML0001".'),
        ("rules: { AML1021: { severity: low } }", '1:10 unknown rule "AML1021". Did you mean'),
        ("rules: { AML1904: { enabled: false } }", "1:10 AML1904 is disabled without a just"),
        (
            "rules: { AML1201: { severity: low } }",
            "1:10 AML1201 is lowered from high to low without",
        ),
        ("rules: { AML1201: { enabled: no } }", "1:30 YAML reads no as a boolean"),
        ("rules: { AML1904: { review_by: soon } }", "1:32 expected a date in the form YYYY-MM-DD"),
        ("rules: { AML1904: { review_by: 2027-02-30 } }", "1:32 invalid date 2027-02-30"),
        ("parameters: { max_nods: 3 }", '1:15 no rule has a parameter "max_nods". Did you mean'),
        ("parameters: { max_nodes: many }", '1:15 Parameter "max_nodes" of rule AML1609 is set'),
        ("environments: { map: { a: [x], b: [X] } }", '1:36 "x" already means "a"'),
    ],
)
def test_mistakes_are_reported_with_their_position(text: str, message: str, tmp_path: Path) -> None:
    assert f"company.yaml:{message}" in refusal(tmp_path, text)


def test_two_profiles_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text("extends: company.yaml\n")
    assert 'group.yaml:1:10 profile "company.yaml" extends itself' in refusal(
        tmp_path, "extends: group.yaml"
    )


def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        AmlauditError, match=r'Unknown profile "regulate"\. Did you mean "regulated"'
    ):
        read_profile("regulate")
