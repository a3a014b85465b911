"""Threads that read at the same time, and that end with the program even in the middle of a slow answer."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

_GRACE = 0.2
"""Seconds that each thread is given to end after an interrupt."""

_Task = tuple[Future[Any], Callable[[], Any]]


class Workers:
    """A number of threads; a context manager that waits for them on a clean exit, and hardly otherwise.

    The standard library's pool joins its threads when the interpreter exits, so that an interrupt would wait for
    every answer that is still on its way.
    """

    def __init__(self, count: int, name: str) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._ahead = 2 * count
        self._stopped = False
        self._threads = [Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], B]) -> Future[B]:
        """Calls `function` in one of the threads; after `stop` the future is cancelled."""
        future: Future[B] = Future()
        if self._stopped:
            future.cancel()
        self._tasks.put((future, function))
        return future

    def fan_out(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in the order of the items; only so many are begun before they are asked for.

        Raises what `function` raises, and CancelledError after `stop`. Not to be used from one of these threads.
        """
        begun: deque[Future[B]] = deque()
        for item in items:
            begun.append(self.submit(lambda item=item: function(item)))  # type: ignore[misc]
            if len(begun) >= self._ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()

    def stop(self) -> None:
        """Cancels what has not begun; the threads end with what they are doing."""
        self._stopped = True
        while True:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                break
            if task is not None:
                task[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(None if kind is None else _GRACE)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, function = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
                    future.set_exception(error)
