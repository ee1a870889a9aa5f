"""Work is shared out so that no lane waits for another."""

from threading import Lock

import pytest

from amlaudit.scanners.parallel import for_each, freest_first


def order(items: str, waits: dict[str, list[float]]) -> str:
    """Return items in the order in which they are begun; a lane is an item's letter."""

    def wait(lane: str) -> float:
        told = waits.get(lane, [0.0])
        return told.pop(0) if len(told) > 1 else told[0]

    return "".join(freest_first(items, str, wait))


def test_lanes_that_are_free_are_served_one_after_the_other() -> None:
    assert order("aabab", {}) == "aaabb"


def test_a_lane_that_is_not_free_is_passed_over_until_it_is() -> None:
    assert order("aabb", {"a": [1.0, 1.0, 0.0]}) == "bbaa"
    assert order("aabb", {"a": [0.0, 1.0, 0.0]}) == "abab"


def test_of_lanes_that_are_not_free_the_one_that_soonest_will_be_comes_first() -> None:
    assert order("aabbc", {"a": [3.0], "b": [2.0], "c": [1.0]}) == "cbbaa"


def test_nothing_is_no_work() -> None:
    assert order("", {}) == ""


def test_every_item_is_done_once_by_whatever_thread() -> None:
    done, lock = list[int](), Lock()

    def do(item: int) -> None:
        with lock:
            done.append(item)

    for_each(range(500), do, 8, lambda: None)
    assert sorted(done) == list(range(500))


def test_what_one_raises_stops_the_others() -> None:
    stopped, done = list[bool](), list[int]()

    def do(item: int) -> None:
        if item == 3:
            raise KeyboardInterrupt
        done.append(item)

    with pytest.raises(KeyboardInterrupt):
        for_each(range(10**6), do, 2, lambda: stopped.append(True))
    assert stopped == [True]
    assert len(done) < 10**6
