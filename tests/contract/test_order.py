"""The graph and Resource Manager are read in parallel; which one answers first changes nothing."""

import sqlite3
import time
from collections import Counter
from pathlib import Path
from threading import Event as Flag
from typing import Final

import pytest
from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.scope import Scope
from amlaudit.scanners.events import Closed, Event, Planned, Read
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.faults import Act, Honest, Predicate
from tests.loopback.reading import PACE, collected
from tests.loopback.snapshots import content
from tests.loopback.wire import Reply, Request

LATE_SECONDS: Final = 0.1
GIVEN_UP_SECONDS: Final = 50
"""Less than amlaudit waits for an answer, and more than a busy machine needs for all the rest."""
SCOPES: Final = {
    "everything": Scope(),
    "a workspace and what it refers to": Scope(workspaces=("mlw-churn",)),
    "a resource group": Scope(resource_groups=("rg-lab",)),
}


def late(_request: Request, honest: Honest) -> Reply:
    """Answer late."""
    time.sleep(LATE_SECONDS)
    return honest()


def until(flag: Flag, given_up: Flag) -> Act:
    """Answer once something else has happened, or give up on all that wait for it."""

    def act(_request: Request, honest: Honest) -> Reply:
        if not given_up.is_set() and not flag.wait(GIVEN_UP_SECONDS):
            given_up.set()
        return honest()

    return act


def sets(flag: Flag) -> Act:
    """Answer, and let others continue."""

    def act(_request: Request, honest: Honest) -> Reply:
        flag.set()
        return honest()

    return act


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize(
    "is_late",
    [
        faults.of_graph,
        faults.path_ends("/workspaces", "/registries"),
        faults.path_ends("/onlineEndpoints"),
    ],
    ids=["the graph", "lists of a subscription", "lists of a workspace"],
)
def test_whoever_is_late_the_snapshot_is_the_same(
    is_late: Predicate, scope: Scope, azure: LoopbackAzure, tmp_path: Path
) -> None:
    with collected(azure, scope, snapshot=tmp_path / "usual.db"):
        usual = Counter((each.method, each.path) for each in azure.requests)
    azure.requests.clear()
    azure.fail(is_late, late)
    with collected(azure, scope, snapshot=tmp_path / "late.db"):
        assert Counter((each.method, each.path) for each in azure.requests) == usual
    assert content(tmp_path / "late.db") == content(tmp_path / "usual.db")


@pytest.mark.parametrize("at_once", [2, 8])
def test_what_hangs_under_a_workspace_is_read_before_the_graph_has_answered(
    at_once: int, azure: LoopbackAzure
) -> None:
    asked, given_up = Flag(), Flag()
    azure.fail(faults.of_graph, until(asked, given_up))
    azure.fail(faults.path_ends(f"{small.CHURN}/computes"), sets(asked))
    pace = replace(PACE, at_once=at_once, most_at_once=at_once)
    with collected(azure, pace=pace) as estate:
        assert estate.gaps() == ()
    assert not given_up.is_set()


def test_what_the_graph_shows_is_read_before_resource_manager_has_listed_it(
    azure: LoopbackAzure,
) -> None:
    asked, given_up = Flag(), Flag()
    azure.fail(
        faults.path_ends("/Microsoft.MachineLearningServices/workspaces"), until(asked, given_up)
    )
    azure.fail(faults.path_ends(f"{small.CHURN}/computes"), sets(asked))
    with collected(azure) as estate:
        assert estate.gaps() == ()
    assert not given_up.is_set()


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_subscription_is_completed_once_after_its_last_read(
    scope: Scope, azure: LoopbackAzure, tmp_path: Path
) -> None:
    told: list[Event] = []
    path = tmp_path / "estate.db"
    azure.fail(faults.of_graph, late)
    with collected(azure, scope, snapshot=path, observer=told.append):
        pass
    closed = [each for each in told if isinstance(each, Closed)]
    subscriptions = [f"/subscriptions/{key}" for key in (small.PRODUCTION, small.LABORATORY)]
    assert sorted(each.scope for each in closed) == subscriptions
    for each in closed:
        later = told[told.index(each) :]
        assert not [one for one in later if isinstance(one, Read) and one.scope in {each.scope, ""}]
        assert each.resources == resources_in(each.scope, path)


def test_as_many_reads_are_reported_as_were_planned(azure: LoopbackAzure) -> None:
    planned, read = Counter[str](), Counter[str]()

    def tell(event: Event) -> None:
        if isinstance(event, Planned):
            planned[event.scanner] += event.reads
        if isinstance(event, Read):
            read[event.scanner] += 1

    with collected(azure, observer=tell):
        pass
    assert planned == read


def resources_in(scope_id: str, path: Path) -> int:
    """Return how many resources of a scope are in a snapshot."""
    db = sqlite3.connect(path)
    ids = [each for (each,) in db.execute("SELECT id FROM resource")]
    db.close()
    return sum(scope_id in arm_id.scopes_of(each) for each in ids)
