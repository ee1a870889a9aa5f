"""A rule's case is an estate of a few lines, whatever shape its documents have."""

from pathlib import Path

import pytest

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.conditions import Comparison, Operator
from amlaudit.core.errors import AmlauditError
from amlaudit.core.relations import STORAGE
from amlaudit.core.verdict import Status
from amlaudit.engine.checks import check_of
from amlaudit.rulebook.cases import Case, read_cases
from tests.rulebook.rules import rule_of

IS_ON = check_of(Comparison(("properties", "state"), Operator.EQUALS, "on"))


def cases(tmp_path: Path, text: str, arm_type: str) -> list[Case]:
    path = tmp_path / "aml9001_holds.cases.yaml"
    path.write_text(text, "utf-8")
    return list(read_cases(path, path.name, rule_of(IS_ON, applies_to=arm_type)))


def test_the_properties_of_a_subscription_may_be_no_object(tmp_path: Path) -> None:
    text = "unknown:\n  - { name: odd, body: { properties: odd } }"
    (case,) = cases(tmp_path, text, SUBSCRIPTION_TYPE)
    verdict = case.judge(rule_of(IS_ON, applies_to=SUBSCRIPTION_TYPE))
    assert verdict.status is Status.UNKNOWN
    assert "holds a string" in verdict.message


def test_who_has_data_is_named_where_there_is_room_for_it(tmp_path: Path) -> None:
    text = (
        "pass:\n  - { name: odd, links: { workspaces-with-data: [{ body: { properties: 1 } }] } }"
    )
    with pytest.raises(AmlauditError, match="properties is not an object"):
        cases(tmp_path, text, STORAGE)
