"""Rules are tried on whole ARM documents, in the shape of real Azure responses."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook import documents
from amlaudit.rulebook.arm_properties import MEMBER, check_path
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")
RESPONSES = Path(__file__).parents[3] / "shared" / "azure-responses"
FILE = Path(documents.__file__).with_name("data") / "documents.yaml"
TELLS_KINDS = "odata.type"  # of criteria; the lists of properties omit it
DOCUMENTS: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text("utf-8"))["documents"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_passes_and_fails_a_whole_document(rule: Rule) -> None:
    cases = list(read_cases(cases_of(FOLDER / rule.path), rule.path, rule))
    whole = {case.expected for case in cases if case.is_whole}
    questions = {Status.MANUAL, Status.NOT_APPLICABLE, Status.UNKNOWN}
    assert whole >= {Status.PASS, Status.FAIL} or {case.expected for case in cases} <= questions


@pytest.mark.parametrize("arm_type", DOCUMENTS)
def test_a_whole_document_has_only_properties_that_azure_documents(arm_type: str) -> None:
    for document in DOCUMENTS[arm_type]:
        for within, steps in _paths(document, (), ()):
            assert steps[-1] == TELLS_KINDS or not check_path(arm_type.lower(), within, steps)


def _paths(
    value: Any, within: tuple[str, ...], steps: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the location of each value below one, and its path there."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield within, (*steps, key)
            yield from _paths(inner, within, (*steps, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, (*within, *steps, MEMBER), ())


def _responses() -> Mapping[str, list[Mapping[str, Any]]]:
    """Return every ARM document of the recorded responses, by its type in lower case."""
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for path in sorted(RESPONSES.rglob("*.json")):
        waiting = [] if path.name == "INDEX.json" else [json.loads(path.read_text("utf-8"))]
        for value in waiting:  # grows while it is iterated over
            if isinstance(value, dict):
                if {"id", "name", "type", "properties"} <= value.keys():
                    found[str(value["type"]).lower()].append(value)
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
    return found


@pytest.mark.skipif(
    not RESPONSES.is_dir(), reason="the folder of real responses is not beside the checkout"
)
def test_a_whole_document_has_all_that_every_real_response_of_its_type_has() -> None:
    compared = 0
    responses = _responses()
    for arm_type, ours in DOCUMENTS.items():
        theirs = responses[arm_type.lower()]
        always = [set(each) for each in theirs]
        inside = [set(each["properties"]) for each in theirs]
        for document in ours:
            if theirs:
                compared += 1
                assert set.intersection(*always) - {"id", "name", "type"} <= document.keys()
                assert set.intersection(*inside) <= document["properties"].keys(), arm_type
    assert compared > 25
