"""Workers, each a process with one engine: a crash or a case that takes too long costs that case, and nothing else."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structgen
from structgen.bench import environment
from structgen.bench.cases import Case
from structgen.bench.engines import engine_version
from structgen.bench.generation import FREE, ONE_BY_ONE
from structgen.bench.masks import Row
from structgen.bench.rows import RowFile
from structgen.bench.settings import Settings, fingerprint
from structgen.bench.worker import case_to_json

START_SECONDS: Final = 600.0
"""For a process to import its engine, load its tokenizer or model, and warm up."""

_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
_STDERR_BYTES: Final = 400


class WorkerError(Exception):
    """A process that ended, or never became ready; the message says how."""


class Worker:
    """A process that measures cases with one engine."""

    def __init__(self, settings: Settings, engine: str) -> None:
        """Start it, and wait until it is ready.

        Raises
        ------
        WorkerError
            The engine can't be opened.
        """
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        folder = str(Path(structgen.__file__).parents[1])
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        threads = _ONE_THREAD if settings.mode in ("masks", "coverage") else {}
        quiet = {"TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "structgen.bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": path} | threads | quiet,
        )
        self._answers: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._send({"settings": settings.to_json(), "engine": engine})
            answer = self._receive(START_SECONDS)
            if answer is None:
                raise WorkerError(f"not ready within {START_SECONDS:.0f} s")
            if "failed" in answer:
                raise WorkerError(answer["failed"])
        except WorkerError:
            self.stop()
            raise
        self.ready_seconds = answer["ready_seconds"]

    def measure(self, case: Case, seconds: float) -> Row | None:
        """Return the row of a case; None where that takes longer than ``seconds``: the worker is of no use then.

        Raises
        ------
        WorkerError
            The process died.
        """
        self._send(case_to_json(case))
        return self._receive(seconds)

    def stop(self) -> None:
        """End the process, at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:  # what was not read any more
                    continue

    def _listen(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._answers.put(line)
        self._answers.put(None)

    def _send(self, row: dict[str, Any]) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(row) + "\n")
                self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self._death()) from None

    def _receive(self, seconds: float) -> Row | None:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            raise WorkerError(self._death())
        row: Row = json.loads(line)
        return row

    def _death(self) -> str:
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self._log.seek(0)
        said = self._log.read()[-_STDERR_BYTES:].decode("utf-8", "replace").strip()
        return f"{how}: {said}" if said else how


@dataclass
class Lane:
    """The cases that one engine has yet to see."""

    engine: str
    file: RowFile
    waiting: deque[Case]
    workers: int = 0
    failure: str = ""


@dataclass
class Run:
    """A run in progress: ``jobs`` threads, each with one worker at a time, share the engines' cases."""

    settings: Settings
    lanes: list[Lane]
    jobs: int
    on_row: Callable[[str, Row], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _workers: set[Worker] = field(default_factory=set)
    _is_stopped: bool = False
    _errors: list[BaseException] = field(default_factory=list)

    def execute(self) -> dict[str, str]:
        """Measure all cases, and return why engines failed, by name. An interrupt ends the workers; rows stay."""
        threads = [threading.Thread(target=self._guarded, daemon=True) for _ in range(self.jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:
            with self._lock:
                self._is_stopped = True
                for worker in self._workers:
                    worker.stop()
                for lane in self.lanes:
                    lane.file.close()
        if self._errors:
            raise self._errors[0]
        return {lane.engine: lane.failure for lane in self.lanes if lane.failure}

    def _guarded(self) -> None:
        try:
            while (lane := self._join_lane()) is not None:
                self._serve(lane)
        except BaseException as error:  # a defect of ours, raised again in the caller's thread
            with self._lock:
                if not self._is_stopped:
                    self._errors.append(error)

    def _join_lane(self) -> Lane | None:
        """The engine with cases left that has the fewest workers, so that engines run side by side first."""
        with self._lock:
            open_lanes = [lane for lane in self.lanes if lane.waiting and not lane.failure]
            if not open_lanes or self._is_stopped:
                return None
            lane = min(open_lanes, key=lambda lane: lane.workers)
            lane.workers += 1
            return lane

    def _serve(self, lane: Lane) -> None:
        worker: Worker | None = None
        try:
            while (case := self._next_case(lane)) is not None:
                start: Row = {}
                if worker is None:
                    worker = self._start(lane)
                    if worker is None:
                        return
                    start = {"start_seconds": worker.ready_seconds}
                row, is_alive = _measure(worker, case, self.settings.case_seconds)
                row |= start
                with self._lock:
                    if self._is_stopped:
                        return
                    lane.file.append(row)
                    self.on_row(lane.engine, row)
                if not is_alive:
                    self._end(worker)
                    worker = None
        finally:
            if worker is not None:
                self._end(worker)
            with self._lock:
                lane.workers -= 1

    def _next_case(self, lane: Lane) -> Case | None:
        with self._lock:
            return lane.waiting.popleft() if lane.waiting and not lane.failure and not self._is_stopped else None

    def _start(self, lane: Lane) -> Worker | None:
        try:
            worker = Worker(self.settings, lane.engine)
        except WorkerError as error:
            with self._lock:
                lane.failure = str(error)
            return None
        with self._lock:
            self._workers.add(worker)
        return worker

    def _end(self, worker: Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.stop()


def _measure(worker: Worker, case: Case, seconds: float) -> tuple[Row, bool]:
    """The row of a case, and whether the worker lives on."""
    row: Row = {"id": case.id, "dataset": case.dataset, "keyword": case.keyword, "size": case.size}
    try:
        answer = worker.measure(case, seconds)
    except WorkerError as error:
        return row | {"outcome": "crash", "why": str(error)}, False
    if answer is None:
        return row | {"outcome": "timeout", "why": f"more than {seconds:g} s"}, False
    return answer, True


def prepare(
    settings: Settings,
    engines: Sequence[str],
    out: Path,
    *,
    jobs: int,
    on_row: Callable[[str, Row], None],
) -> Run:
    """Open the files of a run, and find out what is left to do.

    Raises
    ------
    ArgumentError
        No such engine, data or folder; or a file there is of another run.
    """
    cases = settings.cases()
    about = {
        "settings": settings.to_json(),
        "cases": len(cases),
        "fingerprint": fingerprint(cases),
        "command": environment.command(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": environment.machine(),
        "versions": environment.versions(),
        "jobs": jobs,
    }
    lanes = []
    for engine in engines:
        file = RowFile(out, {"mode": settings.mode, "engine": engine, "version": _version(engine), **about})
        lanes.append(Lane(engine, file, deque(case for case in cases if case.id not in file.done)))
    return Run(settings, lanes, jobs, on_row)


def _version(engine: str) -> str | None:
    """An engine's version; of structgen the commit too, since its version rarely changes."""
    is_own = engine in (FREE, ONE_BY_ONE) or engine.startswith("structgen")
    version = engine_version("structgen" if is_own else engine)
    commit = environment.checkout()
    return f"{version} ({commit})" if is_own and commit is not None else version
