"""Files that are damaged before they are loaded: rules, cases, exports, snapshots.

Only an `AmlauditError` with a code may come out of loading, only verdicts out of judging.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError
from amlaudit.core.resource import Origin
from amlaudit.core.scope import Scope
from amlaudit.demo.source import READ_AT, gaps
from amlaudit.engine.evaluate import evaluate
from amlaudit.pipeline import Policy, audit
from amlaudit.reporters import render
from amlaudit.rulebook.cases import read_cases, read_equivalents
from amlaudit.rulebook.yaml_rules import read_yaml_rule
from amlaudit.scanners.call import Call
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.files.source import Files
from amlaudit.scanners.snapshot import SnapshotWriter
from fuzz.mutate import damaged_bytes, damaged_tree, damaged_words
from fuzz.worlds import (
    case_texts,
    checked,
    coded,
    embedded,
    rule_texts,
    rules,
    worlds_of,
)

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FEW: Final = 5
"""Documents in an export."""


def rule_round(random: Random, folder: Path) -> None:
    """Load a damaged rule; if it is one, judge the cases of the rule by it."""
    shown_as, text = random.choice(rule_texts())
    path = folder / "rule.yaml"
    path.write_bytes(damaged_yaml(random, text))
    try:
        rule = read_yaml_rule(path, shown_as, "area")
    except AmlauditError as error:
        coded(error)
        return
    found = worlds_of().get(shown_as.rpartition("/")[2][:7].upper(), ())
    for world in random.sample(found, min(3, len(found))):
        if world.case.subject.type == rule.applies_to:
            world.verdict(rule)


def case_round(random: Random, folder: Path) -> None:
    """Load damaged cases; judge those that are some."""
    rule, text = random.choice(case_texts())
    path = folder / "rule.cases.yaml"
    path.write_bytes(damaged_yaml(random, text))
    try:
        read_equivalents(path, "rule.cases.yaml")
        cases = list(read_cases(path, "rule.cases.yaml", rule))
    except AmlauditError as error:
        coded(error)
        return
    for case in cases:
        checked(rule, case.judge(rule))


def damaged_yaml(random: Random, text: str) -> bytes:
    """Return a YAML text damaged in its bytes, its words or its structure."""
    match random.randrange(3):
        case 0:
            return damaged_bytes(random, text.encode())
        case 1:
            return damaged_words(random, text).encode("utf-8", "surrogatepass")
        case _:
            return _dumped(damaged_tree(random, yaml.safe_load(text)))


def damaged_json(random: Random, text: str) -> bytes:
    """Return a JSON text damaged in its bytes, its words or its structure."""
    match random.randrange(4):
        case 0:
            return damaged_bytes(random, text.encode())
        case 1:
            return damaged_words(random, text).encode("utf-8", "surrogatepass")
        case _:
            return json_bytes(damaged_tree(random, json.loads(text)))


def _dumped(value: object) -> bytes:
    """Return a value as YAML; as JSON, which is YAML too, where it is too deep for that."""
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass")
    except (RecursionError, yaml.YAMLError):
        return json_bytes(value)


def json_bytes(value: object) -> bytes:
    """Return a value as JSON, a deep one too."""
    try:
        return json.dumps(value, default=str).encode()
    except RecursionError:
        return b"[" * 5_000 + b"]" * 5_000


def export_round(random: Random, folder: Path) -> None:
    """Audit a damaged export, and write its report."""
    documents: list[Any] = random.sample(embedded(), _FEW)
    shape = random.choice(_SHAPES)
    if random.random() < 0.5:  # noqa: PLR2004
        data = json_bytes(damaged_tree(random, shape(documents)))
    else:
        data = damaged_bytes(random, json_bytes(shape(documents)))
    path = folder / "export.json"
    path.write_bytes(data)
    try:
        report = audit(Scope(), Files((path,)), Policy((), rules()), AT)
    except AmlauditError as error:
        coded(error)
        return
    for finding in report.findings:
        checked(finding.rule, finding.verdict)
    for name in ("json", "sarif", "html") if random.random() < 0.1 else ("json",):  # noqa: PLR2004
        b"".join(render(name, report)).decode()


_SHAPES: Final[tuple[Callable[[list[Any]], Any], ...]] = (
    lambda documents: documents,
    lambda documents: documents[0],
    lambda documents: {"value": documents, "nextLink": "https://next.example"},
    lambda documents: {"data": documents, "totalRecords": len(documents), "count": 1},
    lambda documents: {
        "data": {
            "columns": [{"name": "id"}, {"name": "properties"}],
            "rows": [[each["id"], each.get("properties")] for each in documents],
        }
    },
    lambda documents: {
        "method": "GET",
        "url": f"https://arm.example{documents[0]['id']}?api-version=2025-12-01",
        "status": 200,
        "body": documents[0],
    },
    lambda documents: {
        "method": "GET",
        "url": f"https://arm.example{documents[0]['id']}?api-version=2025-12-01",
        "status": 403,
        "body": {"error": {"code": "AuthorizationFailed", "message": "perform action 'a/b'"}},
    },
)


def snapshot_round(random: Random, folder: Path) -> None:
    """Audit a damaged snapshot."""
    path = folder / "estate.db"
    path.write_bytes(_damaged_file(random, _snapshot()))
    try:
        estate = Files((path,)).collect(Scope())
    except AmlauditError as error:
        coded(error)
        return
    try:
        for finding in evaluate(rules(), estate):
            checked(finding.rule, finding.verdict)
        estate.gaps()
        estate.store.counts()
        estate.store.collection()
    except AmlauditError as error:
        coded(error)
    finally:
        estate.close()


def _damaged_file(random: Random, data: bytes) -> bytes:
    """Return a file with bytes flipped where it holds something, or cut off, or with lost pages."""
    found = bytearray(data)
    match random.randrange(8):
        case 0:
            del found[random.randrange(len(found)) :]
        case 1:
            page = random.randrange(len(found) // 4096) * 4096
            found[page : page + 4096] = bytes(4096)
        case _:
            held = _held(data)
            for _ in range(random.choice((1, 1, 2, 8, 64))):
                found[random.choice(held)] ^= 1 << random.randrange(8)
    return bytes(found)


@cache
def _held(data: bytes) -> list[int]:
    """Return the positions of bytes that are not zero."""
    return [at for at, byte in enumerate(data) if byte]


@cache
def _snapshot() -> bytes:
    """Return a small snapshot."""
    with TemporaryDirectory() as name:
        path = Path(name) / "estate.db"
        writer = SnapshotWriter(path)
        call = writer.add_call(Call("GET", "/subscriptions", "2025-12-01", "200", READ_AT))
        origin = Origin("GET /subscriptions", "2025-12-01", READ_AT)
        for document in embedded()[::12]:
            writer.add_resources(resources_of(document, origin), call)
        for gap in gaps():
            writer.add_gap(gap)
        writer.finish(Collection(started_at=READ_AT, ended_at=READ_AT)).close()
        return path.read_bytes()
