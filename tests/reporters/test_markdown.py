"""A page for a job summary: the verdict, what was not seen, and never too long."""

import re
from datetime import timedelta

from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason, not_collected
from amlaudit.core.report import Override, Report
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.reporters.markdown import MarkdownOptions, stream
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    AT,
    PERMISSION,
    PROFILE,
    SUBSCRIPTION,
    UNREAD,
    VIEW,
    assert_golden,
    crowded,
    cut_off,
    empty,
    followed,
    hostile,
    report_of,
    sample,
    workspace,
)


def page(report: Report, most_kib: int = 900) -> str:
    return "".join(stream(report, MarkdownOptions(most_kib)))


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.md", page(followed()))


def test_verdict_and_doubt_stand_in_the_first_line() -> None:
    assert page(sample()).startswith("# ✖ amlaudit: FAIL, INCOMPLETE\n\n**Posture ")
    assert page(empty()).startswith("# ? amlaudit: INCOMPLETE\n")


def test_an_interrupted_collection_is_stated() -> None:
    assert "**The collection did not finish.**" in page(cut_off())


def test_a_run_gated_on_new_fails_says_so() -> None:
    report = sample()
    lenient = replace(report, gate=replace(report.gate, new_only=True))
    assert "only those new since the baseline" in page(lenient)
    assert "only those that are new" not in page(report)


def test_findings_that_azure_policy_disputes_are_listed() -> None:
    report = sample()
    (first, *_) = passing = [each for each in report.findings if each.verdict.status == "pass"]
    disputed = tuple(replace(each, policies=(VIEW,)) for each in passing)
    text = page(replace(report, findings=disputed))
    assert f"## Azure Policy disagrees on {len(passing)} finding" in text
    assert f"- {first.rule.id} {first.resource.name}: pass here, non-compliant there" in text
    assert "disagrees" not in page(report)


def test_long_lists_are_folded() -> None:
    told = page(crowded(60))
    assert "<details>\n<summary>40 more</summary>" in told
    assert "more in the HTML" not in told
    assert told.count("\n| high |") == 61  # one of them is a row of the counts


def test_the_page_ends_before_it_is_too_long_and_counts_what_is_missing() -> None:
    report = crowded(400)
    told = page(report, 30)
    assert len(told.encode()) <= 30 * 1024
    shown = told.count("| high | AML1201")
    assert 20 < shown < 400
    assert f"\n{400 - shown} more in the HTML, JSON and CSV reports.\n" in told
    assert told.count("<details>") == told.count("</details>") == 1


def test_the_first_fails_must_fit_too() -> None:
    report = crowded(40)
    long = tuple(
        replace(each, verdict=replace(each.verdict, message="漢" * 300)) for each in report.findings
    )
    told = page(replace(report, findings=long), 20)
    assert len(told.encode()) <= 20 * 1024
    shown = told.count("| high | AML1201")
    assert 0 < shown < 20
    assert f"\n{40 - shown} more in the HTML, JSON and CSV reports.\n" in told
    assert "<details>" not in told


def test_fails_that_were_left_out_are_counted_and_promised_nowhere() -> None:
    told = page(limited(sample(), [Status.UNKNOWN]))
    assert "## Fails: 7\n\nThey are left out of this report.\n" in told
    assert "more in the HTML" not in told


def test_parts_of_a_scope_that_are_missing_for_one_reason_are_one_line() -> None:
    types = [f"microsoft.a/t{each:02}" for each in range(30)]
    gaps = [not_collected(SUBSCRIPTION, each) for each in types]
    gaps += [Gap(f"{UNREAD}/g{each}", "b", Reason.TIMEOUT, "late") for each in range(25)]
    told = page(replace(sample(), gaps=tuple(gaps)))
    section = told.partition("## Not seen: 55 parts\n\n")[2].partition("\n\n")[0]
    first, *others = section.splitlines()
    assert first == f"- {', '.join(types[:8])} and 22 more of {SUBSCRIPTION} (not_collected)."
    assert len(others) == 20
    assert others[-1] == "- 6 more in the JSON report"


