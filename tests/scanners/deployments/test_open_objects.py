"""Objects of which only a part is known: that part is known, and nothing else counts as absent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.hidden import gap_at
from amlaudit.core.members import FURTHER
from amlaudit.core.path import parse_path
from amlaudit.core.references import names_of
from amlaudit.core.relation_kinds import Named, Reference
from amlaudit.core.relations import STORAGE, WORKSPACE
from amlaudit.core.subject import Subject
from tests.estates import STORAGE_ID, WORKSPACE_ID, resource, subject
from tests.scanners.deployments.templates import deployed, nested, resources, template, vault
from tests.scanners.deployments.terraform.plans import change, collect, plan

SETTINGS = "parameters('settings')"
KNOWN = "createObject('environment', 'prod')"
PARAMETERS = {
    "settings": {"type": "object"},
    "pin": {"type": "object", "properties": {"code": {"type": "securestring"}}},
}


def tags(folder: Path, expression: str) -> tuple[Any, list[str]]:
    """Return the tags of a vault that are shown, and the paths of the gaps."""
    content = template(vault(tags=f"[{expression}]"), parameters=PARAMETERS)
    with deployed(folder, content) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
        return found.body.get("tags"), [".".join(path) for path, _ in found.gaps]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (f"union({SETTINGS}, {KNOWN})", {"environment": "prod"}),
        (f"union(createObject('a', 'b'), {SETTINGS}, {KNOWN})", {"environment": "prod"}),
        (f"union(resourceGroup().tags, {KNOWN})", {"environment": "prod"}),
        (f"union(resourceGroup(), {KNOWN})", {"environment": "prod"}),
        (f"union(union({SETTINGS}, {KNOWN}), createObject('a', 'b'))",
         {"environment": "prod", "a": "b"}),
        (f"union({KNOWN}, union({SETTINGS}, createObject('a', 'b')))", {"a": "b"}),
        (f"shallowMerge(createArray({SETTINGS}, {KNOWN}))", {"environment": "prod"}),
        (f"union({SETTINGS}, {KNOWN}, createObject('none', null()))", {"environment": "prod"}),
    ],
)  # fmt: skip
def test_the_last_of_merged_objects_is_known_whatever_precedes_it(
    expression: str, shown: Mapping[str, str], tmp_path: Path
) -> None:
    assert tags(tmp_path, expression) == (shown, ["tags.*"])


@pytest.mark.parametrize(
    "expression",
    [
        f"union({KNOWN}, {SETTINGS})",
        f"union({SETTINGS}, createObject())",
        f"union({SETTINGS}, createArray('a'))",
        f"shallowMerge({SETTINGS})",
        f"shallowMerge(createArray({SETTINGS}))",
        f"shallowMerge(concat(createArray({KNOWN}), {SETTINGS}))",
    ],
)
def test_an_unknown_object_may_replace_all_of_an_earlier_one(
    expression: str, tmp_path: Path
) -> None:
    assert tags(tmp_path, expression) == (None, ["tags"])


def test_objects_in_merged_objects_are_merged_too(tmp_path: Path) -> None:
    inner = "createObject('in', createObject('a', 'b'))"
    known = f"union({SETTINGS}, {inner}, createObject('in', createObject('c', 'd')))"
    shown, gaps = tags(tmp_path, known)
    assert shown == {"in": {"a": "b", "c": "d"}}
    assert sorted(gaps) == ["tags.*", "tags.in.*"]
    plain, gaps = tags(tmp_path, f"shallowMerge(createArray({SETTINGS}, {inner}))")
    assert (plain, gaps) == ({"in": {"a": "b"}}, ["tags.*"])


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("parameters('all').environment", "prod"),
        ("parameters('all').in.a", "b"),
        ("contains(parameters('all'), 'environment')", True),
        ("empty(parameters('all'))", False),
        ("parameters('all').owner", None),
        ("contains(parameters('all'), 'owner')", None),
        ("length(parameters('all'))", None),
    ],
)
def test_what_is_known_of_an_object_is_read_from_it(
    expression: str, shown: object, tmp_path: Path
) -> None:
    whole = f"[union({SETTINGS}, {KNOWN}, createObject('in', createObject('a', 'b')))]"
    one = template(vault(tags={"it": f"[{expression}]"}), parameters={"all": {"type": "object"}})
    module = nested("one", one, properties={"parameters": {"all": {"value": whole}}})
    with deployed(tmp_path, template(module, parameters=PARAMETERS)) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
        assert found.body["tags"] == {"it": shown}
        assert [path for path, _ in found.gaps] == ([] if shown is not None else [("tags", "it")])


def test_a_secret_in_a_partly_known_object_stays_one(tmp_path: Path) -> None:
    whole = f"[union({SETTINGS}, createObject('code', 'hunter2', 'open', 'yes'))]"
    one = template(vault(tags="[parameters('pin')]"), parameters=PARAMETERS)
    given = {"pin": {"value": whole}, "settings": {"value": {}}}
    module = nested("one", one, properties={"parameters": given})
    with deployed(tmp_path, template(module, parameters=PARAMETERS)) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
        assert found.body["tags"] == {"code": None, "open": "yes"}
        assert ("tags", "code") in [path for path, _ in found.gaps]


BODY = {"tags": {"environment": "prod"}, "list": [{"a": 1}]}


def test_what_an_open_object_does_not_show_is_unknown() -> None:
    whole = subject(BODY, gaps=("tags['*']", "list['*']"))
    assert whole["tags.environment"] == "prod"
    for path in ("tags.owner", "tags.owner.deep", "tags"):
        with pytest.raises(NoDataError):
            whole.get(path, default="")
    with pytest.raises(NoDataError):
        list(whole.each("tags", keyed=True))
    (first,) = (each for _, each in zip(range(1), whole.each("list"), strict=False))
    assert first.get("b", default=1) == 1
    assert whole.get("other", default=2) == 2


def test_a_gap_of_further_members_hides_only_what_is_not_shown() -> None:
    found = resource(WORKSPACE_ID, BODY, gaps=("tags['*']",))
    assert gap_at(found, parse_path("tags.Environment"), whole=True) is None
    assert gap_at(found, parse_path("tags.owner"), whole=False)
    assert gap_at(found, parse_path("tags"), whole=False) is None
    assert gap_at(found, parse_path("tags"), whole=True)
    assert gap_at(found, parse_path("location"), whole=True) is None


def test_a_reference_among_further_members_is_unknown() -> None:
    path = ("properties", "storageAccount")
    relation = Named(STORAGE, (Reference(WORKSPACE, path),))
    shown = resource(
        WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}}, gaps=("properties['*']",)
    )
    assert list(names_of(shown, relation)) == [STORAGE_ID]
    hidden = resource(WORKSPACE_ID, {"properties": {}}, gaps=("properties['*']",))
    (found,) = names_of(hidden, relation)
    assert isinstance(found, Gap)


def test_the_label_of_a_tag_that_is_known_is_known(tmp_path: Path) -> None:
    content = template(vault(tags=f"[union({SETTINGS}, {KNOWN})]"), parameters=PARAMETERS)
    with deployed(tmp_path, content) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
        assert ("tags", FURTHER) in [path for path, _ in found.gaps]
        assert Subject(found, estate).context("environment") == "prod"
        with pytest.raises(NoDataError, match="'settings' has no value"):
            Subject(found, estate).context("criticality")


def test_what_an_unsupported_argument_may_set_is_not_absent(tmp_path: Path) -> None:
    values = {"name": "st", "account_kind": "StorageV2", "brand_new": "Strict"}
    content = plan(change("azurerm_storage_account.st", values))
    estate = collect(tmp_path, content)
    (found,) = estate.of_type(STORAGE)
    account = Subject(found, estate)
    assert account["properties.publicNetworkAccess"] == "Enabled"
    with pytest.raises(NoDataError, match="brand_new may set it, which this version does not"):
        account.get("properties.brandNewSetting", default="Lax")
    estate.close()


def test_of_supported_arguments_alone_the_rest_is_absent(tmp_path: Path) -> None:
    content = plan(change("azurerm_storage_account.st", {"name": "st"}))
    estate = collect(tmp_path, content)
    (found,) = estate.of_type(STORAGE)
    assert Subject(found, estate).get("properties.brandNewSetting", default="Lax") == "Lax"
    estate.close()
