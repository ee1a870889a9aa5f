"""A history in one file: what is stored is read back, in any order, or nothing changes."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit.core.episodes import Course, Run, Series
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.engine.course import followed, paces_of
from amlaudit.records import packing
from amlaudit.records.history_file import Added, HistoryFile, is_history_file
from amlaudit.records.packing import json_of, packed_json, packed_pairs, pairs_of
from tests.engine.runs import BAD, GOOD, UNKNOWN, day, run, steps_of
from tests.engine.test_waivers import finding, waiver
from tests.estates import SUBSCRIPTION

HIDDEN = Gap(SUBSCRIPTION, WORKSPACE, Reason.FORBIDDEN, "403")


@cache
def runs() -> tuple[Run, ...]:
    """Return four days: fixed on the second, back on the third, waived on the fourth."""
    return (
        run(1, BAD, finding(name="other")),
        run(2, GOOD, finding(name="other")),
        run(3, BAD, gaps=(HIDDEN,)),
        run(4, replace(finding(), waiver=waiver()), finding(UNKNOWN, name="other")),
    )


def series() -> Series:
    return runs()[0].series


def kept(path: Path, found: Iterable[Run]) -> Path:
    with HistoryFile(path, create=True) as file:
        for each in found:
            file.add(each)
    return path


def course(path: Path, of: Series | None = None) -> Course:
    with HistoryFile(path) as file:
        found = file.course(of or series())
    assert found
    return found


def test_stored_runs_are_returned(tmp_path: Path) -> None:
    assert course(kept(tmp_path / "h.sqlite", runs())) == followed(series(), steps_of(runs()))


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_adding_runs_does_not_matter(order: tuple[int, ...], tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", [runs()[each] for each in order])
    assert course(path) == followed(series(), steps_of(runs()))


def test_known_data_is_stored_once(tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    with HistoryFile(path) as file:
        assert file.add(runs()[1]) is Added.SAME
        assert file.course(series()) == followed(series(), steps_of(runs()))
        assert file.add(replace(runs()[1], standings=runs()[0].standings)) is Added.REPLACED
        assert len(file.postures(series())) == 4
    assert course(path) != followed(series(), steps_of(runs()))


def test_series_are_kept_separate(tmp_path: Path) -> None:
    other = replace(series(), id="other", profile="ours")
    path = kept(tmp_path / "h.sqlite", [*runs(), replace(runs()[0], series=other)])
    with HistoryFile(path) as file:
        assert file.series() == [series(), other]
        assert [each.at for each in file.postures(series(), day(3))] == [day(1), day(2)]
        assert file.course(series(), day(1)) is None
    assert [each.at for each in course(path, other).postures] == [day(1)]


def test_what_is_forgotten_leaves_behind_since_when_something_fails(tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    size = path.stat().st_size
    whole = course(path)
    with HistoryFile(path) as file:
        assert file.prune(day(3)) == 2
        assert file.prune(day(3)) == 0
    pruned = course(path)
    assert [each.at for each in pruned.postures] == [day(3), day(4)]
    assert [each for each in whole.episodes if not each.end] == list(pruned.episodes)
    assert paces_of(pruned).whole.reopened == 1
    assert path.stat().st_size <= size


def test_the_last_run_is_never_forgotten(tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    with HistoryFile(path) as file:
        assert file.prune(day(30)) == 3
    found = course(path)
    assert found.postures == followed(series(), steps_of(runs())).postures[-1:]
    assert [each.opened for each in found.episodes if not each.end] == [day(1), day(3)]


def test_unreferenced_data_is_deleted_too(tmp_path: Path) -> None:
    gone = run(1, finding(name="secret-name"))
    path = kept(tmp_path / "h.sqlite", [gone, run(2, BAD), run(3, BAD)])
    with HistoryFile(path) as file:
        file.prune(day(3))
    assert b"secret-name" not in path.read_bytes()


def test_a_run_of_a_time_that_was_forgotten_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    with HistoryFile(path) as file:
        file.prune(day(3))
        with pytest.raises(AmlauditError, match="E312 The run of 2026-06-02") as error:
            file.add(runs()[1])
        assert file.add(replace(runs()[2])) is Added.SAME
    assert error.value.exit_code is Exit.INPUT_OUTPUT


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()


def trapped(path: Path) -> None:
    kept(path, runs())
    with sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END")
    db.close()


def newer(path: Path) -> None:
    kept(path, runs())
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda path: path.write_bytes(b"x" * 5000), "file is not a database"),
        (foreign, "not an amlaudit history"),
        (trapped, "it contains unexpected parts: t"),
        (newer, "it has schema 9, this version reads 1"),
        (lambda path: path.mkdir(), "file not found"),
        (lambda _: None, "file not found"),
    ],
)
def test_anything_but_a_history_is_refused(
    make: Callable[[Path], object], cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "h.sqlite"
    make(path)
    with pytest.raises(AmlauditError, match="E302 Cannot read history") as error:
        HistoryFile(path)
    assert cause in error.value.cause
    assert error.value.advice.startswith(("use a ", "create it"))


@pytest.mark.parametrize("value", [b"", b"x", packed_pairs([(1, 2)])[:-3], packed_json({"a": 1})])
def test_a_damaged_row_is_an_error_and_no_result(value: bytes, tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    with sqlite3.connect(path) as db:
        db.execute("UPDATE run SET standings = ?", (value,))
    db.close()
    with pytest.raises(AmlauditError, match="E302") as error:
        course(path)
    assert "it is damaged" in error.value.cause


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("UPDATE topic SET resource_id = x'ff'", "wrong type in topic.resource_id"),
        ("UPDATE run SET fails = '7'", "it is damaged"),
        ("UPDATE run SET fails = '{\"worst\": 1}'", "it is damaged"),
        ("UPDATE run SET at = 'never' WHERE number = 1", "it is damaged"),
        ("UPDATE standing SET teams = '7'", "it is damaged"),
    ],
)
def test_a_value_that_no_run_leaves_is_damage(statement: str, cause: str, tmp_path: Path) -> None:
    path = kept(tmp_path / "h.sqlite", runs())
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()
    with pytest.raises(AmlauditError, match="E302") as error:
        course(path)
    assert cause in error.value.cause


def test_a_new_history_file_has_no_runs(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.touch()
    with HistoryFile(path) as file:
        assert file.series() == []
        assert file.course(series()) is None
        assert file.postures(series()) == []
    assert is_history_file(path)
    assert not is_history_file(tmp_path)
    assert is_history_file(tmp_path / "new.sqlite")
    assert not is_history_file(tmp_path / "new")


def test_a_year_of_the_same_findings_takes_little(tmp_path: Path) -> None:
    findings = [finding(name=f"workspace-{number}") for number in range(1000)]
    whole = run(1, *findings)
    path = kept(tmp_path / "h.sqlite", [whole])
    alone = path.stat().st_size
    later = (
        replace(whole, posture=replace(whole.posture, at=day(2) + timedelta(number)))
        for number in range(100)
    )
    kept(path, later)
    assert path.stat().st_size - alone < 100 * 2048
    assert course(path).episodes[0].last_seen == day(2) + timedelta(99)


PAIRS = st.dictionaries(st.integers(0, 2**31), st.integers(0, 2**31)).map(
    lambda each: [*each.items()]
)


@given(PAIRS)
def test_pairs_are_packed_completely_and_in_canonical_order(pairs: list[tuple[int, int]]) -> None:
    assert list(pairs_of(packed_pairs(pairs)).items()) == sorted(pairs)
    assert packed_pairs(reversed(pairs)) == packed_pairs(pairs)


def test_what_unpacks_to_too_much_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = packed_json("x" * 1000)
    assert json_of(packed) == "x" * 1000
    monkeypatch.setattr(packing, "_MAX", 999)
    with pytest.raises(ValueError, match="too large when unpacked"):
        json_of(packed)
