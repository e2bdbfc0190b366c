"""cold-scan and scan-memory: the inventory of an image without any cache, against Go's standard library and itself."""

import subprocess
import tempfile

import registry_images
from measure import BIN, ROOT, Outcome, alternate, build_go, note, peak_pss_bytes, wall_seconds

PSS_BYTES_MAX = 64 << 20


def database(folder):
    """The demo's small database: it covers the images' ecosystems, and matching against it costs next to nothing."""
    pratique = BIN / "pratique"
    subprocess.run([pratique, "database", "keygen", "--output", f"{folder}/key"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([pratique, "database", "build", "--source", f"osv:{ROOT}/demo/advisories", "--key", f"{folder}/key",
                    "--output", f"{folder}/advisories.db"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return f"{folder}/advisories.db"


def scan_command(host, repository, advisories):
    return [BIN / "pratique", "scan", "--output", "json", "--plain-http", host, "--database", advisories,
            f"{host}/bench/{repository}:1"]


def cold_scan():
    """Wall time of an image of about 240 MB of gzip."""
    other = build_go("cold_scan")
    with registry_images.registry() as host, tempfile.TemporaryDirectory() as folder:
        advisories = database(folder)
        medians = alternate({
            "ours": lambda: wall_seconds(scan_command(host, "apps", advisories)),
            "go": lambda: wall_seconds([other, f"http://{host}", "bench/apps", "1"]),
        }, rounds=5)
    return [Outcome("cold-scan", medians["ours"], medians["go"], "s", "go", 0.40)]


def scan_memory():
    """Peak PSS of a large image over that of a small one."""
    with registry_images.registry() as host, tempfile.TemporaryDirectory() as folder:
        advisories = database(folder)
        medians = alternate({
            "large": lambda: peak_pss_bytes(scan_command(host, "large", advisories)) / (1 << 20),
            "small": lambda: peak_pss_bytes(scan_command(host, "small", advisories)) / (1 << 20),
        }, rounds=3)
    note(f"peak PSS of parent and child {medians['large']:.1f} MiB, at most {PSS_BYTES_MAX >> 20} MiB are allowed")
    outcomes = [Outcome("scan-memory", medians["large"], medians["small"], "MiB", "small image", 1.2)]
    outcomes.append(Outcome("scan-memory-absolute", medians["large"], PSS_BYTES_MAX / (1 << 20), "MiB", "limit", 1.0))
    return outcomes
