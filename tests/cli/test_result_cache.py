"""A cached result depends on its files, and an invalid entry is ignored."""

import os
import shutil
from pathlib import Path
from time import sleep, time

import pytest

from amlaudit.cli import run
from amlaudit.cli.result_cache import cached
from amlaudit.core.errors import Exit
from amlaudit.resources import shipped
from amlaudit.shipped_cache import _hash_of_all

PACK_READERS = ("cli.rules.listing", "shipped_cache", "rulebook.library", "rulebook.shipped_pack")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "amlaudit"


@pytest.fixture(autouse=True)
def hashed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash what rules depend on each time, because a test changes it within one process."""
    monkeypatch.setattr("amlaudit.shipped_cache._hash_of_all", _hash_of_all.__wrapped__)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a time one hour after whatever a test does."""
    monkeypatch.setattr("amlaudit.cli.result_cache.time", lambda: time() + 3600)


def written(file: Path, content: str, at: int) -> None:
    """Write a file with a given modification time."""
    file.write_text(content, "utf-8")
    os.utime(file, (at, at))


@pytest.mark.usefixtures("later")
def test_results_for_the_same_files_are_computed_once(cache: Path, tmp_path: Path) -> None:
    file, made = tmp_path / "file", list[str]()

    def make() -> str:
        made.append("again")
        return file.read_text("utf-8")

    for at, (content, times) in enumerate((("one", 1), ("two", 2), ("three", 3), ("one", 4))):
        written(file, content, at)
        for _ in range(2):
            assert cached("x", [file], make) == content
            assert len(made) == times
    (cache / "x.json").write_text("{", "utf-8")
    assert cached("x", [file], make) == "one"
    assert len(made) == 5


@pytest.mark.usefixtures("later")
@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no time of the last change of any kind")
@pytest.mark.usefixtures("cache")
def test_a_change_that_hides_its_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "file"
    written(file, "one", 1)
    assert cached("x", [file], lambda: "before") == "before"
    sleep(0.02)  # longer than a tick of the file system's clock
    written(file, "two", 1)
    assert cached("x", [file], lambda: "after") == "after"


def test_recently_changed_files_are_not_cached_yet(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    monkeypatch.setattr("amlaudit.cli.result_cache.time", lambda: file.stat().st_ctime + 1)
    made = iter("ab")
    assert [cached("x", [file], lambda: next(made)) for _ in "12"] == ["a", "b"]
    assert not (cache / "x.json").exists()


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
@pytest.mark.usefixtures("later")
def test_the_list_of_a_checkout_follows_its_rules_at_once(
    change: str,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(shipped("rules"), rules)
    for module in PACK_READERS:
        monkeypatch.setattr(f"amlaudit.{module}.shipped", lambda _: rules)
    assert run(["rules", "list"]) == Exit.PASS
    before = capsys.readouterr().out
    assert (cache / "listing-enterprise.json").exists()
    path = next(rules.glob("network/aml1201_*[!s].yaml"))
    if change == "edited":
        path.write_text(path.read_text("utf-8").replace("title: ", "title: Ever so "), "utf-8")
    elif change == "added":
        own = path.read_text("utf-8").replace("AML1201", "AML9901")
        path.with_name(path.name.replace("1201", "9901")).write_text(own, "utf-8")
    else:
        path.unlink()
    assert run(["rules", "list"]) == Exit.PASS
    after = capsys.readouterr().out
    assert {
        "edited": "Ever so " in after,
        "added": "AML9901" in after,
        "removed": "AML1201" not in after,
    }[change]
    assert after != before


def test_an_unwritable_cache_is_not_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cached("x", [], lambda: 1) == 1


@pytest.mark.usefixtures("later")
def test_rules_are_listed_identically_from_files_and_from_the_cache(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for _ in range(2):
        assert run(["rules", "list", "--profile", "cost"]) == Exit.PASS
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "Profile cost: " in told[0]
    assert (cache / "listing-cost.json").exists()
