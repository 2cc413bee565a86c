"""Runs rehearsals side by side, each in a process: what one of them does to its process ends no other.

A process is reused until it dies. What a tool prints goes to standard error, as standard output is the program's own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from voicecall_core.rehearsal.results import Run
from voicecall_core.rehearsal.runner import Running, run_rehearsal

WITHIN_S = 300.0  # of a run on a clock that jumps, which takes a second or two; a tool may well take longer
_LOOK_S = 0.1


Runner = Callable[[Path, str, int, Running], Run]


@dataclass(frozen=True, slots=True)
class Job:
    """One run that is to be made."""

    path: Path
    name: str
    number: int


class Pool:
    """Some processes, and the jobs that they share. A run may take `within_s` seconds."""

    def __init__(
        self,
        jobs: Sequence[Job],
        workers: int,
        running: Running,
        within_s: float,
        runner: Runner = run_rehearsal,
    ) -> None:
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._told: SimpleQueue[Run | None] = SimpleQueue()  # None: one of the threads has ended
        self._work = runner, running
        self._within_s = within_s
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._share, daemon=True) for _ in range(min(workers, len(jobs)))]

    def run(self, done: Callable[[Run], bool]) -> None:
        """Run them all, and call `done` for each in this thread; once that returns false, no further one is begun."""
        for thread in self._threads:
            thread.start()
        try:
            left = len(self._threads)
            while left:
                run = self._told.get()
                if run is None:
                    left -= 1
                elif not self._stopped.is_set() and not done(run):
                    self._stopped.set()
        finally:
            self._stopped.set()
            for thread in self._threads:
                thread.join()

    def _share(self) -> None:
        """Do one job after the other in a process of this thread's own."""
        worker: Worker | None = None
        try:
            while not self._stopped.is_set():
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    return
                worker = worker or Worker(*self._work)
                run = worker.do(job, self._within_s, self._stopped)
                if not worker.alive:
                    worker = None
                if run is not None:
                    self._told.put(run)
        finally:
            if worker is not None:
                worker.end()
            self._told.put(None)


class Worker:
    """A process that runs rehearsals, one after the other."""

    def __init__(self, runner: Runner, running: Running) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, runner, running), daemon=True)
        with _deaf_to_ctrl_c():
            self._process.start()
        theirs.close()
        self.alive = True

    def do(self, job: Job, within_s: float, stopped: threading.Event) -> Run | None:
        """Run one; None if it was stopped. A process that dies, or gives no result in time, is a result too."""
        try:
            self._line.send(job)
            waited = 0.0
            while not self._line.poll(_LOOK_S):
                waited += _LOOK_S
                if stopped.is_set():
                    self.end()
                    return None
                if waited >= within_s:
                    self.end()
                    return Run(name=job.name, number=job.number, trouble=f"it gave no result within {within_s:g} s.")
            run: Run = self._line.recv()
            return run
        except (EOFError, OSError):
            self._process.join(1.0)  # it is about to be known how it died
            died = f"the process that ran it died ({_how(self._process.exitcode)})."
            self.end()
            return Run(name=job.name, number=job.number, trouble=died)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.alive = False
        self._process.kill()
        self._process.join()
        self._line.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process that is started within is deaf to Ctrl-C from its first moment, its own loading included."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it, as the first process does, makes this thread hear again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by signal {-code}"
    return f"with exit code {code}"


def _serve(line: Connection[Any, Any], runner: Runner, running: Running) -> None:
    """What the process does: a job, its result, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    os.dup2(2, 1)
    while True:
        try:
            job = line.recv()
            line.send(runner(job.path, job.name, job.number, running))
        except (EOFError, OSError):  # the parent is gone
            return
