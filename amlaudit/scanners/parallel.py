"""Work done by several threads at once, until all of it is done or something goes wrong."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Lock
from typing import TypeVar

Item = TypeVar("Item")


def for_each(
    work: Iterable[Item], do: Callable[[Item], None], threads: int, stop: Callable[[], None]
) -> None:
    """Do something with every item, and return when all are done.

    Args:
        work: The items; they are begun in order.
        do: What is done, in one of the threads.
        threads: Their number, 1 or more.
        stop: Called when one raised or the user interrupts; makes the others end soon.

    Raises:
        BaseException: Whatever one raised, or the interrupt.
    """
    items, lock = iter(work), Lock()

    def run() -> None:
        for item in _shared(items, lock):
            do(item)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for future in as_completed([pool.submit(run) for _ in range(threads)]):
                future.result()
        except BaseException:
            stop()
            with lock:  # nobody begins another one
                for _ in items:
                    pass
            raise


def freest_first(
    items: Iterable[Item], lane: Callable[[Item], str], wait: Callable[[str], float]
) -> Iterator[Item]:
    """Yield items in the order of lanes, but pass over a lane that would have to be waited for.

    Whoever takes an item of a busy lane waits, and many together would leave the other lanes idle.

    Args:
        items: The items; lanes are ordered as they come, and items in a lane too.
        lane: Returns the lane of an item.
        wait: Returns the seconds until a lane is free.
    """
    lanes: dict[str, deque[Item]] = {}
    for item in items:
        lanes.setdefault(lane(item), deque()).append(item)
    while lanes:
        free = next((name for name in lanes if not wait(name)), None)
        name = free or min(lanes, key=wait)
        yield lanes[name].popleft()
        if not lanes[name]:
            del lanes[name]


def _shared(items: Iterator[Item], lock: Lock) -> Iterator[Item]:
    """Yield what is left of the items, each to one thread only."""
    while True:
        with lock:
            try:
                item = next(items)
            except StopIteration:
                return
        yield item
