"""The two webhooks that the admission benchmarks measure, and the clients that ask them."""

import contextlib
import json
import pathlib
import subprocess
import tempfile

import admission_fixture
from measure import BIN, build_go

SERVER_CORE = "1"  # masks of taskset: the server on core 0, whoever asks it on core 1
CLIENT_CORE = "2"


@contextlib.contextmanager
def fixture():
    """A folder with the fixture of both sides."""
    with tempfile.TemporaryDirectory() as folder:
        admission_fixture.write(folder)
        yield folder


def commands(folder):
    """The servers by the name of their side."""
    files = [f"{folder}/fixture.json", f"{folder}/tls.crt", f"{folder}/tls.key"]
    return {"ours": [str(BIN / "bench_admission_server"), *files], "go": [str(build_go("webhook")), *files]}


@contextlib.contextmanager
def serving(command, pinned=True):
    """A fresh server; yields its process and port."""
    prefix = ["taskset", SERVER_CORE] if pinned else []
    server = subprocess.Popen([*prefix, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = server.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        yield server, int(line)
    finally:
        server.kill()
        server.wait()


def load_command(url, bodies, pinned=True, **options):
    """bench/go/load with its options: `seconds=8` becomes -seconds=8."""
    prefix = ["taskset", CLIENT_CORE] if pinned else []
    words = [f"-{name}={str(value).lower()}" for name, value in options.items()]
    return [*prefix, str(build_go("load")), "-url", url, "-bodies", str(bodies), *words]


def load(folder, port, pinned=True, **options):
    """Asks the server and returns what bench/go/load says; a request that fails ends the benchmark."""
    command = load_command(f"https://127.0.0.1:{port}/validate", f"{folder}/bodies.json", pinned, **options)
    outcome = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if outcome["failures"]:
        raise RuntimeError(f"{outcome['failures']} requests were not answered")
    return outcome


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no memory")


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
