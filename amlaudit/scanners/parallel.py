"""Work shared by several threads, until all of it is done or something goes wrong."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Condition
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class WorkQueue(Generic[Item]):
    """Remaining work, to which completed work may add; safe to share between threads.

    It is divided into lanes. A blocked lane is skipped: a thread that takes one of its items waits,
    and many of them would leave the other lanes idle. Of the free lanes the fullest comes first,
    because it takes longest.
    """

    def __init__(
        self,
        items: Iterable[Item],
        lane: Callable[[Item], str] = str,
        wait: Callable[[str], float] = lambda _: 0.0,
        first: Mapping[str, Callable[[], int]] | None = None,
    ) -> None:
        """Begin with some items.

        Args:
            items: The items; those of a lane are taken in order.
            lane: Returns the lane of an item.
            wait: Returns the seconds until a lane is free.
            first: Lanes that precede all others, each with a function that returns how many of its
                items may be in progress now; threads waiting for them are missing elsewhere.
        """
        self._lane = lane
        self._wait = wait
        self._first = first or {}
        self._left: dict[str, deque[Item]] = {}
        self._in_progress = Counter[str]()
        self._is_ended = False
        self._changed = Condition()
        self.add(items)

    def add(self, items: Iterable[Item]) -> None:
        """Add items."""

        def place(each: tuple[str, deque[Item]]) -> tuple[bool, int]:
            return each[0] not in self._first, -len(each[1])

        with self._changed:
            for item in items:
                self._left.setdefault(self._lane(item), deque()).append(item)
            self._left = dict(sorted(self._left.items(), key=place))
            self._changed.notify_all()

    def end(self) -> None:
        """Stop handing out items."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    def shared(self) -> Iterator[Item]:
        """Yield items to one of many threads, each done when the next is requested."""
        while (lane := self._next()) is not None:
            name, item = lane
            try:
                yield item
            finally:
                with self._changed:
                    self._in_progress[name] -= 1
                    self._changed.notify_all()

    def _next(self) -> tuple[str, Item] | None:
        """Return an item and its lane, None if there will be no more."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_ended or any(self._available()) or not self._in_progress.total()
            )
            if self._is_ended or not any(self._available()):
                return None
            free = next((name for name in self._available() if not self._wait(name)), None)
            name = free or min(self._available(), key=self._wait)
            item = self._left[name].popleft()
            if not self._left[name]:
                del self._left[name]
            self._in_progress[name] += 1
            return name, item

    def _available(self) -> Iterator[str]:
        """Yield the lanes from which an item may be taken, in order."""
        for name in self._left:
            if name not in self._first or self._in_progress[name] < self._first[name]():
                yield name


def for_each(
    queue: WorkQueue[Item], do: Callable[[Item], Any], threads: int, stop: Callable[[], None]
) -> None:
    """Process all items, including those added meanwhile.

    Args:
        queue: The items.
        do: Processes an item, in one of the threads.
        threads: Number of threads, 1 or more.
        stop: Called on an exception or user interrupt; makes the other threads end soon.

    Raises:
        BaseException: Whatever a thread raised, or the interrupt.
    """

    def run() -> None:
        for item in queue.shared():
            do(item)

    # No `with`, which always waits: a second interrupt must not wait for anything.
    pool = ThreadPoolExecutor(threads)
    try:
        for future in as_completed([pool.submit(run) for _ in range(threads)]):
            future.result()
    except BaseException:
        stop()
        queue.end()
        pool.shutdown()
        raise
    pool.shutdown()
