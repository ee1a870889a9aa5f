"""Work done by several threads at once, until all of it is done or something goes wrong."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Lock
from typing import TypeVar

Item = TypeVar("Item")


def for_each(
    work: Sequence[Item], do: Callable[[Item], None], threads: int, stop: Callable[[], None]
) -> None:
    """Do something with every item, and return when all are done.

    Args:
        work: The items; they are begun in order.
        do: What is done, in one of the threads.
        threads: Their number.
        stop: Called when one raised or the user interrupts; makes the others end soon.

    Raises:
        BaseException: Whatever one raised, or the interrupt.
    """
    items, lock = iter(work), Lock()

    def run() -> None:
        for item in _shared(items, lock):
            do(item)

    with ThreadPoolExecutor(max(1, min(threads, len(work)))) as pool:
        try:
            for future in as_completed([pool.submit(run) for _ in range(min(threads, len(work)))]):
                future.result()
        except BaseException:
            stop()
            with lock:  # nobody begins another one
                for _ in items:
                    pass
            raise


def _shared(items: Iterator[Item], lock: Lock) -> Iterator[Item]:
    """Yield what is left of the items, each to one thread only."""
    while True:
        with lock:
            try:
                item = next(items)
            except StopIteration:
                return
        yield item
