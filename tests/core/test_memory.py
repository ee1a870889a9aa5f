"""Resources in memory behave like a snapshot."""

from amlaudit.core.arm_id import type_of
from amlaudit.core.memory import MemoryStore
from tests.estates import STORAGE_ID, WORKSPACE_ID, resource

COMPUTE_ID = f"{WORKSPACE_ID}/computes/c"


def test_resources_of_types_are_those_that_are_judged() -> None:
    several = tuple(map(resource, (WORKSPACE_ID, STORAGE_ID, COMPUTE_ID)))
    store = MemoryStore(several, context=frozenset({STORAGE_ID}))
    wanted = [type_of(each) for each in (WORKSPACE_ID, STORAGE_ID)]
    assert [each.id for each in store.of_types(wanted)] == [WORKSPACE_ID]
    assert list(store.of_types([])) == []
