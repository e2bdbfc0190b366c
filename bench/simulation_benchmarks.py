"""simulation: a year of a large cluster in simulated time; bench/simulation."""

import json
import subprocess

from measure import BIN, SCALE, Outcome, note, scaled

IMAGES = 10_000
DAYS = 365
DAYS_MIN = 30
RESOLUTIONS_OF_A_DAY = 24 * 60 // 5  # of a tag that a workload names
IMAGE_SECONDS = 60.0
VERDICT_SECONDS = 120.0
# What bench/simulation/draw reads.
RUN = BIN.parent / "simulation.ndjson"


def summary_of(run):
    """The last line of what bench_simulation wrote."""
    return json.loads(run.splitlines()[-1])["summary"]


def outcomes(summary):
    followed = summary["followed_tags"] * RESOLUTIONS_OF_A_DAY
    return [Outcome("simulation", summary["image_seconds"]["p99"], IMAGE_SECONDS, "s", "limit", 1.0),
            Outcome("simulation-verdict", summary["verdict_seconds"]["p99"], VERDICT_SECONDS, "s", "limit", 1.0),
            Outcome("simulation-quiet", summary["quiet_writes"], followed, "writes", "tags that are followed", 1.1)]


def simulation():
    """99 % of new images and of new advisories are seen within these simulated seconds; the writes of a quiet day."""
    days = DAYS if SCALE >= 1 else max(DAYS_MIN, round(scaled(DAYS)))
    with RUN.open("w") as out:
        subprocess.run([BIN / "bench_simulation", str(round(scaled(IMAGES))), str(days)], check=True, stdout=out)
    summary = summary_of(RUN.read_text())
    note(f"{summary['writes']} writes and {summary['scans']} scans in {days} days of {summary['images']} images; "
         f"curves: bench/simulation/draw {RUN} FOLDER")
    return outcomes(summary)
