"""The cache of the shipped pack equals the pack, and is ignored once a file has changed."""

import marshal
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Final

import pytest
from msgspec.structs import replace

from amlaudit import shipped_cache
from amlaudit.core.declarations import declarations_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, ok
from amlaudit.demo.source import Demo
from amlaudit.pipeline import Policy, audit
from amlaudit.resources import shipped
from amlaudit.rulebook import packs, python_rules, shipped_pack
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED, load_shipped
from amlaudit.shipped_cache import READERS

AT: Final = datetime(2026, 1, 31, tzinfo=UTC)
WRITE_ENTRY = shipped_cache._write_entry  # noqa: SLF001 - no other test may keep anything


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide an empty cache folder; files are hashed each time, as in a run."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(shipped_cache, "_hash_of_all", shipped_cache._hash_of_all.__wrapped__)  # noqa: SLF001 - see above
    monkeypatch.setattr(shipped_cache, "_write_entry", WRITE_ENTRY)
    return tmp_path / "cache"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide a copy of the pack that is used as the shipped one."""
    folder = shutil.copytree(
        shipped("rules"), tmp_path / "rules", ignore=shutil.ignore_patterns("__pycache__")
    )
    for module in (shipped_cache, shipped_pack):
        monkeypatch.setattr(module, "shipped", lambda _name: folder)
    return folder


@pytest.fixture
def read_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Provide a list to which each reading of the whole pack adds itself."""
    read: list[str] = []

    def load(folder: Path, name: str) -> object:
        read.append(name)
        return load_pack(folder, name)

    monkeypatch.setattr(packs, "load_pack", load)
    return read


def nobody(_subject: Subject) -> Verdict:
    return ok("whatever it is")


def record_in(cache: Path) -> Path:
    """Return the file in which the rules are cached."""
    (found,) = cache.rglob("rules.pickle")
    return found


def test_the_cache_of_rules_equals_their_files(read_again: list[str]) -> None:
    _, from_files = load_pack(shipped("rules"), SHIPPED)
    for _ in range(2):
        pack, rules = load_shipped()
        assert pack.sha256 == packs.hash_of(shipped("rules"))
        assert [replace(each, check=nobody) for each in rules] == [
            replace(each, check=nobody, declared=declarations_of(each)) for each in from_files
        ]
    assert len(read_again) == 1


def test_cached_rules_judge_like_their_files(read_again: list[str]) -> None:
    pack, from_files = load_pack(shipped("rules"), SHIPPED)
    at = datetime(2026, 1, 31, tzinfo=UTC)
    load_shipped()
    told = [
        [
            (each.rule.id, each.resource, each.verdict)
            for each in audit(Scope(), Demo(), Policy((pack,), rules), at).findings
        ]
        for rules in (from_files, load_shipped()[1])
    ]
    assert told[0] == told[1]
    assert len(read_again) == 1


@pytest.mark.parametrize("name", ["aml1201_public_access_disabled.yaml", "aml1305_*.py"])
def test_a_changed_rule_is_read_again(copy: Path, read_again: list[str], name: str) -> None:
    load_shipped()
    (path,) = copy.glob(f"*/{name}")
    before = path.read_text("utf-8")
    for text, times in ((before + "\n# more\n", 2), (before, 3)):
        path.write_text(text, "utf-8")
        pack, _ = load_shipped()
        assert pack.sha256 == packs.hash_of(copy)
        assert len(read_again) == times


def test_a_rule_moved_to_another_area_is_read_again(copy: Path) -> None:
    load_shipped()
    (path,) = copy.glob("*/aml1201_public_access_disabled.yaml")
    path.rename(copy / "compute" / path.name)
    assert {each.area for each in load_shipped()[1] if each.id == "AML1201"} == {"compute"}


