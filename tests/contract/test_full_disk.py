"""A disk that fills up while Azure is read gives an error, and no file that looks complete."""

import sqlite3
from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.scanners import snapshot
from tests.loopback.azure import LoopbackAzure
from tests.loopback.reading import collected

PAGES = 40
"""Size of the file when the disk is full: the schema and a few documents."""


def test_a_collection_ends_with_an_error_and_can_be_resumed(
    azure: LoopbackAzure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "estate.db"
    real = snapshot._alone  # noqa: SLF001 - what opens the file

    def small(partial: Path) -> sqlite3.Connection:
        db = real(partial)
        db.execute(f"PRAGMA max_page_count = {PAGES}")
        return db

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_alone", small)
        with pytest.raises(AmlauditError) as caught, collected(azure, snapshot=path):
            pass
    assert (caught.value.code, caught.value.exit_code) == ("E301", Exit.INPUT_OUTPUT)
    assert caught.value.cause == "database or disk is full"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".db"] == []
    with collected(azure, snapshot=path, resume=True) as estate:
        assert estate.store.collection().ended_at
    with collected(azure) as whole, collected(azure, snapshot=path) as again:
        assert again.store.counts() == whole.store.counts()
