"""admission-cpu, admission-p99 and admission-handshake: one server core, ours against Go's standard library."""

import re
import statistics
import subprocess

from admission_servers import CLIENT_CORE, commands, fixture, load, serving
from measure import Outcome, cpu_seconds, note, require_program, scaled

SECONDS = 8
ROUNDS = 5
CONNECTIONS = 16


def run_wrk(folder, port):
    """Requests answered and the 99th percentile in milliseconds, by wrk on the other core."""
    output = subprocess.run(
        ["taskset", CLIENT_CORE, "wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration",
         f"{max(1, round(scaled(SECONDS)))}s", "--latency", "--script", f"{folder}/review.lua",
         f"https://127.0.0.1:{port}"], check=True, capture_output=True, text=True).stdout
    return parse_wrk(output)


def parse_wrk(output):
    """Requests and the 99th percentile in milliseconds of what wrk prints."""
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"the server did not answer every request:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output).groups()
    return requests, float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def kept_alive(command, folder):
    """CPU microseconds a decision and the 99th percentile of one run of a fresh server."""
    with serving(command) as (server, port):
        run_wrk(folder, port)  # warm
        before = cpu_seconds(server.pid)
        requests, p99_ms = run_wrk(folder, port)
        return (cpu_seconds(server.pid) - before) / requests * 1e6, p99_ms


def handshaking(command, folder):
    """CPU microseconds a decision where each has a connection of its own."""
    with serving(command) as (server, port):
        load(folder, port, connections=CONNECTIONS, seconds=scaled(2), fresh=True)  # warm
        before = cpu_seconds(server.pid)
        outcome = load(folder, port, connections=CONNECTIONS, seconds=scaled(SECONDS), fresh=True)
        return (cpu_seconds(server.pid) - before) / outcome["requests"] * 1e6


def admission():
    """CPU and 99th percentile of a decision on TLS keep-alive."""
    require_program("wrk")
    with fixture() as folder:
        taken = {"ours": [], "go": []}
        for index in range(ROUNDS):
            for name, command in commands(folder).items():
                taken[name].append(kept_alive(command, folder))
                note(f"round {index + 1} of {ROUNDS}, {name}: {taken[name][-1][0]:.1f} us CPU, "
                     f"p99 {taken[name][-1][1]:.2f} ms")
    cpu, p99 = ({name: statistics.median(value[part] for value in values) for name, values in taken.items()}
                for part in (0, 1))
    return [Outcome("admission-cpu", cpu["ours"], cpu["go"], "us", "go", 0.25),
            Outcome("admission-p99", p99["ours"], p99["go"], "ms", "go", 0.25)]


def handshake():
    """CPU of a new TLS connection with one decision."""
    with fixture() as folder:
        taken = {"ours": [], "go": []}
        for index in range(ROUNDS):
            for name, command in commands(folder).items():
                taken[name].append(handshaking(command, folder))
                note(f"round {index + 1} of {ROUNDS}, {name}: {taken[name][-1]:.1f} us CPU")
    return [Outcome("admission-handshake", statistics.median(taken["ours"]), statistics.median(taken["go"]), "us", "go",
                    1.2)]
