"""Which part of a snapshot is judged, and which gaps concern it."""

import pytest

from amlaudit.core.scope import Scope
from amlaudit.scanners.extent import Extent
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID

OTHER_ID = WORKSPACE_ID.replace("/ws", "/other")
OTHER_GROUP = f"{SUBSCRIPTION}/resourcegroups/elsewhere"
FAR_ID = f"{OTHER_GROUP}/providers/microsoft.keyvault/vaults/kv"
ALONE_ID = STORAGE_ID.replace("/storageaccounts/", "/storageaccounts/alone")
LINKS = [(WORKSPACE_ID, STORAGE_ID), (WORKSPACE_ID, FAR_ID), (OTHER_ID, ALONE_ID)]
IDS = (WORKSPACE_ID, OTHER_ID, STORAGE_ID, ALONE_ID)


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope(), {*IDS, FAR_ID}),
        (Scope(workspaces=("ws",)), {WORKSPACE_ID, STORAGE_ID, FAR_ID}),
        (Scope(workspaces=("ws",), excluded=(STORAGE_ID,)), {WORKSPACE_ID, FAR_ID}),
        (Scope(excluded=(WORKSPACE_ID,)), {OTHER_ID, STORAGE_ID, ALONE_ID, FAR_ID}),
    ],
)
def test_what_is_named_is_judged_and_its_gaps_concern_it_with_what_it_refers_to(
    scope: Scope, told: set[str]
) -> None:
    extent = Extent(scope, IDS, LINKS)
    children = {f"{each}/children/c" for each in told}
    every = {each for known in (*IDS, FAR_ID) for each in (known, f"{known}/children/c")}
    assert set(filter(extent.holds, every)) == told | children
    assert set(filter(extent.concerns, every)) == told | children


@pytest.mark.parametrize(
    ("scope", "concerned"),
    [
        (Scope(workspaces=("ws",)), {SUBSCRIPTION, GROUP, OTHER_GROUP}),
        (Scope(workspaces=("missing",)), {SUBSCRIPTION, GROUP, OTHER_GROUP}),
        (Scope(resource_groups=("rg",)), {SUBSCRIPTION, GROUP, OTHER_GROUP}),
        (Scope(resource_groups=("missing",)), {SUBSCRIPTION}),
        (Scope(workspaces=("ws",), excluded=(GROUP,)), {SUBSCRIPTION, OTHER_GROUP}),
    ],
)
def test_a_gap_above_concerns_everything_that_may_be_below(
    scope: Scope, concerned: set[str]
) -> None:
    extent = Extent(scope, IDS, LINKS)
    assert set(filter(extent.concerns, (SUBSCRIPTION, GROUP, OTHER_GROUP))) == concerned
