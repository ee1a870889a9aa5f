"""The hash of evidence changes with what was observed, and with nothing else."""

import json
from hashlib import sha256

import pytest
from msgspec.structs import replace

from amlaudit.core.observed import EvidenceHashes, evidence_sha256, grouped, json_text, plain
from amlaudit.core.resource import frozen
from amlaudit.core.verdict import Evidence, Look, Other, Seen, evidence_of
from tests.estates import STORAGE_ID, WORKSPACE_ID, resource

LOOK = Evidence(WORKSPACE_ID, "tags", "a tag", frozen({"b": [1], "a": None}), Seen.PRESENT)


def test_what_was_observed_where_and_how_changes_the_hash() -> None:
    hashes = {
        evidence_sha256([LOOK]),
        evidence_sha256([]),
        evidence_sha256([replace(LOOK, observed="other")]),
        evidence_sha256([replace(LOOK, path="kind")]),
        evidence_sha256([replace(LOOK, resource_id="/subscriptions/x")]),
        evidence_sha256([replace(LOOK, seen=Seen.DEFAULT)]),
    }
    assert len(hashes) == 6


def test_expectation_origin_and_order_of_keys_do_not() -> None:
    same = replace(
        LOOK,
        expected="another tag",
        observed={"a": None, "b": [1]},
        origin=resource(WORKSPACE_ID).origin,
    )
    assert evidence_sha256([same]) == evidence_sha256([LOOK])


def test_values_that_json_cannot_represent_become_text() -> None:
    deep: object = "end"
    for _ in range(70):
        deep = [deep]
    assert plain(float("inf")) == "inf"
    assert plain({1: (True, None, 2.5)}) == {"1": [True, None, 2.5]}
    assert plain(frozenset()) == "frozenset()"
    assert "…" in str(plain(deep))
    assert "end" not in str(plain(deep))


def test_the_hash_is_that_of_json() -> None:
    other = replace(LOOK, path="kind", observed="é", seen=Seen.DEFAULT)
    rows = [
        [each.resource_id, each.path, plain(each.observed), each.seen] for each in (LOOK, other)
    ]
    text = json.dumps(rows, separators=(",", ":"))
    assert evidence_sha256([LOOK, other]) == sha256(text.encode()).hexdigest()


def test_resources_that_share_what_was_observed_have_hashes_of_their_own() -> None:
    looks = (Look("kind", "", "\0é", Seen.PRESENT), LOOK, Look("tags", "", None, Seen.ABSENT))
    hashes = EvidenceHashes()
    for resource_id in (WORKSPACE_ID, STORAGE_ID, WORKSPACE_ID):
        whole = evidence_of(looks, resource_id, None)
        assert hashes.of(looks, resource_id) == evidence_sha256(whole)


def test_what_was_observed_at_others_is_hashed_under_their_ids() -> None:
    numbered = [Look("kind", "", "a", Seen.PRESENT, at=at) for at in (0, 1, 1, 0, 2)]
    others = (Other(STORAGE_ID, None), Other(f"{STORAGE_ID}2", None))
    whole = evidence_of(numbered, WORKSPACE_ID, None, others)
    assert [each.resource_id for each in whole] == [
        WORKSPACE_ID,
        STORAGE_ID,
        STORAGE_ID,
        WORKSPACE_ID,
        f"{STORAGE_ID}2",
    ]
    assert EvidenceHashes().of(numbered, WORKSPACE_ID, others) == evidence_sha256(whole)


def test_consecutive_looks_at_one_resource_are_grouped() -> None:
    looks = [replace(LOOK, path=path) for path in "ab"]
    later = replace(LOOK, path="c", resource_id=STORAGE_ID)
    rows = grouped([*looks, later, looks[0]], lambda each: each.path)
    own, other = Other(WORKSPACE_ID, None), Other(STORAGE_ID, None)
    assert rows == [(own, ["a", "b"]), (other, ["c"]), (own, ["a"])]
    read = replace(LOOK, path="d", origin=resource(WORKSPACE_ID).origin)
    assert len(grouped([LOOK, read], lambda each: each.path)) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "<a>"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (None, "null"),
        (2.5, "(2.5)"),
        (float("inf"), "(inf)"),
        ({"b": 1, "a": (2,)}, "({'a': [2], 'b': 1})"),
    ],
)
def test_each_value_is_spelled_as_json_has_it(value: object, text: str) -> None:
    assert json_text(value, "<{}>".format, "({})".format) == text
