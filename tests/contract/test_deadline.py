"""A collection that is cut off by its deadline has gaps, and can be resumed where it stopped."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.relations import COMPUTE
from amlaudit.core.scope import Scope
from amlaudit.scanners.events import Event, Noticed
from amlaudit.scanners.snapshot_store import open_snapshot
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.clocks import Leaping
from tests.loopback.hindered import FAILING, hindered
from tests.loopback.reading import PACE, PATIENCE, collected
from tests.loopback.snapshots import completed_calls, content, needless, told

SECONDS: Final = 900
PATIENT: Final = replace(PATIENCE, longest_wait_seconds=2 * SECONDS)
"""Waits as long as it is asked to, if there is time."""
FEW_AT_ONCE: Final = replace(PACE, at_once=4, most_at_once=4)
"""Requests in progress are completed at the deadline: with more of them, none might be left."""
Options: TypeAlias = dict[str, Any]
_LUCK: Final = Random(2026)  # noqa: S311 - the same one each time
MOMENTS: Final = [
    _LUCK.random() for _ in range(40 if os.environ.get("AMLAUDIT_TESTS") == "full" else 6)
]
"""The fraction of requests that arrive before the deadline."""


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the small estate, in small pages and with faults."""
    with hindered(certificates) as served:
        yield served


@pytest.fixture
def whole(azure: LoopbackAzure, tmp_path: Path) -> dict[str, list[Any]]:
    """Return the contents of a collection without a deadline."""
    with collected(azure, snapshot=tmp_path / "whole.db"):
        pass
    return answered(tmp_path / "whole.db")


def answered(path: Path) -> dict[str, list[Any]]:
    """Return the contents of a snapshot, without calls unanswered at the deadline."""
    held = content(path)
    return {**held, "call": [each for each in held["call"] if each[-1] != "no answer"]}


def cut_at(nth: int, azure: LoopbackAzure, path: Path, *, resume: bool = False) -> list[str]:
    """Collect until the deadline, when the n-th request arrives; return the notices."""
    clock = Leaping()
    heard: list[Event] = []
    fault = azure.fail(faults.anything, clock.leaps(2 * SECONDS), nth=(nth,))
    options: Options = {"observer": heard.append, "clock": clock, "deadline_seconds": SECONDS}
    with collected(azure, snapshot=path, resume=resume, pace=FEW_AT_ONCE, **options):
        pass
    azure.mend(fault)
    return [each.text for each in heard if isinstance(each, Noticed)]


def resumed(azure: LoopbackAzure, path: Path) -> Counter[tuple[str, ...]]:
    """Resume without a deadline, and return the requests made."""
    azure.requests.clear()
    with collected(azure, snapshot=path, resume=True):
        pass
    return Counter(map(told, azure.requests))


@pytest.mark.parametrize("part", MOMENTS, ids="{:.0%}".format)
def test_goes_on_and_ends_like_one_that_had_time(
    part: float, azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    nth = 2 + int(part * (len(azure.requests) - 10))  # the first request finds out what there is
    azure.requests.clear()
    noticed = cut_at(nth, azure, path)
    assert noticed == [
        "time ran out before everything was read; run the same command with --resume to continue"
    ]
    first, completed = Counter(map(told, azure.requests)), completed_calls(path)
    second = resumed(azure, path)
    assert answered(path) == whole
    again = needless(first, completed, second)
    assert [place for _, place in again if not place.endswith(FAILING)] == []
    assert [each.name for each in tmp_path.glob("estate.db*")] == ["estate.db"]


def test_is_a_whole_snapshot_until_then(azure: LoopbackAzure, tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    cut_at(20, azure, path)
    estate = open_snapshot(path, Scope())
    assert estate.store.collection().ended_at is not None
    reasons = {gap.reason for gap in estate.gaps()}
    assert Reason.NOT_COLLECTED in reasons
    assert reasons <= {Reason.NOT_COLLECTED, Reason.FORBIDDEN, Reason.API_ERROR, Reason.TIMEOUT}
    estate.close()


def test_may_be_cut_off_again_and_again(
    azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    cut_at(5, azure, path)
    while cut_at(25, azure, path, resume=True)[1:]:
        assert path.exists()
    assert answered(path) == whole


def test_stays_as_it_was_if_the_resumption_is_killed(
    azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    cut_at(40, azure, path)
    before = path.read_bytes()

    def interrupt(_event: Event) -> None:
        if len(azure.requests) > 10:
            raise KeyboardInterrupt

    azure.requests.clear()
    with (
        pytest.raises(KeyboardInterrupt),
        collected(azure, snapshot=path, resume=True, observer=interrupt),
    ):
        pass
    assert path.read_bytes() == before
    resumed(azure, path)
    assert answered(path) == whole


def test_tries_again_what_azure_refused_for_longer_than_there_was_time(
    azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    fault = azure.fail(
        faults.path_ends("/mlw-churn/computes"), faults.throttled({"Retry-After": "3600"})
    )
    options: Options = {"patience": PATIENT, "deadline_seconds": SECONDS}
    with collected(azure, snapshot=path, **options) as estate:
        gap = estate.sight(small.CHURN.lower(), COMPUTE)
        assert gap is not None
        assert gap.reason is Reason.THROTTLED
    azure.mend(fault)
    resumed(azure, path)
    assert without_calls(answered(path)) == without_calls(whole)


def without_calls(held: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return the contents of a snapshot without its calls."""
    return {table: rows for table, rows in held.items() if table != "call"}


def test_learns_the_members_of_a_management_group_later(
    azure: LoopbackAzure, tmp_path: Path
) -> None:
    path, scope = tmp_path / "estate.db", Scope((small.PRODUCTION,), (small.GROUP,))
    fault = azure.fail(faults.path_ends("/descendants"), faults.throttled({"Retry-After": "3600"}))
    options: Options = {"patience": PATIENT, "deadline_seconds": SECONDS}
    with collected(azure, scope, snapshot=path, **options) as estate:
        assert len(estate.store.collection().reached) == 1
    azure.mend(fault)
    with collected(azure, scope, snapshot=path, resume=True) as estate:
        assert len(estate.store.collection().reached) == 2
        assert {gap.reason for gap in estate.gaps()} <= {Reason.FORBIDDEN, Reason.API_ERROR}


@pytest.mark.parametrize("name", ["", "goes-away.db"])
def test_without_a_snapshot_that_stays_says_what_would_have_helped(
    azure: LoopbackAzure, tmp_path: Path, name: str
) -> None:
    heard: list[Event] = []
    clock = Leaping()
    options: Options = {"observer": heard.append, "deadline_seconds": SECONDS, "clock": clock}
    if name:
        options |= {"snapshot": tmp_path / name, "is_kept": False}
    azure.fail(faults.anything, clock.leaps(2 * SECONDS), nth=(20,))
    with collected(azure, **options):
        pass
    assert (
        Noticed(
            "time ran out before everything was read; use --save-snapshot to make scans resumable"
        )
        in heard
    )


def test_a_snapshot_of_all_is_not_gone_on_with(azure: LoopbackAzure, tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    with collected(azure, snapshot=path):
        pass
    shutil.copy(path, tmp_path / "copy.db")
    heard: list[Event] = []
    with collected(azure, snapshot=path, resume=True, observer=heard.append):
        pass
    assert Noticed("there is nothing to resume; starting a new collection") in heard
    assert content(path) == content(tmp_path / "copy.db")