def test_changing_the_code_that_reads_rules_invalidates_the_cache(
    tmp_path: Path, read_again: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_shipped()
    package = tmp_path / "amlaudit"
    package.mkdir()
    for name in READERS:
        source = Path(shipped_cache.__file__).parent / name
        if source.is_dir():
            shutil.copytree(source, package / name)
        else:
            shutil.copy(source, package / name)
    monkeypatch.setattr(shipped_cache, "_PACKAGE", package)
    for file, times in (("rulebook/condition_reader.py", 2), ("rulebook/data/portal.yaml", 3)):
        with (package / file).open("a", encoding="utf-8") as more:
            more.write("\n")
        load_shipped()
        assert len(read_again) == times


def test_everything_involved_in_reading_rules_is_covered_by_the_seal() -> None:
    script = (
        "import sys; from amlaudit.rulebook.packs import load_pack; "
        "from amlaudit.resources import shipped; load_pack(shipped('rules'), 'x'); "
        "print(*(each for each in sys.modules if each.startswith('amlaudit.')))"
    )
    told = subprocess.run(  # noqa: S603 - this interpreter, our own words
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    top = {each.split(".")[1] for each in told.split()}
    assert {each.removesuffix(".py") for each in READERS} - {"__init__"} >= top


@pytest.mark.parametrize("spoil", [lambda content: content[:-1], lambda content: content + b"\0"])
def test_an_incomplete_entry_is_ignored(
    cache: Path, read_again: list[str], spoil: Callable[[bytes], bytes]
) -> None:
    load_shipped()
    record = record_in(cache)
    record.write_bytes(spoil(record.read_bytes()))
    load_shipped()
    assert len(read_again) == 2


def test_in_a_read_only_folder_nothing_is_cached(cache: Path, read_again: list[str]) -> None:
    cache.write_text("no folder", "utf-8")
    assert load_shipped()[0] == load_shipped()[0]
    assert len(read_again) == 2


def test_with_bytecode_disabled_nothing_is_cached(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load_shipped()
    assert not cache.exists()


def test_a_rule_that_changes_during_a_run_ends_it(copy: Path) -> None:
    _, rules = load_shipped()
    asked = next(each for each in rules if each.path.endswith(".py"))
    (copy / asked.path).write_text("", "utf-8")
    policy = Policy((), (replace(asked, applies_to="*"),))
    with pytest.raises(AmlauditError, match="changed during the run") as caught:
        audit(Scope(), Demo(), policy, datetime(2026, 1, 31, tzinfo=UTC))
    assert caught.value.exit_code == Exit.INVALID


def test_a_parameter_of_a_cached_rule_is_set_like_that_of_a_file() -> None:
    value = ("Standard_DS1_v2",)
    load_shipped()
    owner, key = next(
        (each, key)
        for each in load_shipped()[1]
        for key in each.parameters
        if each.parameters[key].default == ()
    )
    found = {each.id: each for each in load_shipped({f"{owner.id}.{key}": value})[1]}
    assert found[owner.id].parameters[key].value == value


@pytest.fixture
def compiled_again(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Provide a list to which each rule file whose code is compiled is added."""
    made: list[Path] = []

    def compiled(path: Path, content: bytes) -> CodeType:
        made.append(path)
        return python_rules.compiled(path, content)

    monkeypatch.setattr(shipped_pack, "compiled", compiled)
    return made


def code_in(cache: Path) -> Path:
    """Return the file in which the code of the rules is cached."""
    (found,) = cache.rglob("rules.*.code")
    return found


def ask_one() -> Rule:
    """Call a Python rule of a pack that is loaded now, as a run would; return it."""
    _, rules = load_shipped()
    rule = next(each for each in rules if each.path.endswith(".py"))
    audit(Scope(), Demo(), Policy((), (replace(rule, applies_to="*"),)), AT)
    return rule


def test_the_code_of_rules_is_compiled_once(compiled_again: list[Path]) -> None:
    ask_one()
    python = [each for each in load_shipped()[1] if each.path.endswith(".py")]
    assert compiled_again == [shipped("rules") / each.path for each in python]
    ask_one()
    assert len(compiled_again) == len(python)


def test_the_code_that_runs_is_that_of_the_file_that_was_hashed(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = ask_one()
    hashed = shipped_cache._hash_of_all()  # noqa: SLF001 - a run takes it once
    monkeypatch.setattr(shipped_cache, "_hash_of_all", lambda: hashed)
    (copy / rule.path).write_text("raise SystemExit", "utf-8")
    ask_one()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
        lambda content: content[:32] + marshal.dumps({}),
    ],
)
def test_tampered_code_never_runs(
    cache: Path,
    compiled_again: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[bytes], bytes],
) -> None:
    ask_one()
    kept_as, before = code_in(cache), len(compiled_again)
    whole = kept_as.read_bytes()
    kept_as.write_bytes(spoil(whole))
    loaded: list[object] = []
    monkeypatch.setattr(marshal, "loads", loaded.append)
    ask_one()
    assert not loaded
    assert len(compiled_again) == 2 * before
    assert kept_as.read_bytes() == whole


def test_code_of_another_python_or_place_never_runs(
    compiled_again: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_one()
    before = len(compiled_again)
    monkeypatch.setattr(shipped_cache, "MAGIC_NUMBER", b"else")
    ask_one()
    assert len(compiled_again) == 2 * before


def test_code_cached_elsewhere_never_runs(
    cache: Path, copy: Path, compiled_again: list[Path]
) -> None:
    ask_one()
    before, whole = len(compiled_again), code_in(cache).read_bytes()
    salt = MAGIC_NUMBER + b"/elsewhere"
    content = whole[32:]
    code_in(cache).write_bytes(shipped_cache._seal(content, salt) + content)  # noqa: SLF001 - as it would be there
    ask_one()
    assert len(compiled_again) == 2 * before
    assert copy.exists()


def test_where_code_cannot_be_cached_only_used_rules_are_compiled(
    cache: Path, compiled_again: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    ask_one()
    assert not compiled_again
    assert not [*cache.rglob("*.code")]


def test_a_rule_that_changed_runs_as_it_is_now(copy: Path, compiled_again: list[Path]) -> None:
    rule = ask_one()
    before = len(compiled_again)
    (copy / rule.path).write_text((copy / rule.path).read_text("utf-8") + "\n", "utf-8")
    ask_one()
    assert len(compiled_again) == 2 * before


def test_entries_depend_on_their_named_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = shipped_cache._hash_of_all()  # noqa: SLF001 - of the whole package, not of this folder
    monkeypatch.setattr(shipped_cache, "_hash_of_all", lambda: hashed)
    monkeypatch.setattr(shipped_cache, "_PACKAGE", tmp_path)
    table = tmp_path / "tables" / "one.yaml"
    table.parent.mkdir()
    read: list[str] = []
    for text in ("1", "1", "2", "2", "1"):
        table.write_text(text, "utf-8")

        def make() -> str:
            read.append(table.read_text("utf-8"))
            return read[-1]

        assert shipped_cache.cached("tables", make, "tables") == text
    assert read == ["1", "2", "1"]
