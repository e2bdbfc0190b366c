"""rematch: CPU to match 10,000 inventories again when the database changed, against doing it image by image."""

import re
import subprocess

from measure import BIN, Outcome, note, shared_feeds


def rematch():
    """10,000 inventories of 300 packages, 60,000 of them distinct, on a database of the shared feeds."""
    feeds = shared_feeds()
    run = subprocess.run([BIN / "bench_rematch", feeds], capture_output=True, text=True)
    found = re.search(r"rematch: ours ([\d.]+) s, naive ([\d.]+) s", run.stdout)
    if not found:
        raise RuntimeError(f"bench_rematch failed: {run.stderr}")
    note(run.stdout.splitlines()[0])
    return [Outcome("rematch", float(found[1]), float(found[2]), "s", "image by image", 0.05)]
