"""start: how long it takes until a program is of use."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

import cluster_benchmarks
import scan_benchmarks
from measure import BIN, Outcome, alternate, note, scaled, shared_feeds, wall_seconds

sys.path.insert(0, str(pathlib.Path(__file__).parent / "accuracy"))

import feeds as all_feeds  # noqa: E402

SECONDS_MAX = 0.05
DATABASE_MIB = 150
MADE_RECORDS = 110_000
PACKAGES_OF_A_RECORD = 6


def made_records(path):
    """Advisories that nobody published, until the database is as large as it may become."""
    with zipfile.ZipFile(path, "w") as records:
        for number in range(round(scaled(MADE_RECORDS))):
            affected = [{"package": {"ecosystem": "npm", "name": f"made-{number}-{one}"},
                         "ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": f"1.{number}.0"}]}]}
                        for one in range(PACKAGES_OF_A_RECORD)]
            record = {"id": f"GHSA-made-{number:06}", "aliases": [f"CVE-2099-{number}"], "modified": "2026-01-01T00:00:00Z",
                      "summary": f"An issue that is made up, the one of number {number}, in some packages",
                      "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
                      "affected": affected}
            records.writestr(f"{record['id']}.json", json.dumps(record))


def large_database(folder):
    """Every feed of the shared data and made records: FOLDER/1.db, with its key beside it."""
    known = all_feeds.Feeds(shared_feeds(), folder)
    made_records(folder / "made.zip")
    words = [word for source in [*known.sources, f"osv:{folder}/made.zip"] for word in ("--source", source)]
    environment = dict(os.environ, XDG_DATA_HOME=f"{folder}/data")
    for command in (["keygen", "--output", folder / "1"],
                    ["build", "--no-cache", "--key", folder / "1", "--output", folder / "1.db", *words]):
        subprocess.run([BIN / "pratique", "database", *command], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=environment)
    return (folder / "1.db").stat().st_size


def operator_start(folder):
    (folder / "objects.ndjson").touch()
    taken = cluster_benchmarks.watched("start", folder)
    note(f"the database decides {taken['active']:.3f} s after the start, {taken['first']} s where it is verified and installed first")
    return Outcome("start", taken["seconds"], SECONDS_MAX, "s", "limit", 1.0)


def scan_start(folder):
    time.sleep(3)  # a file that was changed a moment ago is not remembered
    with scan_benchmarks.scans(folder / "1.db") as ours:
        known = ["--cache", f"{ours.folder}/known"]
        subprocess.run(ours.command("apps4", *known), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        median = alternate({"ours": lambda: wall_seconds(ours.command("apps4", *known))}, rounds=15)["ours"]
    return Outcome("start-scan", median, SECONDS_MAX, "s", "limit", 1.0)


def start():
    """Seconds until an operator with an installed database is ready, and of `pratique scan` of a known image."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        size = large_database(folder)
        note(f"a database of {size / 2**20:.0f} MiB")
        if size < scaled(DATABASE_MIB) * 2**20:
            raise RuntimeError(f"the database is smaller than {DATABASE_MIB} MiB")
        return [operator_start(folder), scan_start(folder)]
