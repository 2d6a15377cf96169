"""A limit for work that may take any time: proofs, and searches that a reader waits for."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")

_WAIT = 0.02  # seconds between two looks at the time
_STOPS = 20  # times that work is told to stop; formula libraries catch exceptions of all kinds


class OutOfTime(Exception):
    """The time for something is over."""


class _Waited(threading.local):
    seconds = 0.0  # of computing in other threads, which this one waited for


_waited = _Waited()


def _computed() -> float:
    """The seconds that this thread has computed, or another one for it."""
    return time.thread_time() + _waited.seconds


class Deadline:
    """So many seconds of computing from now, in the thread that asks, whatever else the machine does; ``None`` for no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else _computed() + seconds

    @property
    def left(self) -> float | None:
        """The seconds that are left, at least 0; None where there is no limit."""
        return None if self.end is None else max(0.0, self.end - _computed())

    @property
    def over(self) -> bool:
        return self.left == 0.0

    def check(self) -> None:
        """Raise OutOfTime where the time is over."""
        if self.over:
            raise OutOfTime


def within(seconds: float | None, work: Callable[[], Result]) -> Result | None:
    """What ``work`` returns, or None where it takes longer. It is stopped at the next line of Python that it reaches.

    A thread of its own does the work, because signals reach the main thread only and not on every system.
    """
    if seconds is None:
        return work()
    worker = _Worker(work)
    worker.start()
    while worker.is_alive() and worker.spent < seconds:
        worker.join(_WAIT)
    for _ in range(_STOPS):
        if not worker.is_alive():
            break
        worker.stop()
        worker.join(_WAIT)  # one that is inside a long operation ends with it, or with the program
    _waited.seconds += worker.spent
    if worker.failed is not None:
        raise worker.failed
    return worker.found


class _Worker(threading.Thread, Generic[Result]):
    """Work in a thread that can be told to stop, and whose own time of computing is known from outside."""

    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.found: Result | None = None
        self.failed: Exception | None = None
        self.working = True
        self.lock = threading.Lock()  # held to stop the work, or to say that it is done
        self.clock: Callable[[], float] = time.process_time  # where a thread has no clock that others can read
        self.began = self.clock()
        self.total = 0.0  # seconds, once the work is done

    def run(self) -> None:
        if hasattr(time, "pthread_getcpuclockid"):
            own = time.pthread_getcpuclockid(threading.get_ident())
            self.began, self.clock = 0.0, lambda: time.clock_gettime(own)
        try:
            try:
                self.found = self.work()
            except OutOfTime:
                pass
            except Exception as error:  # handed to the thread that waits
                self.failed = error
            self._done()
        except OutOfTime:  # which came when the work was done
            self._done()

    def _done(self) -> None:
        with self.lock:
            self.working = False
            self.total = time.thread_time()
            _raise_in(threading.get_ident(), None)  # what may be on its way

    def stop(self) -> None:
        """Raise OutOfTime in the work, unless it is done."""
        with self.lock:
            if self.working and self.ident is not None:
                _raise_in(self.ident, OutOfTime)

    @property
    def spent(self) -> float:
        """The seconds that the work has computed so far."""
        if not self.working:
            return self.total
        try:
            return self.clock() - self.began
        except OSError:  # the thread has ended just now, and its clock with it
            return self.total


def _raise_in(thread: int, error: type[Exception] | None) -> None:
    """Raise an exception in a thread at the next line of Python that it reaches; None takes back one that has not been raised."""
    own = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), own)
