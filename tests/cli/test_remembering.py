"""What is remembered hangs on its files, and a record that is no good counts for nothing."""

from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.cli.remembering import remembered
from amlaudit.core.errors import Exit


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "amlaudit"


def test_what_hangs_on_the_same_files_is_made_once(cache: Path, tmp_path: Path) -> None:
    file, made = tmp_path / "file", list[str]()

    def make() -> str:
        made.append("again")
        return file.read_text("utf-8")

    for content, times in (("one", 1), ("one", 1), ("two", 2), ("one", 3)):
        file.write_text(content, "utf-8")
        assert remembered("x", [file], make) == content
        assert len(made) == times
    (cache / "x.json").write_text("{", "utf-8")
    assert remembered("x", [file], make) == "one"
    assert len(made) == 4


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert remembered("x", [], lambda: 1) == 1


def test_rules_are_listed_alike_from_files_and_from_the_cache(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for _ in range(2):
        assert run(["rules", "list", "--profile", "cost"]) == Exit.PASS
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "Profile cost: " in told[0]
    assert (cache / "listing-cost.json").exists()
