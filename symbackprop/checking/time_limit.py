"""A limit for work that may take any time: proofs, and searches that a reader waits for."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class OutOfTime(Exception):
    """The time for something is over."""


class Deadline:
    """So many seconds of computing from now, whatever else the machine does; ``None`` for no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else time.process_time() + seconds

    @property
    def left(self) -> float | None:
        """The seconds that are left, at least 0; None where there is no limit."""
        return None if self.end is None else max(0.0, self.end - time.process_time())

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
    found: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except OutOfTime:
            pass
        except Exception as error:  # handed to the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    deadline = Deadline(seconds)
    while thread.is_alive() and not deadline.over:
        thread.join(0.02)
    while thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(OutOfTime))
        thread.join(0.1)
        if not found and not failed and thread.is_alive():
            break  # inside one long operation; the thread ends with it, or with the program
    if failed:
        raise failed[0]
    return found[0] if found else None
