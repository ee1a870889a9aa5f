"""Stand-ins for what a report names."""

from dataclasses import replace

from amlaudit.core.scope import Scope
from amlaudit.engine.masking import Mask, masked
from tests.reporters.samples import sample


def test_names_that_were_asked_for_and_people_in_messages_have_stand_ins() -> None:
    report = sample()
    first = next(iter(report.findings))
    told = first.verdict._replace(message="ask ann@contoso.example about ML-Production")
    report = replace(
        report,
        findings=(first._replace(verdict=told),),
        collection=replace(report.collection, scope=Scope(subscriptions=("ML-Production",))),
    )
    hidden = masked(report, Mask.ALL)
    (finding,) = hidden.report.findings
    (asked,) = hidden.report.collection.scope.subscriptions
    assert finding.verdict.message == f"ask person-1@masked.example about {asked}"
    assert asked not in ("", "ML-Production")
    assert finding.rule is first.rule
    assert hidden.count >= 2
