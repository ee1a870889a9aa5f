"""The HTML report in a real browser: everything that its script does, used as readers would."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from amlaudit.cli.report_checklist import with_checklist
from amlaudit.core.checklist import AnswerState
from amlaudit.core.commands import command_of
from amlaudit.core.report import Report
from amlaudit.reporters.html import render
from amlaudit.rulebook.answer_reader import read_answers
from tests.reporters.chromium import PROGRAM, Tab, chromium
from tests.reporters.samples import crowded, hostile, sample

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")


def large() -> Report:
    """Return a report with 50,000 findings, each with its own message, on 10,000 computes."""
    report = crowded(1)
    finding = next(iter(report.findings))
    workspace = finding.resource.id
    findings = tuple(
        replace(
            finding,
            resource=replace(
                finding.resource,
                id=f"{workspace}-{number % 100}/computes/node-{number % 10_000:05}",
                name=f"node-{number % 10_000:05}",
            ),
            subject_key=str(number),
            verdict=replace(finding.verdict, message=f"publicNetworkAccess of {number} is on"),
        )
        for number in range(50_000)
    )
    return replace(report, findings=findings, neighbourhoods=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, report in (("sample", sample()), ("hostile", hostile()), ("large", large())):
        (made / f"{name}.html").write_text(render(report), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    browser.requests.clear()
    browser.complaints.clear()
    browser.look(1_400, 900, prefers_color_scheme="light")
    yield browser
    assert browser.requests == []
    assert browser.complaints == []


@pytest.fixture
def page(tab: Tab, folder: Path) -> Tab:
    tab.open(folder / "sample.html")
    return tab


def shown(tab: Tab) -> str:
    """Return the id of the visible view."""
    return str(tab.run("[...document.querySelectorAll('.view')].find((each) => !each.hidden).id"))


def rows(tab: Tab) -> int:
    """Return the number of rows that the list announces."""
    return int(tab.run("document.getElementById('list').getAttribute('aria-rowcount')"))


def address(tab: Tab) -> str:
    """Return the fragment of the URL."""
    return str(tab.run("location.hash"))


def test_summary_is_seen_first_and_tabs_lead_on(page: Tab) -> None:
    assert shown(page) == "summary"
    page.click("#tab-coverage")
    page.wait("!document.getElementById('coverage').hidden")
    assert shown(page) == "coverage"


def test_search_and_facets_filter_the_list_and_are_kept_in_the_url(page: Tab) -> None:
    page.click("#tab-findings")
    page.wait("document.querySelector('.row')")
    total = rows(page)
    page.run("document.getElementById('search').focus()")
    page.type("mlw-fraud")
    page.wait(f"Number(document.getElementById('list').getAttribute('aria-rowcount')) < {total}")
    found = rows(page)
    page.click("#value-status-0")
    assert rows(page) < found
    assert "q=mlw-fraud" in address(page)
    assert "status=fail" in address(page)
    assert "of" in page.text("#counted")
    page.click(".chip.clear-all")
    assert rows(page) == total


def test_counts_beside_a_value_are_what_choosing_it_leaves(page: Tab) -> None:
    page.click("#tab-findings")
    page.wait("document.querySelector('.row')")
    label = page.run("document.querySelector('#value-severity-1').closest('label').innerText")
    count = int(re.findall(r"\d+", label)[-1])
    page.click("#value-severity-1")
    assert rows(page) == count


def test_groups_fold(page: Tab, folder: Path) -> None:
    page.open(folder / "sample.html", "#findings?group=rule")
    total = rows(page)
    assert page.run("document.querySelector('.row').classList.contains('head')")
    page.click(".row.head")
    assert rows(page) < total


def test_a_finding_opens_with_its_evidence_and_its_fix(page: Tab, folder: Path) -> None:
    page.open(folder / "sample.html", "#findings?rule=AML1201&status=fail")
    page.click(".row")
    page.wait("!document.getElementById('detail').hidden")
    told = page.text("#detail")
    for part in (
        "The workspace refuses public network access",
        "properties.publicNetworkAccess",
        "Disabled",
        '"Enabled" (absent, Azure\'s default applies)',
        "A door that stands open",
        "az ml workspace update --name mlw-fraud --resource-group rg-ml --file closed.yml",
        "NIST SP 800-53 r5: AC-3, SC-7(3)",
        "API version 2025-12-01, read 2026-01-15 06:12:30 UTC",
    ):
        assert part in told
    assert page.text("#detail-title + p") == "mlw-fraud"  # the workspace itself, named once
    link = address(page)
    page.open(folder / "sample.html", link)
    page.wait("!document.getElementById('detail').hidden")
    assert page.text("#detail-title") == "The workspace refuses public network access"


def test_a_command_holds_names_as_they_are_whatever_surrounds_them(tab: Tab, folder: Path) -> None:
    command = (
        "az rest --url \"{id}?v\" --name {name}  # of {name}\naz group show -n '{group}'\n"
        "az x --workspace-name <workspace> --endpoint-name <endpoint> --rule <rule>"
    )
    report = crowded(1)
    (finding, *_) = report.findings
    workspace = finding.resource.id.replace("/rg-ml/", "/rg(ml)'s/")
    resource = replace(finding.resource, id=f"{workspace}/onlineendpoints/e(1)/deployments/blue")
    rule = replace(finding.rule, fix=replace(finding.rule.fix, command=command))
    odd = replace(finding, resource=resource, rule=rule)
    only = replace(report, findings=(odd,), rules=(rule,), neighbourhoods=())
    (folder / "odd.html").write_text(render(only), encoding="utf-8")
    tab.open(folder / "odd.html", "#findings")
    tab.click(".row")
    tab.wait("!document.getElementById('detail').hidden")
    assert tab.run("document.querySelector('#detail pre').textContent") == command_of(odd)


def test_a_summary_link_shows_the_findings_that_it_counts(page: Tab) -> None:
    link = "td.count.fail a[data-filter='severity=high&status=fail']"
    count = int(page.text(link))
    page.click(link)
    page.wait("!document.getElementById('findings').hidden")
    assert rows(page) == count


def test_filters_are_still_there_after_a_look_at_another_view(page: Tab, folder: Path) -> None:
    page.open(folder / "sample.html", "#findings?status=fail")
    found = rows(page)
    for tab in ("coverage", "findings"):
        page.click(f"#tab-{tab}")
        page.wait(f"!document.getElementById('{tab}').hidden")
    assert rows(page) == found
    assert "status=fail" in address(page)


def test_a_mistyped_address_shows_the_summary(page: Tab, folder: Path) -> None:
    page.open(folder / "sample.html", "#%E0%A4%A")
    assert shown(page) == "summary"


def test_everything_can_be_done_with_the_keyboard(page: Tab) -> None:
    page.run("document.getElementById('tab-summary').focus()")
    page.press("ArrowRight")
    page.wait("!document.getElementById('findings').hidden")
    page.press("/")
    page.wait("document.activeElement.id === 'search'")
    page.run("document.getElementById('list').focus()")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        page.press(key)
    marked = "document.getElementById('list').getAttribute('aria-activedescendant')"
    assert page.run(marked) == "line-1"
    page.press("Enter")
    page.wait("document.activeElement.id === 'detail-title'")
    page.press("Escape")
    assert page.run("document.activeElement.id") == "list"
    page.press("End")
    assert page.run(marked) == f"line-{rows(page) - 1}"


def test_the_theme_follows_the_system_until_the_reader_chooses(page: Tab, folder: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    page.look(1_400, 900, prefers_color_scheme="dark")
    page.open(folder / "sample.html")
    dark = page.run(ground)
    assert dark != light
    page.click("#theme")
    assert page.run(ground) == light


def test_frameworks_show_what_no_rule_covers(page: Tab, folder: Path) -> None:
    page.open(folder / "sample.html", "#controls")
    page.run(
        "document.getElementById('framework').value = 'mcsb';"
        "document.getElementById('framework').dispatchEvent(new Event('change'))"
    )
    told = page.text("#controls")
    assert "not covered by this tool" in told
    assert "NS-2" in told


def test_answers_given_in_the_page_are_a_file_that_the_checklist_reads(
    tab: Tab, tmp_path: Path
) -> None:
    report = with_checklist(sample())
    assert report.checklist
    report = replace(report, checklist=replace(report.checklist, workspace="mlw-fraud"))
    (tmp_path / "page.html").write_text(render(report), encoding="utf-8")
    tab.open(tmp_path / "page.html", "#checklist")
    tab.run(
        "window.saved = new Promise((done) => {"
        "  URL.createObjectURL = (blob) => { done(blob.text()); return '#checklist'; }; }); 0"
    )
    first = "document.querySelector('.question')"
    tab.run(f"{first}.closest('details').open = true")
    for name, value in (("answer", "yes"), ("text", "a list of the parts")):
        tab.run(
            f"(() => {{ const it = {first}.querySelector('[name={name}]'); it.value = '{value}';"
            "it.dispatchEvent(new Event('change', { bubbles: true })); })()"
        )
    tab.click("#save-answers")
    assert "Say who answers first." in tab.text("#saved")
    tab.run("document.getElementById('answerer').value = 'Ada'")
    tab.click("#save-answers")
    assert report.checklist
    questions = {
        each.question.id: each.question
        for item in report.checklist.items
        for each in item.questions
    }
    path = tmp_path / "answers.json"
    path.write_text(tab.run("window.saved"), encoding="utf-8")
    answers = read_answers(path, questions)
    (answer,) = answers.given.values()
    assert (answer.state, answer.text) == (AnswerState.YES, "a list of the parts")
    assert (answer.answered_by, answer.scan_id) == ("Ada", report.checklist.scan_id)


def test_paper_has_every_view_and_the_findings(page: Tab) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    page.run("dispatchEvent(new Event('beforeprint'))")
    told = page.text("main")
    for part in ("Top risks", "Rule\tSeverity", "Attestation", "How far each scope was read"):
        assert part in told
    assert "What was found" in page.text("#print-list")
    page.run("dispatchEvent(new Event('afterprint'))")
    page.call("Emulation.setEmulatedMedia", media="")
    assert page.paper().startswith(b"%PDF")


def test_hostile_names_are_text(tab: Tab, folder: Path) -> None:
    tab.open(folder / "hostile.html", "#findings?status=fail")
    tab.click(".row")
    tab.wait("!document.getElementById('detail').hidden")
    assert tab.run("document.querySelectorAll('main img, main iframe').length") == 0
    tab.open(folder / "hostile.html", "#resources")
    assert "<img src=x onerror=alert(1)>" in tab.text("#resources")


def test_a_phone_shows_all_of_it_without_scrolling_sideways(page: Tab, folder: Path) -> None:
    page.look(400, 800, prefers_color_scheme="light")
    for view in ("summary", "findings", "resources", "topology", "coverage", "about"):
        page.open(folder / "sample.html", f"#{view}")
        assert page.run("document.documentElement.scrollWidth") <= 400, view


HEADINGS_AND_COUNTS = """(() => {
  const right = (cell) => {
    const text = document.createRange();
    text.selectNodeContents(cell);
    return text.getBoundingClientRect().right;
  };
  const ends = (cells) => [...document.querySelectorAll(cells)].map(right);
  return [ends('.matrix thead .count'), ends('.matrix tbody tr:first-child .count')];
})()"""


def test_on_a_phone_headings_stand_above_their_counts(page: Tab, folder: Path) -> None:
    page.look(400, 800, prefers_color_scheme="light")
    page.open(folder / "sample.html", "#summary")
    headings, counts = page.run(HEADINGS_AND_COUNTS)
    assert len(headings) == len(counts) == 6
    assert all(0 <= count - heading < 12 for heading, count in zip(headings, counts, strict=True))


def test_fifty_thousand_findings_load_in_time(tab: Tab, folder: Path) -> None:
    assert (folder / "large.html").stat().st_size <= 8_000_000
    tab.open(folder / "large.html", "#findings")
    before = tab.busy()  # CPU time, because the machine may also be busy with something else
    tab.open(folder / "large.html", "#findings")
    assert 0.05 < tab.busy() - before <= 2.0
    assert rows(tab) == 50_000
    assert tab.run("document.querySelectorAll('.row').length") < 60
    for words, found in (("node-0001", 50), ("node-0002", 50)):
        before = tab.busy()
        tab.run(f"location.hash = '#findings?q={words}'")
        tab.wait(f"document.getElementById('list').getAttribute('aria-rowcount') === '{found}'")
    assert tab.busy() - before <= 0.1
