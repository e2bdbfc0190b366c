"""etcd-bytes and row-bytes: what an image of about 300 packages takes in etcd once it is scanned and matched."""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import registry_images
from measure import BIN, ROOT, Outcome, note, shared_feeds

PEER_BYTES = 105_000
ROW_BYTES = 2_000


def real_database(folder):
    """A signed database of the shared feeds for Debian 12 and npm."""
    feeds = shared_feeds()
    target = pathlib.Path(folder) / "advisories.db"
    run = lambda *words: subprocess.run([BIN / "pratique", "database", *words], check=True, stdout=subprocess.DEVNULL)
    run("keygen", "--output", f"{target}.key")
    run("build", "--source", f"osv:{feeds}/osv/npm.zip",
        "--source", f"debian-oval:{feeds}/debian/oval-definitions-bookworm-2023-07-14.xml.bz2",
        "--key", f"{target}.key", "--output", str(target))
    pathlib.Path(f"{target}.key.pub").rename(target.with_suffix(".pub"))
    return target


def etcd():
    """Bytes in etcd of one image's ImageReport and ImageScan, and of a Finding."""
    images = registry_images.layout()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, BENCH_DATABASE=str(real_database(folder)))
        output = subprocess.run([ROOT / "bench" / "etcd_sizes", images, "packages"], check=True, capture_output=True,
                                text=True, env=environment).stdout
    sizes = json.loads(output.splitlines()[-1])
    note(f"{sizes['packages']} packages, ImageReport {sizes['image_report']} bytes, ImageScan {sizes['image_scan']} bytes, "
         f"{len(sizes['findings'])} findings of at most {max(sizes['findings'])} bytes")
    both = sizes["image_report"] + sizes["image_scan"]
    return [Outcome("etcd-bytes", both, PEER_BYTES, "bytes", "peer", 0.16),
            Outcome("row-bytes", statistics.median(sizes["findings"]), ROW_BYTES, "bytes", "limit", 1.0)]
