"""admission-memory, admission-abuse and admission-under-scan: our webhook under strain, against itself without."""

import concurrent.futures
import contextlib
import http.client
import itertools
import ssl
import statistics
import subprocess
import tempfile
import threading
import time

import registry_images
import scan_benchmarks
from admission_servers import CLIENT_CORE, commands, descriptors, fixture, load, resident_bytes, serving
from measure import Outcome, build_go, note, scaled

MORE_REPORTS = 100_000
SNAPSHOT_BYTES_MAX = 96 << 20
FEW_REQUESTS = 10_000
MANY_REQUESTS = 1_000_000
A_LONG_TIME = 3600
MEBIBYTE = 1 << 20

# Of the listener: net/http_server.h. A client that stalls is let go after the longest of them.
READ_DEADLINE_SECONDS = 10
AFTER_DEADLINE_SECONDS = 5
CONNECTED_AFTER_SECONDS = 1
ROUNDS = 3


def resident_after(folder, command, counts):
    """Resident bytes of a fresh server after each count of requests."""
    taken = []
    with serving(command) as (server, port):
        asked = 0
        for count in counts:
            load(folder, port, connections=16, seconds=A_LONG_TIME, count=count - asked)
            asked = count
            taken.append(resident_bytes(server.pid))
            note(f"{taken[-1] / MEBIBYTE:.1f} MiB after {count} requests")
    return taken


def memory():
    """RSS after 1,000,000 requests with 100,000 reports of 50 findings in the snapshot, and what these take."""
    many = round(scaled(MANY_REQUESTS))
    few = min(FEW_REQUESTS, many // 2)
    with fixture() as folder:
        ours = commands(folder)["ours"]
        (empty,) = resident_after(folder, ours, [few])
        after_few, after_many = resident_after(folder, [*ours, str(round(scaled(MORE_REPORTS)))], [few, many])
    return [Outcome("admission-memory", after_many / MEBIBYTE, after_few / MEBIBYTE, "MiB", f"after {few}", 1.05),
            Outcome("admission-memory-snapshot", (after_few - empty) / MEBIBYTE, SNAPSHOT_BYTES_MAX / MEBIBYTE, "MiB",
                    "limit", 1.0)]


@contextlib.contextmanager
def attacked(abuse, port):
    """Lets the command `abuse` loose on the port, and waits until the server has ended every one of its connections."""
    time.sleep(CONNECTED_AFTER_SECONDS)
    # In the time that the good clients leave of their core: an attacker has a machine of his own, and what is measured is how
    # the server shares its core, not how the two share theirs.
    attack = subprocess.Popen(["taskset", CLIENT_CORE, "chrt", "--idle", "0", abuse, "-address", f"127.0.0.1:{port}"],
                              stdout=subprocess.PIPE, text=True)
    yield
    if attack.wait(timeout=READ_DEADLINE_SECONDS + 60) != 0:
        raise RuntimeError(f"connections were held for ever: {attack.stdout.read()}")
    note(attack.stdout.read().strip().replace("\n", ": "))


def refused(port):
    """Has a request refused. The first time costs pages of code, whoever asks: unwinding's, and where errors are told."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context())
    connection.request("POST", "/validate", body="{}", headers={"Content-Type": "application/json"})
    if connection.getresponse().status == 200:
        raise RuntimeError("a review of nothing was answered")
    connection.close()


def strained(folder, command, abuse):
    """The 99th percentile of good clients in milliseconds, and descriptors and resident bytes at the end, of a fresh server
    that the command `abuse` is let loose on; None: nobody is. The good clients are there first and keep their connections,
    as the API server does."""
    seconds = CONNECTED_AFTER_SECONDS + READ_DEADLINE_SECONDS + AFTER_DEADLINE_SECONDS
    with serving(command) as (server, port):
        load(folder, port, connections=4, seconds=2, rate=500)  # warm
        refused(port)
        with concurrent.futures.ThreadPoolExecutor(1) as good:
            outcome = good.submit(load, folder, port, connections=4, seconds=seconds, rate=500)
            with attacked(abuse, port) if abuse else contextlib.nullcontext():
                taken = outcome.result()
        time.sleep(AFTER_DEADLINE_SECONDS)
        return taken["p99"], descriptors(server.pid), resident_bytes(server.pid) / MEBIBYTE


def abuse():
    """p99 of good clients while others stall and misbehave, and what that leaves behind."""
    tool = str(build_go("abuse"))
    taken = {None: [], tool: []}
    with fixture() as folder:
        ours = commands(folder)["ours"]
        for index, side in itertools.product(range(ROUNDS), taken):
            taken[side].append(strained(folder, ours, side))
            p99, files, mebibytes = taken[side][-1]
            note(f"round {index + 1} of {ROUNDS}, {'abused' if side else 'calm'}: p99 {p99:.2f} ms, {files} descriptors, "
                 f"{mebibytes:.1f} MiB")
    names = [("admission-abuse", "ms", 2.0), ("admission-abuse-descriptors", "descriptors", 1.0),
             ("admission-abuse-memory", "MiB", 1.0)]
    return [Outcome(name, statistics.median(one[part] for one in taken[tool]),
                    statistics.median(one[part] for one in taken[None]), unit, "calm", aim)
            for part, (name, unit, aim) in enumerate(names)]


class Scans:
    """`pratique scan` of an image again and again, as many at once as there are cores, while the block lasts."""

    def __init__(self, command, processes):
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._scan, args=(command,)) for _ in range(processes)]

    def _scan(self, command):
        while not self._stopping.is_set():
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def under_scan():
    """p99 while both cores scan, over p99 without."""
    with fixture() as folder, registry_images.registry() as host, tempfile.TemporaryDirectory() as work:
        scan = scan_benchmarks.Scans(host, work).command("apps")
        ask = lambda port: load(folder, port, pinned=False, connections=4, seconds=scaled(10), rate=200)["p99"]
        idle, busy = [], []
        for index in range(ROUNDS):
            with serving(commands(folder)["ours"], pinned=False) as (_, port):
                ask(port)  # warm
                idle.append(ask(port))
                with Scans(scan, processes=2):
                    busy.append(ask(port))
            note(f"round {index + 1} of {ROUNDS}: p99 {idle[-1]:.2f} ms, while scanning {busy[-1]:.2f} ms")
    return [Outcome("admission-under-scan", statistics.median(busy), statistics.median(idle), "ms", "idle", 3.0)]
