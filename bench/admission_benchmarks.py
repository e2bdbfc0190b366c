"""admission-cpu and admission-p99: one server core, TLS keep-alive at 16 connections, ours against Go's standard library."""

import re
import statistics
import subprocess
import tempfile

import admission_fixture
from measure import BIN, Outcome, build_go, cpu_seconds, note, require_program

SECONDS = 8
ROUNDS = 5
CONNECTIONS = 16


def run_load(folder, port):
    """Requests answered and the 99th percentile in milliseconds, by wrk on the other core."""
    output = subprocess.run(
        ["taskset", "2", "wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration",
         f"{SECONDS}s", "--latency", "--script", f"{folder}/review.lua", f"https://127.0.0.1:{port}"],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"the server did not answer every request:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return requests, float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def measure_side(command, folder):
    """CPU microseconds a decision and the 99th percentile of one run of a fresh server on core 0."""
    server = subprocess.Popen(["taskset", "1", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(server.stdout.readline())
        run_load(folder, port)  # warm
        before = cpu_seconds(server.pid)
        requests, p99_ms = run_load(folder, port)
        return (cpu_seconds(server.pid) - before) / requests * 1e6, p99_ms
    finally:
        server.kill()
        server.wait()


def admission():
    """CPU and 99th percentile of a decision on TLS keep-alive."""
    require_program("wrk")
    other = build_go("webhook")
    with tempfile.TemporaryDirectory() as folder:
        admission_fixture.write(folder)
        files = [f"{folder}/fixture.json", f"{folder}/tls.crt", f"{folder}/tls.key"]
        sides = {"ours": [BIN / "bench_admission_server", *files], "go": [other, *files]}
        taken = {name: [] for name in sides}
        for index in range(ROUNDS):
            for name, command in sides.items():
                taken[name].append(measure_side(command, folder))
                note(f"round {index + 1} of {ROUNDS}, {name}: {taken[name][-1][0]:.1f} us CPU, p99 {taken[name][-1][1]:.2f} ms")
    cpu = {name: statistics.median(value[0] for value in values) for name, values in taken.items()}
    p99 = {name: statistics.median(value[1] for value in values) for name, values in taken.items()}
    return [Outcome("admission-cpu", cpu["ours"], cpu["go"], "us", "go", 0.40),
            Outcome("admission-p99", p99["ours"], p99["go"], "ms", "go", 0.50)]
