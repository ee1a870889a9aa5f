"""Companions are read from YAML, and validated with their position."""

from pathlib import Path

import pytest

from amlaudit.core.companions import Companion, Deed, adding, setting
from amlaudit.core.errors import AmlauditError
from amlaudit.core.rule import Fix
from amlaudit.rulebook.companion_reader import completed
from amlaudit.rulebook.yaml_rules import read_yaml_rule

RULE = """\
id: AML9001
title: It holds
severity: high
severity_reason: for a test
applies_to: Microsoft.MachineLearningServices/workspaces
require: { field: kind, equals: Hub }
because: for a test
sources: [https://example.com]
fix:
  command: az fix
  companions:
"""


def fix_of(tmp_path: Path, *companions: str) -> Fix:
    file = tmp_path / "aml9001_holds.yaml"
    file.write_text(RULE + "".join(f"    - {each}\n" for each in companions), "utf-8")
    return read_yaml_rule(file, file.name, "test").fix


def test_each_kind_is_read(tmp_path: Path) -> None:
    fix = fix_of(
        tmp_path,
        "{ add: A/locks, name: keep, via: [storage], under: '{its.id}', body: { level: x } }",
        "{ of: A/vaults, via: key-vault, set: { properties.enablePurgeProtection: true } }",
        "{ of: A/w, join: { properties.ipAllowlist: <range> } }",
        "{ remove: all of it, via: own-locks, along: [{ add: A/locks, name: n }] }",
        "{ remove: properties.privateEndpointConnections }",
    )
    lock, vault, ranges, gone, member = fix.companions
    assert lock == adding("A/locks", "keep", {"level": "x"}, under="{its.id}", via=("storage",))
    purge = {"properties.enablePurgeProtection": True}
    assert vault == setting("A/vaults", purge, via=("key-vault",))
    assert ranges == setting("A/w", {}, joined={"properties.ipAllowlist": "<range>"})
    assert (gone.deed, gone.via, gone.member) == (Deed.REMOVE, ("own-locks",), "")
    assert gone.along == (adding("A/locks", "n", {}),)
    assert (member.via, member.member) == ((), "properties.privateEndpointConnections")


@pytest.mark.parametrize(
    ("companion", "told"),
    [
        ("{ name: x }", "a companion needs add, set, join or remove"),
        ("{ add: A/b }", 'a companion of this kind needs "name"'),
        ("{ set: { kind: Hub } }", 'a companion of this kind needs "of"'),
        ("{ remove: all of it, via: lockz }", 'has no relation "lockz"'),
        ("{ remove: all of it, via: [storage, computes] }", 'has no relation "computes"'),
        ("{ of: A/b, set: { properties.kindd: x } }", "properties.kindd is not a field of"),
        ("{ of: A/b, via: storage, set: { properties.hbiWorkspace: x } }", "is not a field of"),
        ("{ add: A/b, name: x, body: [1] }", "body must be an object"),
        ("{ add: A/b, name: x, bodi: {} }", "bodi"),
    ],
)
def test_a_wrong_one_is_an_error_at_its_place(tmp_path: Path, companion: str, told: str) -> None:
    with pytest.raises(AmlauditError, match=r"aml9001_holds\.yaml:12") as caught:
        fix_of(tmp_path, companion)
    assert told in str(caught.value)


def test_parameters_and_versions_are_filled_in() -> None:
    body = {"properties": {"days": "{parameters.days}", "text": "{texts.days}", "x": ["{id}"]}}
    child = adding("Microsoft.Authorization/locks", "n", {"d": "{parameters.days}"})
    found = completed(
        adding(
            "Microsoft.Insights/diagnosticSettings", "n", body, via=("storage",), along=(child,)
        ),
        {"days": 7},
    )
    assert found.body == {"properties": {"days": 7, "text": "7", "x": ["{id}"]}}
    assert found.along[0].body == {"d": 7}
    assert found.api_version == "2021-05-01-preview"
    assert found.via_version


def test_a_stated_version_is_kept() -> None:
    written = Companion(deed=Deed.ADD, type_name="Microsoft.Authorization/locks", api_version="v")
    assert completed(written, {}).api_version == "v"
