"""How settings are made in the portal is described where it is documented, and nowhere else."""

from pathlib import Path

import pytest
import yaml

from amlaudit.core.companions import adding, removing, setting
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.path import parse_path
from amlaudit.resources import shipped
from amlaudit.rulebook import portal
from amlaudit.rulebook.arm_properties import check_path
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.portal import companions_way, portal_way

FILE = Path(portal.__file__).with_name("data") / "portal.yaml"
WAYS = [
    (arm_type, path, way)
    for arm_type, properties in yaml.safe_load(FILE.read_text("utf-8")).items()
    for path, way in properties.items()
]
STORAGE = "Microsoft.Storage/storageAccounts"
_, RULES = load_pack(shipped("rules"), "built-in")


@pytest.mark.parametrize(("arm_type", "path", "way"), WAYS)
def test_every_portal_path_is_documented_and_serves_a_rule(
    arm_type: str, path: str, way: dict[str, ParameterValue]
) -> None:
    assert not check_path(arm_type.lower(), (), parse_path(path))
    assert str(way["source"]).startswith("https://learn.microsoft.com/")
    served = [rule for rule in RULES if rule.fix.settings.get(path) == way["value"]]
    assert str(way["page"]) in next(r for r in served if r.type_name == arm_type).fix.portal


def test_a_way_is_one_sentence() -> None:
    way = portal_way(STORAGE, {"properties.supportsHttpsTrafficOnly": True})
    assert way == (
        "In the portal: Settings > Configuration, set Secure transfer required to Enabled "
        "(https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer)."
    )


@pytest.mark.parametrize(
    ("arm_type", "settings"),
    [
        (STORAGE, {}),
        (STORAGE, {"properties.supportsHttpsTrafficOnly": False}),
        (STORAGE, {"properties.supportsHttpsTrafficOnly": True, "properties.isHnsEnabled": True}),
        ("Microsoft.Storage/other", {"properties.supportsHttpsTrafficOnly": True}),
    ],
)
def test_half_a_way_is_none(arm_type: str, settings: dict[str, ParameterValue]) -> None:
    assert portal_way(arm_type, settings) == ""


BESIDE = [
    (arm_type, deed, way)
    for arm_type, deeds in yaml.safe_load(
        FILE.with_name("portal_companions.yaml").read_text("utf-8")
    ).items()
    for deed, way in deeds.items()
]


@pytest.mark.parametrize(("arm_type", "deed", "way"), BESIDE)
def test_every_portal_path_to_a_companion_is_documented_and_serves_a_rule(
    arm_type: str, deed: str, way: dict[str, str]
) -> None:
    assert arm_type
    assert way["source"].startswith("https://learn.microsoft.com/")
    serving = [rule for rule in RULES if deed in {each.deed for each in rule.fix.companions}]
    assert [rule for rule in serving if f"{way['page']}, {way['step']}" in rule.fix.portal]


def test_portal_paths_to_companions_are_listed_once_and_only_if_all_are_known() -> None:
    lock = adding("Microsoft.Authorization/locks", "a", {})
    told = companions_way(STORAGE, [lock, removing("locks")])
    assert told.startswith("In the portal: Settings > Locks, choose Add")
    assert told.count("Settings > Locks") == 1
    assert companions_way(STORAGE, [lock, removing("backups")]) == ""
    assert companions_way(STORAGE, []) == ""


def test_the_path_that_is_set_decides_which_way_it_is() -> None:
    assert "Redundancy" in companions_way(STORAGE, [setting(STORAGE, {"sku.name": "x"})])
    assert companions_way(STORAGE, [setting(STORAGE, {"kind": "x"})]) == ""
