"""reaction, sync and podlist-memory: the operator in a large cluster, with the real API server."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import made_pods
from measure import BIN, ROOT, Outcome, note, scaled, shared_feeds

REACTION_IMAGES = 10_000
REACTION_SECONDS = 10.0
SYNC_IMAGES = 100_000
SYNC_CONTENTS = 2_000  # to make a report takes five milliseconds
SYNC_SECONDS = 60.0
SYNC_MEBIBYTES = 512.0
PODS = 10_000
MEBIBYTE = 1 << 20


def in_cluster(measure, images, *more):
    """What bench/cluster_watch.py measures in a cluster with so many images; `more` are further words of
    bench_cluster_objects."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([BIN / "bench_cluster_objects", shared_feeds(), folder, str(images), *map(str, more)], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        note(f"made {made.strip()}")
        return watched(measure, folder)


def watched(measure, folder):
    """What bench/cluster_watch.py measures in a cluster with the objects and the database of FOLDER."""
    watch = [sys.executable, "-B", str(ROOT / "bench" / "cluster_watch.py"), measure, folder]
    run = subprocess.run([ROOT / "bench" / "cluster", folder, *watch], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout.splitlines()[-1])


def told(name, taken, images, affected):
    """The seconds that one change took, with a note of what was written; a change that missed an image ends the benchmark."""
    for kind in ("imagereports", "imagescans"):
        if taken["writes"].get(kind, 0) != affected:
            raise RuntimeError(f"{affected} images are affected, and {taken['writes'].get(kind, 0)} {kind} were written")
    if not taken["writes"].get("findings"):
        raise RuntimeError("no row was written")
    kinds = ", ".join(f"{taken['writes'].get(kind, 0)} {kind} in {taken['seconds'].get(kind, 0)} s"
                      for kind in ("imagereports", "imagescans", "findings"))
    writes = sum(taken["writes"].values())
    seconds = max(taken["seconds"].values())
    note(f"{name} of {images}: {kinds}; {writes / seconds:.0f} writes a second, {taken['cpu']} s CPU of the operator, "
         f"{taken['VmHWM'] / MEBIBYTE:.0f} MiB at most")
    return seconds


def reaction():
    """Seconds until a new advisory is in every report, ImageScan and row: 500 of 10,000 images affected; then all."""
    images = round(scaled(REACTION_IMAGES))
    some = told("one in twenty", in_cluster("reaction", images), images, images // 20)
    everything = in_cluster("reaction", images, images)
    told("all", everything, images, images)
    note(f"{everything['within_ten']} of the reports were written within ten seconds, the worst first")
    return [Outcome("reaction", some, REACTION_SECONDS, "s", "limit", 1.0)]


def sync():
    """Seconds from the operator's start to ready, and memory, with 100,000 ImageScans and as many reports."""
    images = round(scaled(SYNC_IMAGES))
    taken = in_cluster("sync", images, images // 20, min(images, SYNC_CONTENTS))
    note(f"{taken['cpu']} s CPU of the operator; most of the rest is the API server's, on the same two cores")
    return [Outcome("sync", taken["seconds"], SYNC_SECONDS, "s", "limit", 1.0),
            Outcome("sync-memory", taken["VmHWM"] / MEBIBYTE, SYNC_MEBIBYTES, "MiB", "limit", 1.0)]


def pod_list():
    """Peak memory of the first list of 10,000 pods, 500 a page, over the bytes of their JSON."""
    with tempfile.TemporaryDirectory() as folder:
        records = pathlib.Path(folder) / "pods.ndjson"
        with records.open("w") as out:
            for number in range(round(scaled(PODS))):
                one = made_pods.pod(number)
                key = f"/registry/pods/{one['metadata']['namespace']}/{one['metadata']['name']}"
                out.write(json.dumps({"key": key, "value": one}) + "\n")
        subprocess.run([ROOT / "tests" / "control_plane" / "start", f"{folder}/plane"], check=True)
        try:
            taken = listed(pathlib.Path(folder) / "plane", records)
        finally:
            subprocess.run([ROOT / "tests" / "control_plane" / "stop", f"{folder}/plane"], check=True)
    note(f"{taken['pods']} pods, of which {taken['kept'] / MEBIBYTE:.1f} MiB are kept")
    return [Outcome("podlist-memory", taken["peak"] / MEBIBYTE, taken["json"] / MEBIBYTE, "MiB", "their JSON", 0.15)]


def listed(plane, records):
    """Puts the pods into the control plane's etcd and lists them."""
    words = f". {plane}/env; printf '%s\\n%s\\n%s' \"$ETCD_URL\" \"$KUBECONFIG\" \"$PATH\""
    etcd, kubeconfig, path = subprocess.run(["bash", "-c", words], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")
    subprocess.run([sys.executable, "-B", ROOT / "bench" / "etcd_load.py", records, etcd], check=True)
    environment = dict(os.environ, KUBECONFIG=kubeconfig, PATH=path)
    whole = subprocess.run(["kubectl", "get", "--raw", "/api/v1/pods"], check=True, stdout=subprocess.PIPE, env=environment)
    taken = json.loads(subprocess.run([BIN / "bench_pod_list", kubeconfig], check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {**taken, "json": len(whole.stdout)}
