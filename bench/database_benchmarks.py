"""database-build: what making advisories of OSV records takes, and what the whole database takes to build and to open."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

from measure import BIN, ROOT, Outcome, note, peak_pss_bytes, shared_feeds

sys.path.insert(0, str(ROOT / "bench" / "accuracy"))

import feeds as all_feeds  # noqa: E402

SECONDS_MAX = 60
MEMORY_MIB_MAX = 300
FILE_MIB_MAX = 150
OPEN_MS_MAX = 50
OPENINGS = 11


def parsing():
    """CPU a megabyte of OSV JSON, ours and by nlohmann's DOM."""
    exports = sorted(str(file) for file in (shared_feeds() / "osv").glob("*.zip"))
    run = subprocess.run([BIN / "bench_osv_parse", *exports], capture_output=True, text=True, check=True)
    note(run.stdout.strip())
    ours, dom = re.search(r"ours ([\d.]+) ms/MB, nlohmann ([\d.]+) ms/MB", run.stdout).groups()
    return Outcome("database-build", float(ours), float(dom), "ms/MB", "nlohmann", 0.25)


def build():
    """Every feed of the shared data as one database: CPU of its records, time, memory, size and opening."""
    outcomes = [parsing()]
    with tempfile.TemporaryDirectory() as folder:
        known = all_feeds.Feeds(shared_feeds(), pathlib.Path(folder))
        key, database = pathlib.Path(folder) / "key", pathlib.Path(folder) / "advisories.db"
        subprocess.run([BIN / "pratique", "database", "keygen", "--output", key], check=True, capture_output=True)
        sources = [*known.sources, f"kev:{next((shared_feeds() / 'kev').glob('*vulnerabilities.json'))}"]
        words = [word for source in sources for word in ("--source", source)]
        command = [BIN / "pratique", "database", "build", "--key", key, "--output", database,
                   "--cache", pathlib.Path(folder) / "feeds", *words]
        first, memory = timed_build(command)
        again, _ = timed_build(command)
        outcomes.append(Outcome("database-build-seconds", first, SECONDS_MAX, "s", "limit", 1.0))
        outcomes.append(Outcome("database-build-again", again, first, "s", "everything new", 0.5))
        outcomes.append(Outcome("database-build-memory", memory / 2**20, MEMORY_MIB_MAX, "MiB", "limit", 1.0))
        outcomes.append(Outcome("database-size", database.stat().st_size / 2**20, FILE_MIB_MAX, "MiB", "limit", 1.0))
        outcomes.append(Outcome("database-open", opening_ms(database), OPEN_MS_MAX, "ms", "limit", 1.0))
    return outcomes


def timed_build(command):
    """Seconds, and the most memory at once."""
    began = time.monotonic()
    memory = peak_pss_bytes(command, stderr=subprocess.DEVNULL)
    return time.monotonic() - began, memory


def opening_ms(database):
    """The median of a whole process that opens it and tells what it holds."""
    times = []
    for _ in range(OPENINGS):
        began = time.monotonic()
        subprocess.run([BIN / "pratique", "database", "info", database], check=True, capture_output=True)
        times.append((time.monotonic() - began) * 1000)
    return sorted(times)[len(times) // 2]
