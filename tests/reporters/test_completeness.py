"""Why a run is incomplete, in words."""

from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.reporters.completeness import shortfalls_of
from tests.reporters.samples import sample

WORKSPACE = "microsoft.machinelearningservices/workspaces"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gate": {"complete": True}}, ""),
        ({"gate": {"min_coverage": 0.985}}, "coverage 56 % is below 99 %"),
        ({"tally": {(Severity.HIGH, Status.UNKNOWN): 1}}, "1 verdict is unknown at or above high"),
        (
            {"tally": {(Severity.HIGH, Status.UNKNOWN): 1, (Severity.CRITICAL, Status.UNKNOWN): 1}},
            "2 verdicts are unknown at or above high",
        ),
        ({"seen": {}}, "no workspace was found"),
        ({"tally": {}, "gate": {"min_coverage": 0}}, "nothing in scope was evaluated"),
        ({"named": ("mlw-gone",)}, "not every named workspace was found"),
        ({"named": ("mlw-gone",), "neighbourhoods": None}, "not every named workspace was found"),
        ({"ended_at": None}, "the collection did not finish"),
        (
            {"ended_at": None, "gate": {"fail_on": None, "min_coverage": 1.0}},
            "the collection did not finish; coverage 56 % is below 100 %",
        ),
    ],
)
def test_an_incomplete_run_says_why(changes: dict[str, Any], reason: str) -> None:
    collection = sample().collection
    collection = replace(
        collection,
        scope=Scope(workspaces=changes.pop("named", ())),
        ended_at=changes.pop("ended_at", collection.ended_at),
    )
    gate = {"complete": False, "min_coverage": 0.5, "fail_on": Severity.HIGH}
    gate |= changes.pop("gate", {})
    tally = {(Severity.LOW, Status.UNKNOWN): 9, (Severity.HIGH, Status.FAIL): 9}
    known = {"tally": tally, "neighbourhoods": (), "seen": {WORKSPACE: 1}}
    report = replace(sample(), collection=collection, **(known | changes))
    assert shortfalls_of(replace(report, gate=replace(report.gate, **gate))) == reason
