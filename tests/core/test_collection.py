"""Reports describe how the judged evidence was read, not what else is in a snapshot."""

from amlaudit.core.collection import Collection
from amlaudit.core.scope import Scope

READ = Collection(
    scope=Scope(
        subscriptions=("s",), resource_groups=("rg",), workspaces=("ws",), excluded=("*/a", "*/b")
    ),
    principal="somebody",
)


def test_a_run_without_filters_judges_everything_that_was_read() -> None:
    assert READ.narrowed(Scope()) == READ


def test_a_narrower_run_states_its_scope() -> None:
    asked = Scope(resource_groups=("other",), workspaces=("w2",), excluded=("*/b", "*/c"))
    found = READ.narrowed(asked)
    assert found.principal == "somebody"
    assert found.scope == Scope(
        subscriptions=("s",),
        resource_groups=("other",),
        workspaces=("w2",),
        excluded=("*/a", "*/b", "*/c"),
    )
