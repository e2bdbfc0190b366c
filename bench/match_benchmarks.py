"""rematch: CPU to match 10,000 inventories again when the database changed, against doing it image by image."""

import json
import subprocess

from measure import BIN, Outcome


def rematch():
    """10,000 inventories of 300 packages, 60,000 of them distinct."""
    output = subprocess.run([BIN / "bench_rematch"], check=True, capture_output=True, text=True).stdout
    figures = json.loads(output.splitlines()[-1])
    return [Outcome("rematch", figures["ours_cpu_seconds"], figures["naive_cpu_seconds"], "s", "image by image", 0.05)]
