"""The snapshot keeps everything, and never claims to be complete when it is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from amlaudit import databases
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.place import Place
from amlaudit.core.relations import COMPUTE, STORAGE, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.scanners import snapshot
from amlaudit.scanners.call import Call
from amlaudit.scanners.journal import JOURNAL_SCHEMA
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.snapshot_schema import APPLICATION_ID, SCHEMA, text_of, value_in
from amlaudit.scanners.snapshot_store import SnapshotStore, open_snapshot
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, gap, resource

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
CALL = Call("GET", "/subscriptions", "2022-12-01", "200", AT)
HOW = Collection(
    scope=Scope(("a",), (), ("rg",), ()),
    sources=("https://management.azure.com",),
    principal="user 1",
    tenant="t",
    started_at=AT,
    ended_at=AT,
    reached=(SUBSCRIPTION,),
)
OTHER_ID = f"{GROUP}/providers/microsoft.machinelearningservices/workspaces/other"
RESOURCES = (
    resource(
        WORKSPACE_ID,
        {"id": WORKSPACE_ID, "properties": {"storageAccount": STORAGE_ID, "odd": "\ud800 \u202e"}},
        gaps=("properties.encryption",),
        api_version="2025-12-01",
    ),
    resource(OTHER_ID, {"properties": {}}),
    resource(STORAGE_ID, {"properties": {}}),
    resource(f"{WORKSPACE_ID}/computes/c", {"properties": {}}),
)


def written(path: Path | None, *, finish: bool = True) -> SnapshotStore | None:
    writer = SnapshotWriter(path)
    writer.begin(replace(HOW, ended_at=None))
    call = writer.add_call(CALL)
    writer.add_resources(RESOURCES, call)
    writer.add_seen(WORKSPACE_ID, COMPUTE)
    writer.add_gap(gap(SUBSCRIPTION, STORAGE, permission="x/read"))
    writer.add_gap(gap(SUBSCRIPTION, STORAGE, Reason.TIMEOUT))
    if finish:
        store = writer.finish(HOW).store
        assert isinstance(store, SnapshotStore)
        return store
    writer.close()
    return None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(10**30, id="more than 64 bits"),
        pytest.param(-0.0, id="minus nothing"),
        pytest.param(1e23, id="a float between two decimals"),
        pytest.param(float("nan"), id="no number"),
        pytest.param(float("inf"), id="more than any number"),
        pytest.param(None, id="null"),
        pytest.param("a \x00 \ud800 \u2028 \N{GRINNING FACE}", id="half of a pair"),
        pytest.param({"a": [1, 1.0, True, "1"]}, id="nested"),
    ],
)
def test_any_json_value_round_trips(value: object) -> None:
    assert repr(value_in(text_of({"a": value}))) == repr({"a": value})


@pytest.fixture(params=["file", "temporary"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SnapshotStore]:
    found = written(tmp_path / "estate.db" if request.param == "file" else None)
    assert found
    yield found
    found.close()


def test_everything_round_trips(store: SnapshotStore) -> None:
    found = store.get(WORKSPACE_ID)
    assert found
    assert found.body == RESOURCES[0].body
    assert found.gaps == RESOURCES[0].gaps
    assert (found.origin.source, found.origin.api_version) == ("GET /subscriptions", "2025-12-01")
    assert found.origin.collected_at == AT
    assert store.get("/nothing") is None
    assert store.collection() == replace(HOW, calls={"200": 1})
    assert store.subscriptions() == [SUBSCRIPTION]


def test_it_answers_like_a_store_in_memory(store: SnapshotStore) -> None:
    memory = MemoryStore(
        RESOURCES,
        frozenset({(WORKSPACE_ID, COMPUTE)}),
        (gap(SUBSCRIPTION, STORAGE, permission="x/read"),),
        how=HOW,
    )

    def told(of: SnapshotStore | MemoryStore) -> list[object]:
        return [
            [each.id for each in of.of_type(WORKSPACE)],
            list(of.ids_of_type(WORKSPACE)),
            [each.id for each in of.under(WORKSPACE_ID, COMPUTE)],
            [each.id for each in of.inside(GROUP, WORKSPACE)],
            [each.id for each in of.inside(f"{GROUP}x", WORKSPACE)],
            [each.id for each in of.naming(STORAGE_ID, "storage")],
            of.sight(WORKSPACE_ID, COMPUTE),
            of.sight(OTHER_ID, COMPUTE),
            of.sight(SUBSCRIPTION, STORAGE),
            list(of.gaps()),
            of.subscriptions(),
            dict(of.counts()),
        ]

    assert told(store) == told(memory)


def test_a_later_document_replaces_an_earlier_one_with_its_links() -> None:
    writer = SnapshotWriter()
    writer.begin(HOW)
    call = writer.add_call(CALL)
    writer.add_resources([RESOURCES[0], replace(RESOURCES[0], body={"properties": {}})], call)
    store = writer.finish(HOW).store
    assert isinstance(store, SnapshotStore)
    assert list(store.naming(STORAGE_ID, "storage")) == []
    store.close()


def test_what_a_scope_names_is_judged_with_what_it_refers_to(tmp_path: Path) -> None:
    found = written(tmp_path / "estate.db")
    assert found
    found.close()
    narrowed = open_snapshot(tmp_path / "estate.db", Scope(workspaces=("WS",))).store
    assert isinstance(narrowed, SnapshotStore)
    assert [each.id for each in narrowed.of_type(WORKSPACE)] == [WORKSPACE_ID]
    assert [each.id for each in narrowed.of_type(STORAGE)] == [STORAGE_ID]
    assert [each.id for each in narrowed.of_type(COMPUTE)] == [f"{WORKSPACE_ID}/computes/c"]
    assert narrowed.get(OTHER_ID)
    narrowed.close()


def test_an_interrupted_collection_leaves_a_file_marked_partial(tmp_path: Path) -> None:
    written(tmp_path / "estate.db", finish=False)
    assert [each.name for each in tmp_path.iterdir()] == ["estate.db.partial"]
    cut = open_snapshot(tmp_path / "estate.db.partial", Scope()).store
    assert isinstance(cut, SnapshotStore)
    assert cut.collection().ended_at is None
    assert cut.get(WORKSPACE_ID)
    cut.close()


def test_a_new_snapshot_replaces_an_old_one_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    for finish in (True, False, True):
        found = written(path, finish=finish)
        if found:
            found.close()
        whole = open_snapshot(path, Scope()).store
        assert isinstance(whole, SnapshotStore)
        assert whole.collection().ended_at == AT
        whole.close()


def test_a_reader_that_stops_half_way_may_be_let_go_after_the_file_is_closed(
    tmp_path: Path,
) -> None:
    kept = written(tmp_path / "estate.db")
    assert kept
    reading = kept.of_type(WORKSPACE)
    next(reading)
    kept.close()
    del reading  # errors here are warnings, and warnings are errors in tests


def test_only_snapshots_are_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("precious", "utf-8")
    with pytest.raises(AmlauditError) as caught:
        SnapshotWriter(path)
    assert caught.value.exit_code == Exit.INPUT_OUTPUT
    assert path.read_text("utf-8") == "precious"


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(AmlauditError, match="E301"):
        SnapshotWriter(tmp_path / "file" / "estate.db")


def test_a_file_that_cannot_be_set_up_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "estate.db"
    with monkeypatch.context() as broken:
        broken.setattr(snapshot, "SCHEMA", "CREATE nothing")
        with pytest.raises(AmlauditError, match="E301") as error:
            SnapshotWriter(path)
    with SnapshotWriter(path):  # while the error still refers to the first attempt
        assert error.traceback


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "new" / "estate.db"):
        assert (tmp_path / "new").is_dir()


def damage(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    with db:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("PRAGMA application_id = 7", "not an amlaudit snapshot"),
        ("PRAGMA user_version = 99", "it has schema 99, this version reads 2"),
        ("DELETE FROM about", "interrupted before it started"),
        ("DROP TABLE call", "no such table"),
        ("DROP TABLE seen", "no such table"),
    ],
)
def test_a_file_of_another_kind_is_distinguished(
    tmp_path: Path, statement: str, cause: str
) -> None:
    path = tmp_path / "estate.db"
    found = written(path)
    assert found
    found.close()
    damage(path, statement)
    with pytest.raises(AmlauditError) as caught:
        open_snapshot(path, Scope())
    assert cause in caught.value.cause
    assert caught.value.code == "E302"


def test_a_damaged_file_is_an_error_and_not_half_an_estate(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    found = written(path)
    assert found
    found.close()
    content = bytearray(path.read_bytes())
    content[5000:9000] = b"\xff" * 4000
    path.write_bytes(content)
    with pytest.raises(AmlauditError, match="E302"):
        open_snapshot(path, Scope())


def columns() -> list[str]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA.replace(JOURNAL_SCHEMA, ""))
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return [
            f"{table}.{column}"
            for (table,) in tables
            for _, column, kind, *_ in db.execute(f"PRAGMA table_info({table})")
            if kind == "TEXT"
        ]


@pytest.mark.parametrize("place", columns())
def test_a_value_of_another_type_than_its_column_has_is_damage(tmp_path: Path, place: str) -> None:
    path = tmp_path / "estate.db"
    written(path)
    table, column = place.split(".")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE OR REPLACE {table} SET {column} = x'00ff'")  # noqa: S608 - our own names
    with pytest.raises(AmlauditError) as caught:
        open_snapshot(path, Scope())
    assert caught.value.cause == f"it is damaged: {place}"


@pytest.mark.parametrize("address", ["/resources/0", 'a.b["x\\"],{"]', "ü"])
def test_a_declaration_keeps_its_place_and_shares_its_lines(tmp_path: Path, address: str) -> None:
    path, lines = tmp_path / "estate.db", {".tags['a,{b']": 2}
    one, other = (
        replace(each, place=Place("a,b.json", line, 3, line + 4, address), lines=lines)
        for line, each in enumerate(RESOURCES[:2], 1)
    )
    plain = replace(RESOURCES[2], place=Place("a.json", 1))
    with SnapshotWriter(path) as writer:
        writer.begin(HOW)
        writer.add_resources([one, other, plain, RESOURCES[3]], writer.add_call(CALL))
        writer.finish(HOW).close()
    with closing(open_snapshot(path, Scope())) as estate:
        read = [estate.store.get(each.id) for each in RESOURCES]
    assert [each and each.written for each in read] == [
        each.written for each in (one, other, plain, RESOURCES[3])
    ]
    assert len({id(each.lines) for each in read[:2] if each}) == 1


@pytest.mark.parametrize("place", ["", "[]", '["a",1,1,1,"b",]', '["a",1,1,1,"b",{}', "null"])
def test_a_place_of_another_form_is_damage(tmp_path: Path, place: str) -> None:
    told = told_of_resources(tmp_path / "estate.db", "UPDATE resource SET place = ?", place)
    assert told.startswith("it is damaged: ")


@pytest.mark.parametrize("body", ["[1]", "null", '"text"', "3"])
def test_a_document_that_is_not_an_object_is_damage(tmp_path: Path, body: str) -> None:
    told = told_of_resources(tmp_path / "estate.db", "UPDATE resource SET body = ?", body)
    assert told.startswith("it is damaged: a ")


def told_of_resources(path: Path, statement: str, value: str) -> str:
    """Return the message for a snapshot whose resources were changed by a statement."""
    written(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement, (value,))
    with closing(open_snapshot(path, Scope())) as estate, pytest.raises(AmlauditError) as caught:
        list(estate.of_type(WORKSPACE))
    return caught.value.cause


def test_an_index_that_contradicts_its_table_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    written(path)
    with closing(sqlite3.connect(path)) as db:
        page, size = (
            db.execute(query).fetchone()[0]
            for query in (
                "SELECT rootpage FROM sqlite_schema WHERE name = 'resource_by_type'",
                "PRAGMA page_size",
            )
        )
    content = bytearray(path.read_bytes())
    begin = (page - 1) * size
    entries = bytes(content[begin : begin + size])
    content[begin : begin + size] = entries.replace(b"/computes", b"/xomputes", 1)
    path.write_bytes(content)
    with pytest.raises(AmlauditError) as caught:
        open_snapshot(path, Scope())
    assert caught.value.cause == "it is damaged"


def test_a_snapshot_that_does_not_say_how_it_was_collected_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    written(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE about SET key = 'cgllection' WHERE key = 'collection'")
    estate = open_snapshot(path, Scope())
    with closing(estate), pytest.raises(AmlauditError) as caught:
        estate.store.collection()
    assert caught.value.cause == "it is damaged: 'collection'"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT * FROM resource",
        "CREATE TRIGGER more AFTER INSERT ON gap BEGIN DELETE FROM gap; END",
        "CREATE TABLE more (id TEXT)",
        "CREATE VIRTUAL TABLE more USING fts5(body)",
        "CREATE INDEX more ON resource (upper(body))",
        "ALTER TABLE resource ADD COLUMN more TEXT AS (hex(body))",
    ],
)
def test_a_file_that_brings_more_than_rows_is_refused(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "estate.db"
    found = written(path)
    assert found
    found.close()
    damage(path, statement)
    with pytest.raises(AmlauditError, match="E302") as caught:
        open_snapshot(path, Scope())
    assert "it contains objects that no snapshot has" in caught.value.cause


def test_an_endless_view_in_place_of_a_table_does_not_hang_the_reader(
    tmp_path: Path,
) -> None:
    path = tmp_path / "estate.db"
    found = written(path)
    assert found
    found.close()
    damage(path, "DROP TABLE gap")
    damage(
        path,
        "CREATE VIEW gap AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT '/s', i, 'forbidden', '', '' FROM n",
    )
    with pytest.raises(AmlauditError) as caught:
        open_snapshot(path, Scope())
    assert caught.value.cause == "it contains objects that no snapshot has: gap"


def test_a_value_larger_than_any_document_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "estate.db"
    found = written(path)
    assert found
    found.close()
    damage(path, "UPDATE about SET value = printf('%.*c', 100000, 'x') WHERE key = 'collection'")
    monkeypatch.setattr(databases, "_LONGEST_VALUE", 50_000)
    estate = open_snapshot(path, Scope())
    with pytest.raises(AmlauditError, match="E302") as caught:
        estate.store.collection()
    estate.close()
    assert "too big" in caught.value.cause


def test_the_header_names_the_application() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"amla"
