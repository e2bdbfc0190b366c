"""Processes that die at a failpoint, are started again with the next one, and so on until there are no more."""

import collections
import dataclasses
import signal
import threading
import time

POINT_SECONDS = 100  # a collection comes once a minute
LOST_LEASE = 1       # the exit code of a leader that could not renew in time
# The last line of one whose work would have outlived the Lease: it ends the process instead (kubernetes/lease.h).
OUTLIVED_LEASE = "the leader's work ends before its lease"
KILLED = -signal.SIGKILL
LOOK_SECONDS = 0.02
RESTART_SECONDS = 0.2


@dataclasses.dataclass
class Record:
    """What became of all processes of a run. Thread-safe."""

    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    kills: list = dataclasses.field(default_factory=list)  # (program, point, seconds since its start)
    ends: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # leases that were lost
    problems: list = dataclasses.field(default_factory=list)

    def note_kill(self, program, point, seconds):
        with self.lock:
            self.kills.append((program, point, seconds))
            print(f"    {len(self.kills):3} {program} died at {point} after {seconds:.1f} s", flush=True)

    def note_end(self, name):
        with self.lock:
            self.ends[name] += 1

    def note_problem(self, text):
        with self.lock:
            self.problems.append(text)
            print(f"    {text}", flush=True)


class ArmedProcess(threading.Thread):
    """One process of `program`. Replicas share a queue of points. With none left it runs on, and is started again when it
    ends by itself, as a kubelet does."""

    def __init__(self, program, process, points, record, prepare):
        super().__init__(name=process.name, daemon=True)
        self.program = program
        self.process = process
        self.points = points
        self.record = record
        self.prepare = prepare  # makes a point reachable, by its name
        self.stopping = threading.Event()
        self.disarmed = threading.Event()  # it runs without a failpoint

    def run(self):
        try:
            while not self.stopping.is_set():
                self._live_once(self._next_point())
        except Exception as error:  # told by whoever compares
            self.record.note_problem(f"{self.name}: the run of it failed: {error!r}")

    def stop(self):
        """The process runs on."""
        self.stopping.set()
        self.join()

    def _next_point(self):
        try:
            return self.points.popleft()
        except IndexError:
            return None

    def _live_once(self, point):
        """From a start to an end, or again where the end was not that of the failpoint."""
        end = time.monotonic() + POINT_SECONDS
        while not self.stopping.is_set():
            if point is not None:
                self.prepare(point.partition(":")[0])
            began = time.monotonic()
            self.process.start({"PRATIQUE_FAILPOINT": point} if point is not None else None)
            if point is None:
                self.disarmed.set()
            code = self._wait_for_end(None if point is None else end)
            if code is None and not self.stopping.is_set():
                self.record.note_problem(f"{self.name} did not come to {point} within {POINT_SECONDS} s")
                self.process.end(signal.SIGTERM)
                return
            if point is not None and code == KILLED:
                return self.record.note_kill(self.program, point, time.monotonic() - began)
            if code is not None:
                self._note_own_end(code, point)
                self.stopping.wait(RESTART_SECONDS)
            if point is not None and time.monotonic() > end:
                return self.record.note_problem(f"{self.name} kept ending by itself before {point}")

    def _wait_for_end(self, end):
        """The exit code; None when `end` or the stop came first."""
        while (code := self.process.child.poll()) is None and not self.stopping.is_set():
            if end is not None and time.monotonic() > end:
                return None
            self.stopping.wait(LOOK_SECONDS)
        return code

    def _note_own_end(self, code, point):
        outlived = code == -signal.SIGABRT and OUTLIVED_LEASE in self.process.last_line()
        if self.program == "operator" and (code == LOST_LEASE or outlived):
            return self.record.note_end(self.name)
        self.record.note_problem(f"{self.name} ended by itself, with {code}, on its way to {point}")
