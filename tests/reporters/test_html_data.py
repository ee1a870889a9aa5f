"""What the HTML report embeds for its script: each finding once, equal reports as equal bytes."""

import gzip
import json
from base64 import b64decode
from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.history import Change
from amlaudit.core.report import Report
from amlaudit.core.verdict import Evidence, Seen, Status
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.reporters import words
from amlaudit.reporters.html.belonging import belonging
from amlaudit.reporters.html.embedded import Embedded, embed
from amlaudit.reporters.html.links import is_https, portal_of
from amlaudit.reporters.html.packing import packed
from tests.reporters.samples import AT, HOSTILE, SUBSCRIPTION, crowded, hostile, sample

WAIVER = Waiver(
    "W-014", "AML1201", "*", "*", WaiverKind.PLANNED_FIX, "soon", "ml@a.example", date(2026, 2, 1)
)


def unpacked(text: str) -> Any:
    """Return the unpacked value."""
    return json.loads(gzip.decompress(b64decode(text)))


def embedded(report: Report, most: int = 100_000) -> Embedded:
    """Return the embedded data of a report."""
    counts = Counter(each.verdict.status for each in report.findings)
    return embed(report, counts, belonging(report), most)


def test_equal_reports_embed_equal_bytes() -> None:
    assert embedded(sample()) == embedded(sample())


def test_packed_bytes_do_not_depend_on_the_time() -> None:
    assert b64decode(packed([]))[4:8] == bytes(4)


def test_every_finding_is_included_in_report_order() -> None:
    report = sample()
    data = unpacked(embedded(report).data)
    columns = data["findings"]
    statuses = [key for key, _ in data["words"]["statuses"]]
    told = [
        (
            data["rules"][rule]["id"],
            data["resources"]["id"][resource],
            statuses[status],
            data["texts"][text],
        )
        for rule, resource, status, text in zip(
            *(columns[name] for name in ("rule", "resource", "status", "text")), strict=True
        )
    ]
    assert told == [
        (each.rule.id, each.resource.id, each.verdict.status, each.verdict.message)
        for each in report.findings
    ]


def test_texts_are_stored_once() -> None:
    data = unpacked(embedded(crowded(50)).data)
    assert len(data["texts"]) == len(set(data["texts"])) < 5
    assert len(data["resources"]["id"]) == len(set(data["resources"]["id"]))


def test_a_finding_carries_its_waiver_its_change_and_since_when() -> None:
    report = crowded(1)
    finding = replace(next(iter(report.findings)), waiver=WAIVER, change=Change.NEW, first_seen=AT)
    data = unpacked(embedded(replace(report, findings=(finding,))).data)
    (waiver,) = data["waivers"]
    assert (waiver["id"], waiver["kind"], waiver["expires"]) == (
        *("W-014", "Fix is planned"),
        "2026-02-01",
    )
    assert data["findings"]["change"] == [list(Change).index(Change.NEW)]
    assert data["texts"][data["findings"]["since"][0]] == "2026-01-15 06:30:00"


def test_evidence_states_expected_observed_and_source() -> None:
    report = crowded(1)
    (part,) = map(unpacked, embedded(report).evidence)
    ((look,), *_) = part["rows"]
    resource, path, expected, observed, seen, origin = look
    texts = part["texts"]
    finding = next(iter(report.findings))
    assert texts[resource] == finding.resource.id
    assert texts[path] == "properties.publicNetworkAccess"
    assert (texts[expected], texts[observed]) == ("Disabled", '"Enabled"')
    assert list(Seen)[seen] is Seen.DEFAULT
    source, version, moment = part["origins"][origin]
    assert (texts[source], version, moment) == (
        *(f"GET {finding.resource.id}", "2025-12-01"),
        "2026-01-15 06:12:30",
    )
    assert part["ids"][0] == finding.id


def test_nothing_observed_is_not_an_observed_null() -> None:
    report = crowded(1)
    finding = next(iter(report.findings))
    looks = (
        Evidence(SUBSCRIPTION, "tags", "", None, Seen.ABSENT),
        Evidence(SUBSCRIPTION, "tags", "", None, Seen.PRESENT),
    )
    finding = replace(finding, verdict=replace(finding.verdict, looks=looks))
    (part,) = map(unpacked, embedded(replace(report, findings=(finding,))).evidence)
    nothing, null = part["rows"][0]
    assert nothing[3] == -1
    assert part["texts"][null[3]] == "null"


def test_evidence_beyond_what_the_page_shows_is_counted() -> None:
    report = crowded(1)
    finding = next(iter(report.findings))
    looks = tuple(Evidence(SUBSCRIPTION, f"a{n}", "", "x" * 1_000, Seen.PRESENT) for n in range(15))
    finding = replace(finding, verdict=replace(finding.verdict, looks=looks))
    (part,) = map(unpacked, embedded(replace(report, findings=(finding,))).evidence)
    assert (len(part["rows"][0]), part["more"]) == (12, [3])
    assert "in full in the JSON report" in part["texts"][part["rows"][0][0][3]]


def test_evidence_is_split_into_parts() -> None:
    made = embedded(crowded(3_000))
    first, second = map(unpacked, made.evidence)
    assert unpacked(made.data)["part"] == len(first["ids"]) == 2_048
    assert len(second["ids"]) == 3_001 - 2_048


def test_fails_come_first_where_not_all_findings_have_room() -> None:
    report = sample()
    counts = Counter(each.verdict.status for each in report.findings)
    made = embedded(report, most=counts[Status.FAIL] + 1)
    data = unpacked(made.data)
    statuses = [list(words.STATUSES)[each] for each in data["findings"]["status"]]
    assert Counter(statuses) == {Status.FAIL: counts[Status.FAIL], Status.UNKNOWN: 1}
    assert made.left_out == counts - Counter(statuses)


def test_hostile_text_is_packed_so_that_no_parser_sees_it() -> None:
    made = embedded(hostile())
    for text in (made.data, *made.evidence):
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    names = unpacked(made.data)["resources"]["name"]
    assert HOSTILE[0] in names
    assert any("⟨U+202E⟩txt.exe" in each for each in names)


def test_a_resource_knows_the_workspaces_that_it_belongs_to() -> None:
    data = unpacked(embedded(sample()).data)
    names = [each["name"] for each in data["workspaces"]]
    around = dict(zip(data["resources"]["name"], data["resources"]["workspaces"], strict=True))
    assert [names[each] for each in around["gpu-cluster"]] == ["mlw-fraud"]
    assert [names[each] for each in around["mlw-fraud"]] == ["mlw-fraud"]


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://learn.microsoft.com/azure/x?y=1#z", True),
        ("http://a.example/", False),
        ("javascript:alert(1)", False),
        ('https://a.example/"><script>', False),
        ("https://a.example/ onclick=x", False),
    ],
)
def test_only_https_is_linked_to(address: str, *, linked: bool) -> None:
    assert is_https(address) is linked


@pytest.mark.parametrize(
    ("source", "tenant", "portal"),
    [
        ("https://management.azure.com", "contoso.com", "https://portal.azure.com/#@contoso.com/resource"),
        ("https://management.usgovcloudapi.net/", "", "https://portal.azure.us/#@/resource"),
        ("https://management.azure.com", "a b", "https://portal.azure.com/#@/resource"),
        ("export.json", "contoso.com", ""),
    ],
)  # fmt: skip
def test_the_portal_is_that_of_the_cloud(source: str, tenant: str, portal: str) -> None:
    assert portal_of((source,), tenant) == portal
