"""`history` and `scan --history FILE`: the findings of successive runs, none of them lost."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from tests.cli.test_comparison import GOOD, document, reported, scanned
from tests.cli.test_crash_safety import command, export, tiny_disk
from tests.cli.test_profiles import ARM_ID

__all__ = ["export", "tiny_disk"]
Capture: TypeAlias = pytest.CaptureFixture[str]


def shown(path: Path, capsys: Capture, *options: str) -> Mapping[str, Any]:
    capsys.readouterr()
    assert run(["history", "show", "--db", str(path), "-o", "json", *options]) == Exit.PASS
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def added(path: Path, *reports: Path) -> int:
    return run(["history", "add", "--db", str(path), *map(str, reports)])


def test_a_fail_is_followed_from_its_first_run_to_its_fix(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    days = [("01", {}), ("04", GOOD), ("08", {})]
    reports = [reported(tmp_path, f"2026-06-{day}", **body) for day, body in days]
    assert added(path, *reports) == Exit.PASS
    found = shown(path, capsys)
    told = [
        (each["first_seen"][:10], each["state"], each.get("ended", "")[:10], each["reopened"])
        for each in found["findings"]
        if each["rule_id"] == "AML1301"
    ]
    assert told == [
        ("2026-06-01", "fixed", "2026-06-04", False),
        ("2026-06-08", "open", "", True),
    ]
    pace = found["by_severity"]["high"]
    assert (pace["open"], pace["fixed"], pace["mean_seconds"]) == (3, 1, 3 * 86_400)
    assert (pace["at_least"], pace["reopened"]) == (1, 1)
    assert shown(path, capsys, "--since", "2026-06-05")["pace"]["fixed"] == 0


def test_the_time_to_fix_is_shown(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    tags = {"tags": {"Team": "Churn"}}
    reports = [reported(tmp_path, "2026-06-01", **tags)]
    reports += [reported(tmp_path, "2026-06-04", **GOOD, **tags)]
    reports += [reported(tmp_path, "2026-06-08", **tags)]
    added(path, *reports)
    capsys.readouterr()
    assert run(["history", "show", "--db", str(path)]) == Exit.PASS
    told = capsys.readouterr().out
    assert "3 runs from 2026-06-01 to 2026-06-08" in told
    assert "high         3       0       0      1  3.0 d   3.0 d   7.0 d     1" in told
    assert "churn" in told
    assert "Failing again after a fix" in told
    assert "failed before the first run" in told
    assert max(map(len, told.splitlines())) <= 80


def test_what_the_last_run_could_not_see_is_not_fixed(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    other = ARM_ID.replace("workspaces/w", "workspaces/x")
    added(path, reported(tmp_path, "2026-06-01"), reported(tmp_path, "2026-06-02", id=other))
    found = shown(path, capsys)
    assert (found["pace"]["unseen"], found["pace"]["fixed"]) == (3, 0)
    run(["history", "show", "--db", str(path)])
    assert "Not seen by the last run, and not known to be fixed" in capsys.readouterr().out


def test_a_scan_adds_its_run_and_shows_the_runs_before(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "new" / "h.sqlite"
    history = ["--history", str(path)]
    for each in ("2026-06-01", "2026-06-08"):
        scanned(tmp_path, each, *history)
    first = reported(tmp_path, "2026-06-15", *history, **GOOD)
    found = document(first)
    told = capsys.readouterr().out
    assert re.search(r"^Earlier posture \(low end\): \d+, \d+ %$", told, re.MULTILINE)
    assert [each["at"][:10] for each in found["trend"]] == ["2026-06-01", "2026-06-08"]  # type: ignore[attr-defined] # as in the schema
    since = {each["first_seen"] for each in found["findings"] if each["status"] == "fail"}  # type: ignore[attr-defined] # as in the schema
    assert since == {"2026-06-01T00:00:00Z"}
    assert added(path, first) == Exit.PASS
    assert "already known" in capsys.readouterr().out
    assert run(["history", "trend", "--db", str(path)]) == Exit.PASS
    assert capsys.readouterr().out.count("2026-06-") == 3
    run(["history", "trend", "--db", str(path), "-o", "json"])
    assert len(json.loads(capsys.readouterr().out)["trend"]) == 3


def test_the_same_inputs_give_the_same_report(export: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        history, report = tmp_path / f"{name}.sqlite", tmp_path / f"{name}.json"
        for day in (1, 2, 3, 3):
            options = ["--history", str(history), "--timestamp", f"2026-01-0{day}"]
            run(["scan", "--from", str(export), *options, f"--report=json={report}"])
            made.append(report.read_bytes())
    assert made[:4] == made[4:]
    assert made[2] == made[3]


def test_a_snapshot_is_judged_as_of_the_end_of_its_collection(
    tmp_path: Path, capsys: Capture
) -> None:
    path, snapshot = tmp_path / "h.sqlite", tmp_path / "estate.db"
    scanned(tmp_path, "2026-06-01", "--save-snapshot", str(snapshot))
    assert run(["history", "add", str(snapshot), "--db", str(path)]) == Exit.PASS
    found = shown(path, capsys)
    assert found["from"] == found["until"]
    assert run(["history", "add", str(snapshot), "--db", str(path)]) == Exit.PASS
    assert shown(path, capsys) == found


def test_other_series_are_named(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    added(path, reported(tmp_path, "2026-06-01", "--workspace", "w"))
    added(path, reported(tmp_path, "2026-06-08"))
    run(["history", "show", "--db", str(path)])
    told = capsys.readouterr().out
    assert "(workspaces w · profile baseline)" in told
    key = told.rpartition("--series ")[2].split()[0]
    assert shown(path, capsys, "--series", key)["until"] == "2026-06-01T00:00:00Z"
    assert run(["history", "show", "--db", str(path), "--series", f"{key}x"]) == Exit.USAGE
    assert f'Did you mean "{key}"?' in capsys.readouterr().err


def test_pruning_is_reported_and_open_fails_keep_their_age(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    added(path, *(reported(tmp_path, f"2026-06-0{day}") for day in (1, 2, 3)))
    capsys.readouterr()
    assert run(["history", "prune", "--db", str(path), "--before", "2026-06-03"]) == Exit.PASS
    assert "runs removed: 2" in capsys.readouterr().out
    assert {each["first_seen"][:10] for each in shown(path, capsys)["findings"]} == {"2026-06-01"}
    assert added(path, reported(tmp_path, "2026-06-01")) == Exit.INPUT_OUTPUT
    assert "E312 The run of 2026-06-01 00:00:00 is too old" in capsys.readouterr().err


def test_a_partial_report_is_not_a_run(tmp_path: Path, capsys: Capture) -> None:
    part = reported(tmp_path, "2026-06-01", "--only", "fail")
    assert added(tmp_path / "h.sqlite", part) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert f"E312 {part} cannot be added to a history" in told
    assert "it contains only findings with status fail" in told
    assert not (tmp_path / "h.sqlite").exists()


@pytest.mark.parametrize("name", ["show", "trend"])
def test_an_empty_history_is_reported(name: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    assert run(["history", name, "--db", str(path)]) == Exit.INPUT_OUTPUT
    assert f"E302 Cannot read history {path}" in capsys.readouterr().err
    path.touch()
    assert run(["history", name, "--db", str(path)]) == Exit.USAGE
    assert "contains no runs yet" in capsys.readouterr().err


def test_anything_but_a_report_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert added(tmp_path / "h.sqlite", tmp_path / "none.json") == Exit.INPUT_OUTPUT
    assert "E302 Cannot read" in capsys.readouterr().err
    (tmp_path / "empty.json").touch()
    assert added(tmp_path / "h.sqlite", tmp_path / "empty.json") == Exit.INPUT_OUTPUT
    assert "it is neither a snapshot nor a JSON report" in capsys.readouterr().err


# Failures


def test_two_concurrent_scans_lose_nothing(export: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"

    def at(day: int) -> int:
        when = f"2026-01-{day:02}T00:00:00Z"
        options = ["--history", path, "--timestamp", when, "--quiet"]
        return subprocess.run(  # noqa: S603 - our own code
            command("scan", "--from", export, *options), check=False, capture_output=True
        ).returncode

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(at, (1, 1, 2, 3))) == {Exit.FAIL}
    assert shown(path, capsys)["runs"] == 3


def test_a_full_disk_leaves_what_was_there(
    tiny_disk: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = tiny_disk / "h.sqlite"
    added(path, reported(tmp_path, "2026-06-01"))
    found = shown(path, capsys)
    with (tiny_disk / "rest").open("wb", 0) as rest, suppress(OSError):
        while rest.write(b"x" * 1024):
            pass
    assert added(path, reported(tmp_path, "2026-06-08")) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert f"E301 Cannot write history {path}" in told
    assert "its earlier content is unchanged" in told
    (tiny_disk / "rest").unlink()
    assert shown(path, capsys) == found
    assert added(path, reported(tmp_path, "2026-06-08")) == Exit.PASS
    assert shown(path, capsys)["runs"] == 2


@pytest.mark.parametrize("name", ["file/h.sqlite", f"{'h' * 300}.sqlite"])
def test_an_uncreatable_history_is_not_reported_as_containing_runs(
    name: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert added(tmp_path / name, reported(tmp_path, "2026-06-01")) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert "E301 Cannot write history" in told
    assert "→ make its folder writable, or choose another path" in told


WRITES_AND_WAITS = """
import sys, time
from pathlib import Path
from amlaudit.engine.course import run_of
from amlaudit.records import history_file
from amlaudit.records.reports import read_report

