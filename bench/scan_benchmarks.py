"""What an inventory costs: time, processor and memory, against Go's standard library, igzip, other scanners and itself."""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile

import registry_images
from measure import BIN, ROOT, Outcome, alternate, build_go, note, peak_pss_bytes, require_program, wall_seconds

# For an image with jars to be covered.
MAVEN_ADVISORY = {
    "id": "GHSA-jfh8-c2jp-5v3q", "aliases": ["CVE-2021-44228"], "modified": "2024-01-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.13.0"}, {"fixed": "2.15.0"}]}]}]}
PSS_MIB_MAX = 32
MANY_FILES_SECONDS_MAX = 2


def database(folder):
    """The demo's small database: it covers the images' ecosystems, and matching against it costs next to nothing."""
    pratique = BIN / "pratique"
    maven = pathlib.Path(folder) / "maven"
    maven.mkdir()
    (maven / "advisory.json").write_text(json.dumps(MAVEN_ADVISORY))
    # The key is trusted for this benchmark alone.
    os.environ["XDG_DATA_HOME"] = f"{folder}/data"
    subprocess.run([pratique, "database", "keygen", "--output", f"{folder}/key"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([pratique, "database", "build", "--source", f"osv:{ROOT}/demo/advisories", "--source",
                    f"osv:{maven}", "--key", f"{folder}/key",
                    "--output", f"{folder}/advisories.db"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return f"{folder}/advisories.db"


class Scans:
    """`pratique scan` of the registry's images."""

    def __init__(self, host, folder, database_file):
        self.host = host
        self.folder = folder
        self._database = database_file or database(folder)

    def command(self, repository, *cache):
        return [BIN / "pratique", "scan", "--output", "json", "--plain-http", self.host, "--database", self._database,
                "--database-keys", pathlib.Path(self._database).parent,
                *(cache or ["--no-cache"]), f"{self.host}/bench/{repository}:1"]


@contextlib.contextmanager
def scans(database_file=None):
    """With this database, whose keys lie beside it, or a small one."""
    with registry_images.registry() as host, tempfile.TemporaryDirectory() as folder:
        yield Scans(host, folder, database_file)


def cpu_seconds_of(command):
    """User and system time of the command and of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold_scan():
    """Wall time of an image of about 240 MB of gzip, in one layer and in four, against Go, which extracts nothing."""
    other = build_go("cold_scan")
    outcomes = []
    with scans() as ours:
        for name, tag in (("cold-scan", "apps"), ("cold-scan-four", "apps4")):
            medians = alternate({
                "ours": lambda tag=tag: wall_seconds(ours.command(tag)),
                "go": lambda tag=tag: wall_seconds([other, f"http://{ours.host}", f"bench/{tag}", "1"]),
            }, rounds=5)
            outcomes.append(Outcome(name, medians["ours"], medians["go"], "s", "go", 0.28))
    return outcomes


def cold_scan_peers():
    """Wall time of an inventory without a cache against trivy and syft, where they are installed."""
    outcomes = []
    with scans() as ours:
        image = f"{ours.host}/bench/apps:1"
        peers = {
            "trivy": (["trivy", "image", "--quiet", "--insecure", "--scanners", "vuln", "--list-all-pkgs", "--format",
                       "json", "--skip-db-update", "--cache-dir", f"{ours.folder}/trivy", image], 0.20),
            "syft": (["syft", "scan", "--quiet", "--output", "json", f"registry:{image}"], 0.10),
        }
        for name, (command, aim) in peers.items():
            if shutil.which(name) is None:
                note(f"{name} is not installed: nothing to compare with")
                continue
            medians = alternate({"ours": lambda: wall_seconds(ours.command("apps")),
                                 name: lambda command=command: wall_seconds(command)}, rounds=3)
            outcomes.append(Outcome(f"cold-scan-{name}", medians["ours"], medians[name], "s", name, aim))
    return outcomes


def inflate_floor():
    """Wall time of an image in one layer against igzip, which uncompresses its blob and does nothing else."""
    require_program("igzip")
    (blob,) = registry_images.layer_blobs("apps")
    with scans() as ours:
        medians = alternate({"ours": lambda: wall_seconds(ours.command("apps")),
                             "igzip": lambda: wall_seconds(["igzip", "-d", "-c", "-S", "", blob])}, rounds=5)
    return [Outcome("inflate-floor", medians["ours"], medians["igzip"], "s", "igzip", 1.15)]


def scan_cpu():
    """Processor time a compressed megabyte, digest verified, against Go, which extracts nothing."""
    other = build_go("cold_scan")
    megabytes = sum(blob.stat().st_size for blob in registry_images.layer_blobs("apps")) / 1e6
    with scans() as ours:
        medians = alternate({
            "ours": lambda: cpu_seconds_of(ours.command("apps")) * 1000 / megabytes,
            "go": lambda: cpu_seconds_of([other, f"http://{ours.host}", "bench/apps", "1"]) * 1000 / megabytes,
        }, rounds=5)
    return [Outcome("scan-cpu", medians["ours"], medians["go"], "ms/MB", "go", 0.40)]


def scan_memory():
    """Peak PSS of a large image over that of a small one."""
    with scans() as ours:
        medians = alternate({
            "large": lambda: peak_pss_bytes(ours.command("large")) / (1 << 20),
            "small": lambda: peak_pss_bytes(ours.command("small")) / (1 << 20),
        }, rounds=3)
    return [Outcome("scan-memory", medians["large"], medians["small"], "MiB", "small image", 1.05),
            Outcome("scan-memory-absolute", medians["large"], PSS_MIB_MAX, "MiB", "limit", 1.0)]


def many_files():
    """Peak PSS of a layer of 3,000,000 files over one of 3,000, and the time that it takes."""
    with scans() as ours:
        medians = alternate({
            "many": lambda: peak_pss_bytes(ours.command("many-files")) / (1 << 20),
            "few": lambda: peak_pss_bytes(ours.command("few-files")) / (1 << 20),
            "seconds": lambda: wall_seconds(ours.command("many-files")),
        }, rounds=3)
    return [Outcome("many-files", medians["many"], medians["few"], "MiB", "3,000 files", 1.05),
            Outcome("many-files-time", medians["seconds"], MANY_FILES_SECONDS_MAX, "s", "limit", 1.0)]


def warm_scan():
    """Wall time of an image whose layers are known over that of one of which nothing is."""
    with scans() as ours:
        known = ["--cache", f"{ours.folder}/known"]
        subprocess.run(ours.command("apps4", *known), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        medians = alternate({"warm": lambda: wall_seconds(ours.command("apps4", *known)),
                             "cold": lambda: wall_seconds(ours.command("apps4"))}, rounds=5)
    return [Outcome("warm-scan", medians["warm"], medians["cold"], "s", "cold", 0.01)]
