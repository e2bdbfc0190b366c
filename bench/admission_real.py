"""admission-real: what our webhook takes for a decision while the real API server creates 200 pods a second."""

import json
import pathlib
import re
import shlex
import subprocess
import tempfile

import registry_images
from admission_servers import load_command
from measure import ROOT, Outcome, note, scaled

PODS_A_SECOND = 200
SECONDS = 20
LIMIT_MS = 10.0
LATENCY = "controller_runtime_webhook_latency_seconds"


def pod(image):
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "storm-"},
                       "spec": {"containers": [{"name": "main", "image": image}]}})


def buckets(metrics):
    """Upper bounds in seconds and how many requests took at most that long, of a scrape."""
    found = re.findall(rf'^{LATENCY}_bucket{{[^}}]*le="([^"]+)"}} (\d+)', metrics, re.MULTILINE)
    return [(float(bound), int(count)) for bound, count in found]


def percentile(before, after, share):
    """The upper bound in seconds of the bucket that holds the percentile of what came between two scrapes, and how many came;
    the truth is not above it."""
    earlier = dict(before)
    came = [(bound, count - earlier.get(bound, 0)) for bound, count in after]
    total = came[-1][1] if came else 0
    if total == 0:
        raise RuntimeError("the webhook was not asked")
    return next(bound for bound, count in came if count >= share * total), total


def real():
    """99th percentile in our server at 200 pod creations a second through the real API server."""
    images = registry_images.layout()
    with tempfile.TemporaryDirectory() as folder:
        bodies = pathlib.Path(folder) / "pods.json"
        bodies.write_text(json.dumps([pod("@REGISTRY@/shop/measured:1")]))
        load = load_command("@URL@", "@BODIES@", pinned=False, connections=32, seconds=scaled(SECONDS),
                            rate=PODS_A_SECOND)
        run = subprocess.run([ROOT / "bench" / "pod_storm", images, "small", bodies, shlex.join(load), folder], check=True,
                             stdout=subprocess.PIPE, text=True)
        asked = json.loads(next(line for line in reversed(run.stdout.splitlines()) if line.startswith("{")))
        before, after = (buckets((pathlib.Path(folder) / name).read_text()) for name in ("before.txt", "after.txt"))
    seconds, decisions = percentile(before, after, 0.99)
    note(f"{decisions} decisions in {asked['seconds']:.1f} s, {asked['failures']} failures; a creation took the client "
         f"{asked['p50']:.1f} ms, p99 {asked['p99']:.1f} ms")
    if asked["failures"] or decisions < asked["requests"]:
        raise RuntimeError(f"{asked['requests']} pods were asked for, {asked['failures']} failed, {decisions} decided on")
    return [Outcome("admission-real", seconds * 1000, LIMIT_MS, "ms", "limit", 1.0)]