def test_a_deployment_reached_no_scope_and_says_what_it_is() -> None:
    report = empty()
    declared = replace(report.collection, is_deployment=True, reached=(), principal="")
    told = page(replace(report, collection=declared))
    assert "a deployment, judged by what it declares" in told
    assert "reached" not in told
    assert "1 scope reached" in page(report)


def test_unknown_verdicts_are_listed_by_their_cause() -> None:
    report = sample()
    told = page(report)
    section = told.partition(f"## Unknown: {report.count(Status.UNKNOWN)}\n\n")[2]
    causes = section.partition("\n\n")[0]
    assert "- The rule could not be evaluated: 4 verdicts of AML1303: rule AML1303" in causes
    assert f"- No permission to read, needs {PERMISSION}: " in causes
    left_out = page(limited(report, [Status.FAIL]))
    assert "## Unknown: 13\n\nThey are left out of this report.\n" in left_out
    closed = workspace("mlw-good", {"publicNetworkAccess": "Disabled"})
    assert "Unknown:" not in page(report_of((closed,), rules=RULES[1:2]))


def test_expiring_and_invalid_waivers_are_listed() -> None:
    owner = "ml-platform&#64;contoso.example"
    assert f"W-2 of AML1201, {owner}: expired, until 2026-03-31" in page(followed())
    assert "W-1 of" not in page(followed())
    late = replace(followed(), at=AT + timedelta(days=60))
    assert f"W-1 of AML1201, {owner}: active" in page(late)


def test_the_first_of_many_waivers_are_listed_and_the_rest_counted() -> None:
    report = followed()
    lapsed = report.waivers[1]
    told = page(replace(report, waivers=(lapsed,) * 25))
    assert told.count("- W-2 of AML1201") == 20
    assert "\n- 5 more in the JSON report\n" in told


def test_the_required_coverage_is_never_rounded_down() -> None:
    report = sample()
    gate = replace(report.gate, min_coverage=0.955)
    assert ", 96 % coverage required" in page(replace(report, gate=gate))


def test_what_the_profile_switches_off_is_listed() -> None:
    told = page(followed())
    section = told[told.index("## Rules that the profile switches off") :]
    title = f"{PROFILE.disabled[0].rule.id} {PROFILE.disabled[0].rule.title}"
    assert f"- {title} (its review is overdue): No registry is used." in section
    off = Override("dev", "AML1202", None, "Nothing of value is there")
    told = page(replace(followed(), profile=replace(PROFILE, disabled=(), overrides=(off,))))
    assert "- AML1202 in dev: Nothing of value is there." in told
    assert "switches off" not in page(sample())


def test_resources_of_one_name_are_told_apart() -> None:
    report = crowded(2)
    first, second = (each for each in report.findings if each.verdict.status is Status.FAIL)
    there = first.resource.id.replace("0001/", "0009/")
    twin = replace(second, resource=replace(first.resource, id=there))
    told = page(replace(report, findings=(first, twin)))
    for each in (first.resource.id, there):
        assert f"| mlw-00000, rg-ml of {each.split('/')[2]} |" in told
    assert "| mlw-00000 |" in page(report)


def test_waived_fails_are_not_listed_as_open() -> None:
    assert page(followed()).count("AML1201") == page(sample()).count("AML1201")
    assert "## Fails: 7" in page(sample())
    assert "## Fails: 6" in page(followed())


def test_texts_from_the_cloud_never_become_markup() -> None:
    told = page(hostile())
    assert not re.search(r"<(?!/?details>|/?summary>)", told.replace("\\<", ""))
    assert not re.search(r"(?<!\\)\[free money|(?<!\\)!\\?\[x", told)


def test_nobody_is_mentioned() -> None:
    name = "@contoso/platform"
    told = page(report_of((workspace("w", {}, name=name),)))
    assert "\uff20contoso/platform" in told
    assert "@contoso" not in told