def wait(self, *_):
    self._db.change("PRAGMA cache_spill = 1")
    self._db.change("PRAGMA cache_size = 1")
    self._db.change_each(
        "INSERT INTO topic (id, rule_id, resource_id, subject_key) VALUES (?, 'r', 'x', '')",
        ((str(number),) for number in range(20_000)),
    )
    print("half", flush=True)
    time.sleep(600)

history_file.HistoryFile._row_of = wait
with history_file.HistoryFile(Path(sys.argv[1]), create=True) as file:
    file.add(run_of(read_report(Path(sys.argv[2]))))
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are killed in another way elsewhere")
@pytest.mark.parametrize("is_first", [True, False])
def test_a_process_that_is_killed_while_it_writes_leaves_what_was_there(
    is_first: bool,  # noqa: FBT001 - of pytest
    tmp_path: Path,
    capsys: Capture,
) -> None:
    path = tmp_path / "h.sqlite"
    first, second = reported(tmp_path, "2026-06-01"), reported(tmp_path, "2026-06-08")
    if not is_first:
        added(path, first)
    size = path.stat().st_size if path.exists() else 0
    arguments = [sys.executable, "-c", WRITES_AND_WAITS, str(path), str(second)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own code
        assert process.stdout
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert path.stat().st_size > size  # it was in the middle of writing
    assert list(tmp_path.glob("*-journal"))
    assert added(path, first) == Exit.PASS
    assert shown(path, capsys)["runs"] == 1
    assert added(path, second) == Exit.PASS
    assert shown(path, capsys)["runs"] == 2
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_history_locked_for_too_long_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    path = tmp_path / "h.sqlite"
    added(path, reported(tmp_path, "2026-06-01"))
    monkeypatch.setattr("amlaudit.records.history_database._PATIENCE", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    assert added(path, reported(tmp_path, "2026-06-08")) == Exit.INPUT_OUTPUT
    assert time.monotonic() - begun < 30
    other.close()
    assert "another run has been writing for" in capsys.readouterr().err


def test_a_run_is_filed_by_its_time_even_if_the_clock_stepped_back(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "h.sqlite"
    history = ["--history", str(path)]
    for each in ("2026-06-08", "2026-06-01", "2026-06-09"):
        scanned(tmp_path, each, *history)
    found = shown(path, capsys)
    assert (found["runs"], found["from"][:10], found["until"][:10]) == (
        3,
        "2026-06-01",
        "2026-06-09",
    )
    assert {each["first_seen"][:10] for each in found["findings"]} == {"2026-06-01"}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_that_may_only_be_read_is_shown(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "h.sqlite"
    added(path, reported(tmp_path, "2026-06-01"))
    path.chmod(0o400)
    assert shown(path, capsys)["runs"] == 1
    assert added(path, reported(tmp_path, "2026-06-08")) == Exit.INPUT_OUTPUT
