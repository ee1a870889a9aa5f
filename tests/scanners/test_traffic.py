"""Requests leave in their turn, and not after the deadline."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from amlaudit.scanners.events import Event, Waiting
from amlaudit.scanners.pace import Pace
from amlaudit.scanners.traffic import (
    GRAPH,
    GRAPH_PATH,
    TENANT,
    Clock,
    OutOfTimeError,
    StoppedError,
    Traffic,
    lane_of,
)

SUBSCRIPTION = "/subscriptions/s"


class Jumping(Clock):
    """A clock that jumps to wherever somebody waits for it to be."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        super().sleep(0)
        self.at += seconds


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        (GRAPH_PATH, GRAPH),
        (GRAPH_PATH.lower(), GRAPH),
        ("/subscriptions", TENANT),
        ("/subscriptions/", TENANT),
        ("/providers/Microsoft.Management/managementGroups/g/descendants", TENANT),
        ("/subscriptions/S/providers/Microsoft.A/b", SUBSCRIPTION),
        ("/subscriptions/s", SUBSCRIPTION),
    ],
)
def test_azure_counts_by_subscription_and_the_graph_by_principal(path: str, lane: str) -> None:
    assert lane_of(path) == lane


def test_a_lane_is_as_fast_as_its_budget_and_does_not_slow_others(clock: Jumping) -> None:
    traffic = Traffic(Pace(reads_at_once=10, reads_per_second=5), clock)
    for _ in range(60):
        with traffic.turn(SUBSCRIPTION):
            pass
    assert clock.at == pytest.approx(10)
    with traffic.turn("/subscriptions/other"):
        pass
    assert clock.at == pytest.approx(10)


def test_queries_keep_to_their_window(clock: Jumping) -> None:
    traffic = Traffic(Pace(), clock)
    for _ in range(31):
        with traffic.turn(GRAPH):
            pass
    assert clock.at == pytest.approx(10.5)


def test_an_exhausted_quota_pauses_only_the_graph(clock: Jumping) -> None:
    traffic = Traffic(Pace(), clock)
    headers = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"}
    traffic.answered(GRAPH, headers)
    with traffic.turn(SUBSCRIPTION):
        assert clock.at == 0
    with traffic.turn(GRAPH):
        assert clock.at == pytest.approx(4)


def test_few_reads_left_slow_a_subscription_down(clock: Jumping) -> None:
    traffic = Traffic(Pace(), clock)
    traffic.answered(SUBSCRIPTION, {"x-ms-ratelimit-remaining-subscription-reads": "5"})
    with traffic.turn(SUBSCRIPTION):
        assert clock.at == pytest.approx(21 / Pace().reads_per_second)


def test_a_refusal_pauses_its_lane_and_halves_its_concurrency(clock: Jumping) -> None:
    traffic = Traffic(Pace(at_once=8), clock)
    traffic.throttled(SUBSCRIPTION, 30)
    assert traffic.at_once == 4
    with traffic.turn("/subscriptions/other"):
        assert clock.at == 0
    with traffic.turn(SUBSCRIPTION):
        assert clock.at == pytest.approx(30)


def test_waits_are_reported(clock: Jumping) -> None:
    heard: list[Event] = []
    traffic = Traffic(Pace(), clock, observer=heard.append)
    traffic.pause(30, GRAPH, throttled=True)
    traffic.pause(0.1, GRAPH)
    assert heard == [Waiting(GRAPH, 30, throttled=True)]


def test_no_wait_is_begun_that_the_deadline_would_cut(clock: Jumping) -> None:
    traffic = Traffic(Pace(), clock, deadline_seconds=10)
    traffic.pause(9, GRAPH)
    assert traffic.time_left() == pytest.approx(1)
    with pytest.raises(OutOfTimeError):
        traffic.pause(1, GRAPH)
    assert clock.at == 9
    clock.at = 11
    with pytest.raises(OutOfTimeError), traffic.turn(SUBSCRIPTION):
        pass


def test_giving_up_states_whether_azure_asked_to_wait(clock: Jumping) -> None:
    traffic = Traffic(Pace(reads_at_once=1), clock, deadline_seconds=0.01)
    with traffic.turn(SUBSCRIPTION):
        pass
    with pytest.raises(OutOfTimeError) as spent, traffic.turn(SUBSCRIPTION):
        pass
    traffic.throttled(SUBSCRIPTION, 30)
    with pytest.raises(OutOfTimeError) as refused, traffic.turn(SUBSCRIPTION):
        pass
    assert not spent.value.is_held
    assert refused.value.is_held


def test_nothing_is_sent_after_a_stop() -> None:
    traffic = Traffic()

    def wait() -> None:
        with pytest.raises(StoppedError):
            traffic.pause(60, GRAPH)

    waiting = threading.Thread(target=wait)
    waiting.start()
    traffic.stop()
    waiting.join(30)
    assert not waiting.is_alive()
    with pytest.raises(StoppedError), traffic.turn(SUBSCRIPTION):
        pass


def test_nothing_is_sent_after_a_wait_for_others_that_outlasts_a_stop() -> None:
    traffic = Traffic(Pace(at_once=1, most_at_once=1, reads_at_once=2))
    ends: list[type[BaseException] | None] = []

    def work() -> None:
        try:
            with traffic.turn(SUBSCRIPTION):
                ends.append(None)
        except StoppedError as error:
            ends.append(type(error))

    waiting = threading.Thread(target=work)
    with traffic.turn(SUBSCRIPTION):
        waiting.start()
        while not traffic.wait(SUBSCRIPTION):  # until it has taken its part of the budget
            time.sleep(0.001)
        traffic.stop()
    waiting.join(30)
    assert ends == [StoppedError]
    with pytest.raises(StoppedError), traffic.turn("/subscriptions/other"):
        pass  # the slot is free again


def test_no_more_run_at_once_than_may() -> None:
    traffic = Traffic(Pace(at_once=3, most_at_once=3))
    running, most = 0, 0
    lock = threading.Lock()
    go = threading.Barrier(8)

    def work() -> None:
        nonlocal running, most
        go.wait()
        for _ in range(20):
            with traffic.turn(SUBSCRIPTION):
                with lock:
                    running += 1
                    most = max(most, running)
                with lock:
                    running -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    with _joined(threads):
        pass
    assert most <= 3
    assert running == 0


def _joined(threads: list[threading.Thread]) -> ExitStack:
    """Start threads; leaving joins them."""
    stack = ExitStack()
    for each in threads:
        each.start()
        stack.callback(each.join)
    return stack


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before
