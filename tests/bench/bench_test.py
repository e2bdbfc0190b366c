"""The arithmetic of the measuring scripts: a benchmark that counts wrong is worse than none."""

import json
import os
import pathlib
import re
import random
import subprocess
import sys
import unittest
from unittest import mock

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import admission_benchmarks  # noqa: E402
import admission_fixture  # noqa: E402
import admission_real  # noqa: E402
import admission_servers  # noqa: E402
import measure  # noqa: E402
import simulation_benchmarks  # noqa: E402

WRK = """Running 8s test @ https://127.0.0.1:9443
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   510.00us   99.00us   3.20ms   90.00%
  Latency Distribution
     50%  498.00us
     75%  530.00us
     90%  560.00us
     99%    {p99}
  247808 requests in 8.00s, 157.00MB read
Requests/sec:  30976.00
"""


def histogram(counts):
    bounds = ["0.001", "0.0025", "0.005", "+Inf"]
    name = admission_real.LATENCY
    lines = [f'{name}_bucket{{webhook="/validate",le="{bound}"}} {count}' for bound, count in zip(bounds, counts)]
    return "\n".join([f"# TYPE {name} histogram", *lines, f'{name}_sum{{webhook="/validate"}} 1.5',
                      f'{name}_count{{webhook="/validate"}} {counts[-1]}', "another_bucket{le=\"1\"} 7"])


class OutcomeTest(unittest.TestCase):
    def outcome(self, ours, other, aim):
        return measure.Outcome("name", ours, other, "s", "go", aim)

    def test_a_ratio_is_ours_over_the_others(self):
        self.assertAlmostEqual(self.outcome(1.32, 4.70, 0.45).ratio, 0.28085, places=4)

    def test_an_aim_is_met_up_to_its_value(self):
        # The last two are printed as 0.5 and 0.501.
        for ours, met in ((0.9, True), (1.0, True), (1.01, False), (1.0004, True), (1.002, False)):
            with self.subTest(ours=ours):
                self.assertEqual(self.outcome(ours, 2.0, 0.5).met, met)

    def test_the_closing_line(self):
        self.assertEqual(self.outcome(1.32, 4.70, 0.45).line(), "name: ours 1.32 s, go 4.7 s, ratio 0.281, aim 0.45")


class AlternateTest(unittest.TestCase):
    def test_sides_take_turns_and_medians_are_taken(self):
        calls = []
        values = {"a": iter([5, 1, 3]), "b": iter([20, 10, 90])}
        side = lambda name: lambda: (calls.append(name), next(values[name]))[1]
        with mock.patch.object(measure, "note"):
            medians = measure.alternate({"a": side("a"), "b": side("b")}, rounds=3)
        self.assertEqual(calls, ["a", "b"] * 3)
        self.assertEqual(medians, {"a": 3, "b": 20})


