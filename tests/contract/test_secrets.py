"""No secret of any shape in a document or error of any scanner is stored, logged or reported."""

import logging
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from zipfile import ZipFile

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Policy, audit
from amlaudit.reporters import formats, render
from amlaudit.rulebook.library import load_library
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.events import Event
from amlaudit.scanners.faults import ReadError, error_of_answer
from tests.loopback import estate as small
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates, trusting
from tests.loopback.reading import Held, collected
from tests.loopback.secrets import Mint, Secret, planted

AT: Final = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
_GRAM: Final = 6
"""Length of the prefixes by which secrets are pre-filtered; no secret is shorter."""


class Everything:
    """What a collection and an audit leave behind, by name, and the secrets that went in."""

    def __init__(self, secrets: list[Secret], left: dict[str, str]) -> None:
        self.secrets = secrets
        self.left = left

    def leaks(self, name: str) -> list[str]:
        """Return the texts of the secrets found in an output."""
        left = self.left[name]
        beginnings = {each[:_GRAM] for secret in self.secrets for each in secret.spellings()}
        # Thousands of secrets, and megabytes: most secrets are ruled out by their prefix.
        there = beginnings.intersection(left[at : at + _GRAM] for at in range(len(left)))
        return [
            secret.text
            for secret in self.secrets
            if any(each[:_GRAM] in there and each in left for each in secret.spellings())
        ]


@pytest.fixture(scope="module")
def everything(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """Collect and judge a small estate in which every document is full of secrets."""
    documents, secrets = small.documents(), list[Secret]()
    for number, document in enumerate(documents):
        properties, found = planted(Mint(number))
        secrets += found
        _plant(document, properties)
    heard = _Heard()
    snapshot = tmp_path_factory.mktemp("secrets") / "estate.db"
    events: list[Event] = []
    with (
        trusting(certificates),
        LoopbackAzure(certificates, documents) as azure,
        heard,
        collected(azure, snapshot=snapshot, observer=events.append) as estate,
    ):
        packs, rules = load_library(())
        report = audit(Scope(), Held(estate), Policy(packs, rules), AT)
        reports = {name: _text_of(b"".join(render(name, report))) for name in formats()}
    kept = {"snapshot": snapshot.read_bytes().decode("utf-8", "replace")}
    said = {"log": "\n".join(heard.lines), "progress": "\n".join(map(repr, events))}
    token = azure.requests[0].headers["authorization"].rpartition(".")[0].removeprefix("Bearer ")
    return Everything([*secrets, Secret(token, token)], {**reports, **kept, **said})


def _text_of(content: bytes) -> str:
    """Return all text in a report; a workbook is a ZIP file of texts."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def _plant(document: dict[str, Any], properties: Any) -> None:
    """Add properties to a document: next to its own, deeper, and those that fit into its tags."""
    own = document.setdefault("properties", {})
    for name, value in properties.items():
        own.setdefault(name, value)
    if isinstance(own.get("properties"), dict):
        own["properties"] = {**properties, **own["properties"]}
    words = {name: text for name, text in properties.items() if isinstance(text, str)}
    document["tags"] = {**(document.get("tags") or {}), **words}


class _Heard(logging.Handler):
    """Records every line that is logged, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> None:
        self.level_before = logging.getLogger().level
        logging.getLogger().addHandler(self)
        logging.getLogger().setLevel(logging.DEBUG)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self.level_before)


def test_hundreds_of_secrets_went_in_by_every_scanner(everything: Everything) -> None:
    assert len({secret.core for secret in everything.secrets}) > 1000
    kept = everything.left["snapshot"]
    types = {read.yields for scanner in all_scanners() for read in scanner.reads}
    assert [each for each in types if each not in kept] == []
    assert kept.count("redacted:") > 1000


@pytest.mark.parametrize("way", range(3))
def test_one_that_is_left_is_found_in_every_spelling(way: int, everything: Everything) -> None:
    spelled = [[*each.spellings()][way] for each in everything.secrets]
    assert min(map(len, spelled)) >= _GRAM
    parts = {"whole": "\n".join(spelled), "cut": "\n".join(each[:-1] for each in spelled)}
    found = Everything(everything.secrets, parts)
    assert found.leaks("whole") == [each.text for each in everything.secrets]
    assert found.leaks("cut") == []


@pytest.mark.parametrize("name", ["snapshot", "log", "progress", *formats()])
def test_none_is_left(name: str, everything: Everything) -> None:
    assert everything.leaks(name) == []


@pytest.mark.parametrize("kind", Mint(1).recognisable())
def test_none_of_an_error_is_left(kind: str) -> None:
    secret = Mint(1).recognisable()[kind]
    message = f"The request of {secret.text} failed."
    of_azure = error_of_answer(400, {"error": {"code": "BadRequest", "message": message}})
    assert of_azure.detail.startswith("Azure answered 400, BadRequest, ")
    of_the_network = ReadError(Reason.API_ERROR, message)
    told = of_azure.detail + of_the_network.detail
    assert [spelled for spelled in secret.spellings() if spelled in told] == []
