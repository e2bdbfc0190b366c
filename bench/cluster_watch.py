"""What happens in a cluster that bench/cluster has started, as etcd tells it. Usage: cluster_watch.py reaction|start|sync FOLDER;
prints a JSON object."""

import base64
import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

QUIET_SECONDS = 8  # longer than anything that the operator waits for before it writes
SETTLED_WITHIN = 900
READY_WITHIN = 300
STARTS = 12  # the first installs the database


def now():
    return time.monotonic()


class Changes:
    """Counts writes below /registry/pratique.dev/ and of Findings, by kind, with the time of the last."""

    def __init__(self, etcd_url):
        self._host = etcd_url.removeprefix("http://")
        self._lock = threading.Lock()
        self._counts = collections.Counter()
        self._last = {}

        ranges = [("/registry/pratique.dev/", "/registry/pratique.dev0"),
                  ("/registry/findings.pratique.dev/", "/registry/findings.pratique.dev0")]
        for first, end in ranges:
            threading.Thread(target=self._watch, args=(first, end), daemon=True).start()

    def _watch(self, first, end):
        encode = lambda text: base64.b64encode(text.encode()).decode()
        connection = http.client.HTTPConnection(self._host)
        request = {"create_request": {"key": encode(first), "range_end": encode(end)}}
        connection.request("POST", "/v3/watch", json.dumps(request))
        answer = connection.getresponse()
        while line := answer.readline():
            events = json.loads(line).get("result", {}).get("events", [])
            for event in events:
                self._note(base64.b64decode(event["kv"]["key"]).decode().split("/")[3])

    def _note(self, kind):
        with self._lock:
            self._counts[kind] += 1
            self._last[kind] = now()

    def take(self):
        """The counts and times of the last write by kind since the last call."""
        with self._lock:
            taken = dict(self._counts), dict(self._last)
            self._counts.clear()
            self._last.clear()
        return taken

    def count(self, kind):
        with self._lock:
            return self._counts[kind]

    def last(self):
        with self._lock:
            return max(self._last.values(), default=0)


def wait_until_quiet(changes, begun):
    while now() - max(changes.last(), begun) < QUIET_SECONDS:
        if now() - begun > SETTLED_WITHIN:
            raise SystemExit(f"error: still writing after {SETTLED_WITHIN} s: {changes.take()[0]}")
        time.sleep(0.2)


def wait_until_ready(url, seconds, pause=0.05):
    begun = now()
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return now() - begun
        except OSError as error:
            if now() - begun > seconds:
                raise SystemExit(f"error: the operator was not ready within {seconds} s: {error}") from error
            time.sleep(pause)


def status_of(pid):
    """Of /proc/PID/status, in bytes."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def activations(log):
    """How many databases the operator has said to be the one that decides."""
    return pathlib.Path(log).read_text().count('"advisory database is active"')


def activate(database, log):
    """Puts the database in place and returns when it decides; the operator looks every five seconds."""
    before, begun = activations(log), now()
    target = os.environ["CLUSTER_DATABASE"]
    shutil.copyfile(database, f"{target}.new")
    os.replace(f"{target}.new", target)
    while activations(log) == before:
        if now() - begun > 30:
            raise SystemExit(f"error: the new database is not active; the end of the log: {pathlib.Path(log).read_text()[-500:]}")
        time.sleep(0.02)
    return now()


def reaction(folder):
    """Seconds from a new database's activation to the last write, by kind."""
    pid, log = int(os.environ["CLUSTER_OPERATOR_PID"]), os.environ["CLUSTER_OPERATOR_LOG"]
    changes = Changes(os.environ["ETCD_URL"])
    wait_until_ready(os.environ["CLUSTER_READY_URL"], READY_WITHIN)
    begun = now()
    wait_until_quiet(changes, begun)
    settled = changes.last() - begun
    first = changes.take()[0]
    cpu = cpu_seconds(pid)
    active = activate(f"{folder}/2.db", log)
    time.sleep(max(0, active + 10 - now()))
    within_ten = changes.count("imagereports")
    wait_until_quiet(changes, active)
    counts, last = changes.take()
    return {"settled": round(settled, 1), "before": first, "writes": counts,
            "seconds": {kind: round(at - active, 2) for kind, at in last.items()},
            "within_ten": within_ten, "cpu": round(cpu_seconds(pid) - cpu, 2), **status_of(pid)}


def sync(_):
    seconds = wait_until_ready(os.environ["CLUSTER_READY_URL"], READY_WITHIN)
    pid = int(os.environ["CLUSTER_OPERATOR_PID"])
    return {"seconds": round(seconds, 2), "cpu": cpu_seconds(pid), **status_of(pid)}


def start(folder):
    """Seconds from its start of a second operator, whose database is installed: to ready, and until the database decides."""
    wait_until_ready(os.environ["CLUSTER_READY_URL"], READY_WITHIN)
    words = pathlib.Path(f"/proc/{os.environ['CLUSTER_OPERATOR_PID']}/cmdline").read_text().split("\0")[:-1]
    ports = {}
    for option in ("--events-port", "--metrics-port", "--health-port"):
        at = words.index(option) + 1
        words[at] = ports[option] = free_port()
    # The leader alone opens the database.
    pathlib.Path(os.environ["CLUSTER_ENDED"]).touch()
    os.kill(int(os.environ["CLUSTER_OPERATOR_PID"]), signal.SIGTERM)
    command = [*words, "--state-dir", f"{folder}/state"]
    url = f"http://127.0.0.1:{ports['--health-port']}/readyz"
    starts = [started(command, url, f"{folder}/start.log") for _ in range(STARTS)]
    ready, active = ([one[at] for one in starts[1:]] for at in (0, 1))
    return {"first": round(starts[0][1], 3), "seconds": statistics.median(ready), "active": statistics.median(active)}


def started(command, url, log):
    """Seconds to ready, and until its database decides."""
    begun = now()
    with open(log, "wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as operator:
        try:
            ready = wait_until_ready(url, READY_WITHIN, pause=0.001)
            while activations(log) == 0:
                if now() - begun > READY_WITHIN:
                    raise SystemExit(f"error: no database is active; the end of {log}: {pathlib.Path(log).read_text()[-500:]}")
                time.sleep(0.001)
            return ready, now() - begun
        finally:
            operator.terminate()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


if __name__ == "__main__":
    print(json.dumps({"reaction": reaction, "start": start, "sync": sync}[sys.argv[1]](sys.argv[2])))