class ProcessTest(unittest.TestCase):
    def test_cpu_of_a_process_that_works_rises(self):
        before = measure.cpu_seconds(os.getpid())
        while measure.cpu_seconds(os.getpid()) == before:
            sum(range(100_000))
        self.assertLess(measure.cpu_seconds(os.getpid()) - before, 5)

    def test_memory_counts_children(self):
        alone = measure.pss_bytes(os.getpid())
        child = subprocess.Popen([sys.executable, "-c", "x = b'x' * (64 << 20); print(flush=True); input()"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            child.stdout.readline()
            self.assertIn(child.pid, measure.descendants(os.getpid()))
            self.assertGreater(measure.pss_bytes(os.getpid()) - alone, 60 << 20)
            self.assertGreater(admission_servers.resident_bytes(child.pid), 60 << 20)
            self.assertGreaterEqual(admission_servers.descriptors(child.pid), 3)
        finally:
            child.communicate(b"\n")

    def test_memory_of_a_process_that_has_gone_is_nothing(self):
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        self.assertEqual(measure.pss_bytes(child.pid), 0)


class WrkTest(unittest.TestCase):
    def test_units_are_brought_to_milliseconds(self):
        for p99, milliseconds in (("590.00us", 0.59), ("2.15ms", 2.15), ("1.02s", 1020.0)):
            with self.subTest(p99=p99):
                self.assertEqual(admission_benchmarks.parse_wrk(WRK.format(p99=p99)), (247808, milliseconds))

    def test_a_run_with_failures_is_no_measurement(self):
        for line in ("  Non-2xx or 3xx responses: 3", "  Socket errors: connect 0, read 1, write 0, timeout 0"):
            with self.subTest(line=line), self.assertRaises(RuntimeError):
                admission_benchmarks.parse_wrk(WRK.format(p99="1.00ms") + line)


class HistogramTest(unittest.TestCase):
    def percentile(self, before, after, share=0.99):
        return admission_real.percentile(admission_real.buckets(histogram(before)),
                                         admission_real.buckets(histogram(after)), share)

    def test_only_what_came_between_counts(self):
        self.assertEqual(self.percentile([0, 0, 900, 900], [100, 100, 1000, 1000]), (0.001, 100))

    def test_the_bucket_that_holds_the_percentile(self):
        for counts, bound in (([99, 100, 100, 100], 0.001), ([98, 100, 100, 100], 0.0025), ([0, 0, 99, 100], 0.005),
                              ([0, 0, 98, 100], float("inf"))):
            with self.subTest(counts=counts):
                self.assertEqual(self.percentile([0] * 4, counts), (bound, 100))

    def test_the_first_scrape_may_have_none(self):
        later = admission_real.buckets(histogram([1, 1, 1, 1]))
        self.assertEqual(admission_real.percentile([], later, 0.99), (0.001, 1))

    def test_a_webhook_that_was_not_asked_is_no_measurement(self):
        with self.assertRaises(RuntimeError):
            self.percentile([5, 5, 5, 5], [5, 5, 5, 5])
        with self.assertRaises(RuntimeError):
            admission_real.percentile([], [], 0.99)


class FixtureTest(unittest.TestCase):
    def setUp(self):
        self.fixture = admission_fixture.make_fixture(random.Random(1))

    def test_both_sides_get_the_same_from_the_same_seed(self):
        self.assertEqual(self.fixture, admission_fixture.make_fixture(random.Random(1)))

    def test_a_fifth_of_the_images_is_vulnerable(self):
        bad = [report for report in self.fixture["reports"]
               if any(row["severity"] in ("High", "Critical") for row in report["rows"])]
        self.assertEqual(len(self.fixture["reports"]), admission_fixture.REPORTS)
        self.assertEqual(len(bad), admission_fixture.REPORTS * admission_fixture.VULNERABLE_SHARE)

    def test_a_review_is_what_the_api_server_posts(self):
        review = admission_fixture.make_review(3, ["a@sha256:1", "b@sha256:2"])["request"]
        self.assertEqual([one["image"] for one in review["object"]["spec"]["containers"]], ["a@sha256:1", "b@sha256:2"])
        self.assertEqual(review["operation"], "CREATE")


class SimulationTest(unittest.TestCase):
    SUMMARY = {"followed_tags": 2, "quiet_writes": 576, "image_seconds": {"p99": 9.5}, "verdict_seconds": {"p99": 130.0}}

    def test_the_summary_is_the_last_line(self):
        run = json.dumps({"day": 0}) + "\n" + json.dumps({"summary": self.SUMMARY}) + "\n"
        self.assertEqual(simulation_benchmarks.summary_of(run), self.SUMMARY)

    def test_each_figure_is_held_against_its_limit(self):
        told = simulation_benchmarks.outcomes(self.SUMMARY)
        self.assertEqual([one.name for one in told], ["simulation", "simulation-verdict", "simulation-quiet"])
        self.assertEqual([one.met for one in told], [True, False, True])
        self.assertEqual(told[2].ratio, 1.0)
        more = simulation_benchmarks.outcomes({**self.SUMMARY, "quiet_writes": 700})
        self.assertFalse(more[2].met)


class CommandTest(unittest.TestCase):
    def run_bench(self, *words):
        return subprocess.run([ROOT / "bench" / "run", *words], capture_output=True, text=True, check=False)

    def test_list_names_every_closing_line(self):
        listed = self.run_bench("--list").stdout.split()
        written = {name for script in (ROOT / "bench").glob("*.py")
                   for name in re.findall(r'Outcome\(\s*"([a-z-]+)"', script.read_text())}
        self.assertGreater(len(written), 25)
        put_together = {"admission-p99", "admission-abuse", "admission-abuse-descriptors", "admission-abuse-memory",
                        "cold-scan", "cold-scan-four", "cold-scan-syft", "cold-scan-trivy"}
        for name in written | put_together:
            self.assertIn(name, listed)

    def test_an_unknown_name_is_named(self):
        run = self.run_bench("no-such-benchmark")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no-such-benchmark", run.stderr)

    def test_options_of_the_load_generator(self):
        with mock.patch.object(admission_servers, "build_go", return_value="load"):
            words = admission_servers.load_command("https://x/validate", "b.json", seconds=8, fresh=True)
        self.assertEqual(words[-2:], ["-seconds=8", "-fresh=true"])
        self.assertEqual(words[:2], ["taskset", admission_servers.CLIENT_CORE])


if __name__ == "__main__":
    unittest.main()
