"""A collection that is cut off resumes where it was, and ends as if nothing had happened.

It is killed at random times, which are the same in each run: eight of them, fifty if the
environment has AMLAUDIT_TESTS=full.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any, Final, NamedTuple

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.scope import Scope
from amlaudit.scanners.events import Event, Noticed, Read
from amlaudit.scanners.snapshot import SnapshotWriter
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.hindered import FAILING, hindered
from tests.loopback.reading import collected
from tests.loopback.snapshots import completed_calls, content, needless, told
from tests.loopback.wire import Request

ROOT: Final = Path(__file__).parents[2]
FEW: Final = 5
"""Number of requests."""


class Moment(NamedTuple):
    """The time at which a collection is killed.

    Attributes:
        done: The fraction of its requests that arrive before.
        delay: Seconds after the last of them arrived.
    """

    done: float
    delay: float

    def __str__(self) -> str:
        """Return the name for test ids."""
        return f"{self.done:.0%} and {self.delay * 1000:.1f} ms"


def moments(count: int) -> list[Moment]:
    """Return times within a whole collection, about half of them before the last answer."""
    random = Random(2026)  # noqa: S311 - the same ones each time
    return [
        Moment(random.random(), random.choice((0.0, random.uniform(0.0005, 0.005))))
        for _ in range(count)
    ]


MOMENTS: Final = moments(50 if os.environ.get("AMLAUDIT_TESTS") == "full" else 8)


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the small estate, in small pages and with faults."""
    with hindered(certificates) as served:
        yield served


@pytest.fixture
def requests(azure: LoopbackAzure, tmp_path: Path) -> int:
    """Collect without interruption, and return how many requests that takes."""
    with collected(azure, snapshot=tmp_path / "whole.db"):
        pass
    made = len(azure.requests)
    azure.requests.clear()
    return made


@pytest.fixture
def whole(requests: int, tmp_path: Path) -> dict[str, list[Any]]:
    """Return the contents of an uninterrupted collection."""
    assert requests
    return content(tmp_path / "whole.db")


def killed_at(request: int, delay: float, azure: LoopbackAzure, path: Path) -> None:
    """Collect in a process that is killed some time after its n-th request arrives.

    Only a few more requests are answered until then: on a busy machine it might end before.
    """
    command = [sys.executable, "-m", "tests.loopback.collecting", azure.endpoint, str(path)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - ourselves
    timer = Timer(delay, process.kill)

    def kill(_request: Request, honest: Callable[[], Any]) -> Any:
        if delay:
            timer.start()
        else:
            process.kill()
        return honest()

    last = azure.fail(faults.anything, kill, nth=(request,))
    later = azure.fail(faults.anything, faults.SILENCE, nth=range(request + FEW, sys.maxsize))
    try:
        process.wait(600)
    finally:
        process.kill()
        process.wait()
        azure.mend(last)
        azure.mend(later)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_killed_collection_ends_like_one_that_was_not(
    moment: Moment,
    azure: LoopbackAzure,
    requests: int,
    whole: dict[str, list[Any]],
    tmp_path: Path,
) -> None:
    path = tmp_path / "estate.db"
    killed_at(1 + int(moment.done * (requests - 2 * FEW)), moment.delay, azure, path)
    assert not path.exists()
    partial = path.with_name("estate.db.partial")
    completed = completed_calls(partial)
    first = Counter(map(told, azure.requests))
    azure.requests.clear()
    with collected(azure, snapshot=path, resume=True):
        pass
    assert content(path) == whole
    assert not partial.exists()
    assert needless(first, completed, Counter(map(told, azure.requests))) == Counter()


def interrupted(azure: LoopbackAzure, path: Path, reads: int, scope: Scope | None = None) -> None:
    """Collect until the user interrupts, after a number of reads."""
    seen = count(1)  # next() on it is atomic across threads

    def interrupt(event: Event) -> None:
        if isinstance(event, Read) and next(seen) == reads:
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        collected(azure, scope, snapshot=path, observer=interrupt),
    ):
        pass


@pytest.mark.parametrize("reads", [1, 5, 20, 40])
def test_an_interrupted_collection_repeats_no_call_that_was_answered(
    reads: int, azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    interrupted(azure, path, reads)
    first = Counter(map(told, azure.requests))
    azure.requests.clear()
    heard: list[Event] = []
    with collected(azure, snapshot=path, resume=True, observer=heard.append):
        pass
    assert content(path) == whole
    # Requests in progress are completed, and their results kept.
    again = first & Counter(map(told, azure.requests))
    assert [path for _, path, *_ in again if not path.endswith(FAILING)] == []
    assert reads < 20 or any(isinstance(each, Read) and each.earlier for each in heard)
    assert any("resuming" in each.text for each in heard if isinstance(each, Noticed))


def test_a_finished_collection_is_renamed_without_further_requests(
    azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    with collected(azure, snapshot=path):
        pass
    azure.requests.clear()
    path.rename(tmp_path / "estate.db.partial")
    with collected(azure, snapshot=path, resume=True) as estate:
        assert estate.store.collection().ended_at is not None
    assert azure.requests == []
    assert content(path) == whole


@pytest.mark.parametrize("left", [None, b""], ids=["no file", "an empty file"])
def test_without_anything_to_resume_a_new_collection_starts(
    left: bytes | None, azure: LoopbackAzure, whole: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "estate.db"
    if left is not None:
        (tmp_path / "estate.db.partial").write_bytes(left)
    heard: list[Event] = []
    with collected(azure, snapshot=path, resume=True, observer=heard.append):
        pass
    assert content(path) == whole
    assert any("nothing to resume" in each.text for each in heard if isinstance(each, Noticed))


def test_a_different_collection_is_not_resumed(azure: LoopbackAzure, tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    interrupted(azure, path, 5, Scope(workspaces=("mlw-churn",)))
    azure.requests.clear()
    with pytest.raises(AmlauditError) as caught, collected(azure, snapshot=path, resume=True):
        pass
    assert (caught.value.code, caught.value.exit_code) == ("E304", Exit.USAGE)
    assert azure.requests == []
    assert (tmp_path / "estate.db.partial").exists()


def test_two_collections_do_not_write_to_one_place(azure: LoopbackAzure, tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    with SnapshotWriter(path):
        for resume in (False, True):
            with (
                pytest.raises(AmlauditError) as caught,
                collected(azure, snapshot=path, resume=resume),
            ):
                pass
            assert caught.value.code == "E301"
            assert caught.value.cause == "another collection is writing to it"
