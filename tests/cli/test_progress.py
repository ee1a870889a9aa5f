"""Progress on stderr: bars on a terminal, a line per subscription in a log, nothing if quiet."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from amlaudit.cli.messages import counted
from amlaudit.cli.progress import Account, Bars, Lines, bars, shown
from amlaudit.scanners.events import (
    Closed,
    Event,
    Noticed,
    Planned,
    Reached,
    Read,
    Signed,
    Waiting,
)

SCOPE = "/subscriptions/s"
STORY: list[Event] = [
    Signed("user 1", "t"),
    Reached({SCOPE: "ML Production"}, 90),
    Planned("compute", 2),
    Read("compute", SCOPE, 3, 0),
    Waiting(SCOPE, 30, throttled=True),
    Waiting("graph", 2, throttled=False),
    Noticed("the clock is [red]wrong[/red]"),
    Read("compute", SCOPE, 1, 1),
    Closed(SCOPE, 57, 1),
]


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock that is printed, and no other."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("amlaudit.cli.progress.time", stopped)


def test_a_log_has_one_line_for_each_scope(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(quiet=False) as tell:
        for event in STORY:
            tell(event)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "Signed in as user 1 in tenant t",
        "Reading 1 subscription, for at most 90 s",
        "Note: the clock is [red]wrong[/red]",
        "ML Production: 57 resources, 1 gap (0 s)",
        "Azure asked to wait 1 time, 30 s in all",
        "Read in 0 s: compute 1/2 ⚠",
    ]


def test_what_came_of_each_scanner_fits_the_line() -> None:
    account = Account()
    for name in ("workspace", "compute", "endpoints", "monitoring", "keyvault"):
        account.take(Planned(name, 100))
        for at in range(100):
            account.take(Read(name, SCOPE, 1, missed=int(name == "endpoints" and at == 0)))
    assert list(account.lines(60)) == [
        "Read in 0 s: compute 100/100 · endpoints 99/100 ⚠ ·",
        "  keyvault 100/100 · monitoring 100/100 · workspace 100/100",
    ]


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(quiet=True) as tell:
        for event in STORY:
            tell(event)
    assert capsys.readouterr() == ("", "")


def test_without_reads_no_progress_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(quiet=False):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_for_each_scanner() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with bars(console) as progress:
        shown_bars = Bars(progress)
        for event in STORY[:-3]:
            shown_bars.tell(event)
        progress.refresh()
        waiting = screen.getvalue()
        for event in STORY[-3:]:
            shown_bars.tell(event)
        progress.refresh()
        fields = {each.description: (each.completed, each.total) for each in progress.tasks}
        found = {each.description: each.fields["found"] for each in progress.tasks}
    assert fields == {"all": (2, 2), "compute": (2, 2)}
    assert found["compute"].startswith("4 1 ")
    assert "Signed in as user 1" in waiting
    assert "pacing requests: 2 s" in waiting
    assert "[red]wrong[/red]" in screen.getvalue()
    assert "waited 30 s for Azure" in screen.getvalue()


def test_a_scope_without_a_name_is_shown_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().tell(Closed(SCOPE, 1, 0))
    assert capsys.readouterr().err == f"{SCOPE}: 1 resource, 0 gaps (0 s)\n"


def test_numbers_have_their_nouns() -> None:
    assert [counted(each, "gap") for each in (0, 1, 2)] == ["0 gaps", "1 gap", "2 gaps"]
