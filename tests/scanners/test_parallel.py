"""Work is distributed so that no lane waits for another."""

from threading import Event, Lock

import pytest

from amlaudit.scanners.parallel import WorkQueue, for_each


def order(items: str, waits: dict[str, list[float]], first: str = "") -> str:
    """Return items in the order in which they are started; a lane is an item's letter."""

    def wait(lane: str) -> float:
        told = waits.get(lane, [0.0])
        return told.pop(0) if len(told) > 1 else told[0]

    return "".join(WorkQueue(items, str, wait, dict.fromkeys(first, lambda: 1)).shared())


def test_lanes_that_are_free_are_served_one_after_the_other() -> None:
    assert order("aabab", {}) == "aaabb"


def test_a_lane_that_is_not_free_is_passed_over_until_it_is() -> None:
    assert order("aabb", {"a": [1.0, 1.0, 0.0]}) == "bbaa"
    assert order("aabb", {"a": [0.0, 1.0, 0.0]}) == "abab"


def test_the_fullest_of_the_free_lanes_comes_first() -> None:
    assert order("abbcbcc", {}) == "bbbccca"


def test_the_soonest_free_lane_comes_first() -> None:
    assert order("aabbc", {"a": [3.0], "b": [2.0], "c": [1.0]}) == "cbbaa"


def test_some_lanes_come_before_all_others() -> None:
    assert order("aabbcg", {}, first="g") == "gaabbc"


def test_a_preferred_lane_stays_within_its_limit() -> None:
    queue = WorkQueue("gga", str, first={"g": lambda: 1})
    one, other = queue.shared(), queue.shared()
    assert [next(one), next(other), next(one, "-")] == ["g", "a", "g"]


def test_without_items_there_is_no_work() -> None:
    assert order("", {}) == ""


def test_every_item_is_processed_once_by_some_thread() -> None:
    done, lock = list[int](), Lock()

    def do(item: int) -> None:
        with lock:
            done.append(item)

    for_each(WorkQueue(range(500)), do, 8, lambda: None)
    assert sorted(done) == list(range(500))


def test_items_added_meanwhile_are_processed_by_idle_threads() -> None:
    queue, done, has_second = WorkQueue([3]), list[int](), Event()

    def do(item: int) -> None:
        done.append(item)
        if item == 3:
            queue.add([1, 2])
            assert has_second.wait(60)  # another thread must do it
        has_second.set()

    for_each(queue, do, 2, lambda: None)
    assert sorted(done) == [1, 2, 3]


def test_what_one_raises_stops_the_others() -> None:
    is_stopped, done = Event(), list[int]()

    def do(item: int) -> None:
        if item == 3:
            raise KeyboardInterrupt
        assert item < 3 or is_stopped.wait(60)
        done.append(item)

    with pytest.raises(KeyboardInterrupt):
        for_each(WorkQueue(range(10**4)), do, 2, is_stopped.set)
    assert is_stopped.is_set()
    assert len(done) < 10**4
