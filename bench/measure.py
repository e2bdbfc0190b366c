"""What every benchmark shares: alternating runs, medians, CPU and memory of processes, and the closing line."""

import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / "build" / "release" / "bin"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "pratique"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Shortens runs, to try a benchmark out: what it then says is no measurement.
SCALE = float(os.environ.get("BENCH_SCALE", "1"))


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One benchmark's closing line. Both values are costs in `unit`; the ratio is ours over the other side's."""

    name: str
    ours: float
    other: float
    unit: str
    other_name: str
    aim: float

    @property
    def ratio(self):
        return self.ours / self.other

    @property
    def printed_ratio(self):
        """Three digits, which is more than any of these measurements is good for."""
        return f"{self.ratio:.3g}"

    @property
    def met(self):
        """Whether the ratio, as printed, is at most the aim."""
        return float(self.printed_ratio) <= self.aim

    def line(self):
        return (f"{self.name}: ours {self.ours:.4g} {self.unit}, {self.other_name} {self.other:.4g} {self.unit}, "
                f"ratio {self.printed_ratio}, aim {self.aim:g}")


def shared_feeds():
    """The folder of real advisory feeds."""
    return pathlib.Path(os.environ.get("PRATIQUE_SHARED", ROOT.parent / "shared")) / "data" / "feeds"


def scaled(amount):
    """Seconds or counts of a run, shortened by BENCH_SCALE."""
    return amount * SCALE


def note(text):
    """A line of progress or context; closing lines alone go to stdout."""
    print(f"    {text}", file=sys.stderr, flush=True)


def alternate(sides, rounds):
    """Calls each of `sides` (name -> function that returns a number) in turn, `rounds` times; the medians by name."""
    taken = {name: [] for name in sides}
    for index in range(rounds):
        for name, measure in sides.items():
            value = measure()
            taken[name].append(value)
            note(f"round {index + 1} of {rounds}, {name}: {value:.4g}")
    note(f"load average {os.getloadavg()[0]:.2f}")
    return {name: statistics.median(values) for name, values in taken.items()}


def wall_seconds(command, **options):
    """Runs the command to its end and returns the seconds it took; its failure ends the benchmark."""
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - began


def cpu_seconds(pid):
    """User and system time that the process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def descendants(pid):
    """The process and all below it."""
    found = [pid]
    for parent in found:
        for task in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def pss_bytes(pid):
    """Proportional set size of the process and all below it; what has just ended counts nothing."""
    total = 0
    for one in descendants(pid):
        try:
            rollup = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024


def peak_pss_bytes(command, **options):
    """Runs the command and returns the highest PSS of it and its children, sampled every millisecond: a small image takes twenty."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    peak = 0
    done = threading.Event()
    waiter = threading.Thread(target=lambda: (process.wait(), done.set()))
    waiter.start()
    while not done.wait(0.001):
        peak = max(peak, pss_bytes(process.pid))
    waiter.join()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak


def require_program(name):
    """Ends the benchmark with the way out when a program that it needs is not installed."""
    if shutil.which(name) is None:
        raise SystemExit(f"error: this benchmark needs {name}; install it: apt-get install {name}")


def build_go(name):
    """Builds bench/go/NAME and returns the program's path."""
    program = CACHE / "bench" / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, GOCACHE=str(CACHE / "go-build"))
    subprocess.run(["go", "build", "-trimpath", "-o", program, f"./{name}"], cwd=ROOT / "bench" / "go", check=True,
                   env=environment)
    return program
