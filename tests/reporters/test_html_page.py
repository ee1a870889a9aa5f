"""The HTML report: one safe file that says everything, starting with what is unknown."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

import pytest
from msgspec.structs import replace

from amlaudit.core.commands import command_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Gate, Outcome, Report, ResourceRef, Score
from amlaudit.core.rule import Fix, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Seen, Status
from amlaudit.reporters import words
from amlaudit.reporters.html import render
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    AT,
    PERMISSION,
    SUBSCRIPTION,
    UNREAD,
    crowded,
    cut_off,
    empty,
    followed,
    hostile,
    report_of,
    sample,
    workspace,
)

SAMPLES: Final = (sample, empty, cut_off, hostile)
VOID: Final = frozenset({"meta", "input", "use"})
FOR_SCRIPT: Final = {"theme", "trouble", "explorer", "detail", "switch", "choose"}
VIEWS: Final = (
    *("summary", "findings", "controls", "resources", "topology", "checklist", "exceptions"),
    *("coverage", "about"),
)


class Page(HTMLParser):
    """A page as seen by a parser: its elements, its texts, and their order.

    Attributes:
        elements: Tag and attributes of every element.
        text: The text outside of style and script, whitespace collapsed.
        raw: Contents of the style and script elements, by tag.
    """

    def __init__(self, report: Report) -> None:
        """Render and parse a report."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.raw: dict[str, str] = {}
        self.open: list[str] = []
        self._pieces: list[str] = []
        self.feed(render(report))
        self.close()
        self.text = " ".join(" ".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID and not str(self.get_starttag_text()).endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an empty element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Record a text."""
        if self.open and self.open[-1] in ("style", "script"):
            self.raw[self.open[-1]] = data  # the last script is the one that runs
        else:
            self._pieces.append(data)

    def having(self, **wanted: str) -> list[tuple[str, dict[str, str]]]:
        """Return the elements that have all of these attributes; `cls` is a word of the class."""
        cls = wanted.pop("cls", "")
        return [
            (tag, attrs)
            for tag, attrs in self.elements
            if (not cls or cls in attrs.get("class", "").split())
            and wanted.items() <= attrs.items()
        ]

    def values(self, attribute: str) -> list[str]:
        """Return every value of an attribute."""
        return [attrs[attribute] for _, attrs in self.elements if attribute in attrs]


def with_gate(report: Report, score: Score, outcome: Outcome, **gate: object) -> Report:
    """Return the report with another outcome."""
    made = Gate(Severity.HIGH, 0.95, outcome, complete=score.coverage >= 0.95)
    return replace(report, score=score, gate=replace(made, **gate))


def judging(**of_rule: object) -> Report:
    """Return a report on one workspace by one failing rule, with some fields replaced."""
    rule = replace(RULES[1], **of_rule)
    return report_of((workspace("mlw-fraud", {}),), rules=(rule,))


@pytest.mark.parametrize("make", SAMPLES)
def test_equal_reports_give_equal_pages(make: Callable[[], Report]) -> None:
    assert render(make()) == render(make())


@pytest.mark.parametrize("make", SAMPLES)
def test_every_element_is_closed_and_every_id_is_unique(make: Callable[[], Report]) -> None:
    page = Page(make())
    assert page.open == []
    assert [key for key, times in Counter(page.values("id")).items() if times > 1] == []
    targets = {each[1:] for each in page.values("href") if each.startswith("#")}
    assert targets <= set(page.values("id"))


@pytest.mark.parametrize("make", SAMPLES)
def test_page_loads_nothing_and_runs_nothing_inline(make: Callable[[], Report]) -> None:
    page = Page(make())
    for tag, attrs in page.elements:
        assert not any(name == "style" or name.startswith("on") for name in attrs)
        assert not attrs.keys() & {"src", "srcset", "action", "data", "poster"}
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        if tag == "a" and not attrs["href"].startswith("#"):
            assert attrs["href"].startswith("https://")
            assert attrs["rel"] == "noopener"


@pytest.mark.parametrize("make", SAMPLES)
def test_policy_allows_exactly_the_style_and_the_script_of_the_page(
    make: Callable[[], Report],
) -> None:
    page = Page(make())
    running = [attrs for tag, attrs in page.elements if tag == "script" and "type" not in attrs]
    assert ([tag for tag, _ in page.elements].count("style"), len(running)) == (1, 1)
    hashes = {
        tag: b64encode(sha256(text.encode()).digest()).decode() for tag, text in page.raw.items()
    }
    ((_, policy),) = page.having(**{"http-equiv": "Content-Security-Policy"})
    assert policy["content"] == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; "
        f"style-src 'sha256-{hashes['style']}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_script_is_small_enough_to_be_read() -> None:
    assert len(Page(sample()).raw["script"].encode()) <= 60_000


@pytest.mark.parametrize("make", SAMPLES)
def test_only_what_needs_script_waits_for_script(make: Callable[[], Report]) -> None:
    hidden = {attrs["id"] for _, attrs in Page(make()).elements if "hidden" in attrs}
    assert {"theme"} <= hidden <= FOR_SCRIPT


@pytest.mark.parametrize("make", SAMPLES)
def test_every_view_has_a_tab(make: Callable[[], Report]) -> None:
    page = Page(make())
    assert tuple(attrs["id"] for _, attrs in page.having(cls="view")) == VIEWS
    tabs = [each for each in page.values("id") if each.startswith("tab-")]
    assert tabs == [f"tab-{view}" for view in VIEWS]


def test_verdict_comes_first_with_posture_beside_coverage() -> None:
    report = with_gate(sample(), Score(0.714, 0.772, 0.958), Outcome.FAIL, complete=False)
    text = Page(report).text
    assert "Verdict: FAIL INCOMPLETE" in text
    assert "Posture 71\N{EN DASH}78 %" in text.partition("Coverage 95 % 95 % needed")[0]
    order = ("Verdict:", "What we could not see", "Results", "Top risks", "Where it fails")
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_below_the_coverage_needed_incomplete_replaces_the_posture() -> None:
    report = with_gate(sample(), Score(0.4, 0.92, 0.48), Outcome.INCOMPLETE)
    text = Page(report).text
    assert "Posture INCOMPLETE somewhere in 40\N{EN DASH}92 % Coverage 48 % 95 % needed" in text
    assert "Coverage is below the 95 % that a complete run needs." in text


def test_a_pass_shows_its_evidence() -> None:
    closed = workspace("mlw-fraud", {"publicNetworkAccess": "Disabled"})
    text = Page(report_of((closed,), rules=RULES[1:2])).text
    assert "Verdict: PASS Nothing rated high or worse fails" in text
    assert "Nothing was left unread Everything that the rules needed was read" in text
    assert "What we could not see" not in text
    assert "Top risks No rule fails." in text


def test_run_that_never_fails_says_so() -> None:
    report = with_gate(sample(), Score(0, 0.9, 1), Outcome.PASS, fail_on=None)
    text = Page(report).text
    assert "This run is set never to fail, whatever it finds." in text
    assert "Nothing (fail_on is never)" in text


def test_blind_spots_name_reason_permission_place_and_rules() -> None:
    text = Page(sample()).text
    box = text[text.index("What we could not see") : text.index("Results Number of findings")]
    assert f"No permission to read Missing {PERMISSION} Where" in box
    assert UNREAD.rpartition("/")[2] in box
    assert "AML1201" in box
    assert "What 429 after 5 tries" in box
    assert "rule AML1303 crashed: ZeroDivisionError" in box


def test_gap_that_blinds_no_rule_is_shown_all_the_same() -> None:
    gap = Gap(SUBSCRIPTION, "microsoft.batch/batchaccounts", Reason.STALE, "41 days old")
    closed = workspace("mlw-fraud", {"publicNetworkAccess": "Disabled"})
    text = Page(report_of((closed,), missing=(gap,), rules=RULES[1:2])).text
    assert "Too old to answer What 41 days old" in text
    assert "no rule of this run" in text


def test_an_interrupted_collection_is_prominent() -> None:
    page = Page(cut_off())
    assert page.having(cls="alarm")
    assert "The collection was cut short." in page.text
    assert "no end: the collection was cut short" in page.text
    assert not Page(sample()).having(cls="alarm")


def test_empty_states_have_a_message() -> None:
    text = Page(replace(empty(), rules=(), packs=(), seen={})).text
    for words_of_it in (
        "Nothing was judged: no rule had a resource to look at.",
        "No Azure Machine Learning workspace was read",
        "There are no findings: no rule had a resource to look at.",
        "No rule was evaluated.",
        "No gap was recorded",
        "No resource was read.",
    ):
        assert words_of_it in text


def test_rule_that_judged_nothing_says_so() -> None:
    text = Page(empty()).text
    assert text.count("Nothing to judge: no microsoft.") == len(RULES)


def test_hostile_text_becomes_text() -> None:
    sanitised, harmed = Page(sample()), Page(hostile())
    assert {tag for tag, _ in harmed.elements} <= {tag for tag, _ in sanitised.elements}
    assert "</script><img src=x onerror=alert(1)>" in harmed.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", harmed.text)
    assert "⟨U+202E⟩txt.exe" in harmed.text
    assert "nul␀ escape␛[31m" in harmed.text
    render(hostile()).encode()


def test_names_in_a_command_are_quoted() -> None:
    ref = ResourceRef("/subscriptions/s/resourcegroups/r (x)/providers/a/b/$(id)", "a/b", "x")
    rule = replace(RULES[1], fix=Fix("az {name} {group} {{id}}"))
    finding = replace(next(iter(sample().findings)), rule=rule, resource=ref)
    assert command_of(finding) == f"az '$(id)' 'r (x)' {{'{ref.id}'}}"


def test_fails_are_listed_for_readers_without_script() -> None:
    report = crowded(201)
    text = Page(report).text
    assert "The first 200 fails of 201" in text
    assert "Scripts are disabled." in text
    assert "The JSON report of the same scan" in text


def test_excess_gaps_are_counted_not_lost() -> None:
    gaps = tuple(Gap(SUBSCRIPTION, f"part-{n}", Reason.STALE, f"gap {n}") for n in range(2_001))
    text = Page(replace(sample(), gaps=gaps)).text
    assert "1 gap left out here. This page lists 2,000 of 2,001 gaps." in text
    assert "and 1,999 others" in text


def test_counts_by_severity_and_status_add_up() -> None:
    report = sample()
    page = Page(report)
    matrix = page.text[page.text.index("Number of findings by") :].partition("Manual findings")[0]
    totals = matrix.rpartition("All ")[2].split()
    statuses = Counter(each.verdict.status for each in report.findings)
    expected = [*(statuses[each] for each in words.STATUSES), len(report.findings)]
    assert [int(each) for each in totals] == expected


def test_about_names_everything_that_the_scan_rests_on() -> None:
    report = sample()
    about = Page(report).text.rpartition("About this scan")[2]
    how = report.collection
    for part in (*how.sources, *how.reached, how.principal, how.tenant, report.packs[0].sha256):
        assert part in about
    assert "Any fail rated high or worse (fail_on)" in about
    scope = replace(how.scope, tenant="contoso.example", excluded=("ML Sandbox",))
    narrowed = Page(replace(report, collection=replace(how, scope=scope))).text
    assert "Left out: ML Sandbox" in narrowed
    assert "Tenant: contoso.example" in narrowed
    assert f"amlaudit {report.version}" in about
    assert "API versions 2025-12-01" in about


@pytest.mark.parametrize(
    ("low", "high", "spelled"),
    [
        (0.714, 0.772, "71\N{EN DASH}78 %"),
        (0.999, 0.999, "99 %"),
        (0.29, 0.29, "29 %"),
        (0.0, 1.0, "0\N{EN DASH}100 %"),
        (0.501, 0.509, "50\N{EN DASH}51 %"),
        (1.0, 1.0, "100 %"),
    ],
)
def test_interval_is_rounded_so_that_it_never_flatters(
    low: float, high: float, spelled: str
) -> None:
    assert words.interval_of(Score(low, high, 1.0)) == spelled


def nested(depth: int) -> object:
    """Return a list nested to the given depth."""
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Enabled", '"Enabled"'),
        (True, "true"),
        ({"b": 1, "a": [None]}, '{"a": [null], "b": 1}'),
        (float("inf"), "Infinity"),
        (AT, f'"{AT}"'),
        ("x" * 2_010, '"' + "x" * 1_999 + "… (12 more characters, in full in the JSON report)"),
        (nested(100_000), "… (nested too deeply to show)"),
    ],
    ids=["string", "boolean", "object", "infinity", "not JSON", "long", "deep"],
)
def test_every_observed_value_can_be_shown(value: object, text: str) -> None:
    assert words.value_of(value) == text


STORAGE = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.storage"
NETWORK = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.network"


@pytest.mark.parametrize(
    ("resource_id", "context"),
    [
        ("/", ""),
        (SUBSCRIPTION, "subscription"),
        (f"{SUBSCRIPTION}/resourcegroups/rg", "resource group"),
        (f"{SUBSCRIPTION}/resourcegroups/rg/providers/a.b/things/x", "thing in rg"),
        (f"{SUBSCRIPTION}/providers/a.b/things/x", "thing"),
        (f"{STORAGE}/storageaccounts/st", "storage account in rg"),
        (f"{NETWORK}/publicipaddresses/pip", "public IP address in rg"),
        (f"{NETWORK}/privatednszones/a.b", "private DNS zone in rg"),
        (f"{NETWORK}/firewallpolicies/afwp", "firewall policy in rg"),
        (f"{SUBSCRIPTION}/resourcegroups/rg/odd", "in rg"),
        ("/providers/microsoft.management/managementgroups/mg", "management group"),
    ],
)
def test_context_explains_an_id(resource_id: str, context: str) -> None:
    assert words.context_of(resource_id) == context


def test_every_status_and_reason_has_a_word() -> None:
    assert set(words.STATUSES) == set(Status)
    assert set(words.REASONS) == {*Reason, None}
    assert set(words.SEEN) == set(Seen)


def test_a_verdict_based_on_new_fails_says_so() -> None:
    report = followed()
    every = replace(report, gate=replace(report.gate, new_only=False))
    lenient = replace(report, gate=replace(report.gate, new_only=True))
    assert "that are new since the baseline fail this run" in Page(lenient).text
    assert "Only fails that are new since last.json count for this verdict;" in Page(lenient).text
    assert "Any fail rated high or worse, if it is new since the baseline" in Page(lenient).text
    assert "count for this verdict" not in Page(every).text


def test_waived_fails_are_not_said_to_fail_the_run() -> None:
    report = sample()
    waived = replace(report, waived={Severity.HIGH: 1})
    counted = re.search(r"(\d+) findings? rated high or worse fails? this run", Page(report).text)
    fewer = re.search(
        r"(\d+) findings? rated high or worse without a waiver fails? this run", Page(waived).text
    )
    assert counted
    assert fewer
    assert int(fewer[1]) == int(counted[1]) - 1


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (("gone",), "A workspace that was asked for was not found, and not judged: gone."),
        (
            ("gone", "<b>"),
            "Workspaces that were asked for were not found, and not judged: gone, <b>.",
        ),
    ],
)
def test_a_named_workspace_that_was_not_found_is_told_on_the_first_screen(
    named: tuple[str, ...], sentence: str
) -> None:
    report = empty()
    scope = Scope(workspaces=named)
    report = replace(
        report,
        neighbourhoods=(),
        seen={WORKSPACE: 1},
        collection=replace(report.collection, scope=scope),
    )
    text = Page(report).text
    assert sentence in text
    assert f"{', '.join(named)}: a name may be wrong" in text
    assert "Nothing was left unread" not in text
