#!/usr/bin/env python3
"""Kills the operator, the scanner and the webhook at each of their failpoints while the cluster is at work, then compares
what it says with what was pushed. tests/kills/run starts it.

Prints a line for each kill and a table. Ends with 1 when something is lost, doubled, left behind or stuck, when rows are not
what a fresh computation gives, when a failpoint was not reached, or when an image was let in that must not be."""

import argparse
import collections
import copy
import pathlib
import random
import signal
import sys
import time

import comparison
import failpoints
import images
from activity import FINDINGS, GROUP, Activity, Attempts, EventSender, Outages, insist
from armed import ArmedProcess, Record
from stage import ApiServer, Process

CONVERGE_SECONDS = 120
KILLS_SECONDS = 600  # of each failpoint once: ctest ends the whole run after 1200, and says nothing of what hung
QUIET_SECONDS = 4
EXAMPLES = 5
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pratique-admission"
SECRETS = "/api/v1/namespaces/pratique-system/secrets"


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("stage", "registry", "pratique"):
        parser.add_argument("--" + name, required=True)
    for name in ("events-port", "operator-health-port", "scanner-health-port", "admission-health-port", "kills", "seed"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--second-operator", type=int, nargs=3, required=True, metavar=("EVENTS", "METRICS", "HEALTH"))
    parser.add_argument("--outage-seconds", type=float, default=15.0)
    return parser.parse_args()


def say(text):
    print(f"    {text}", flush=True)


def with_options(words, options):
    """`words` with these options: in the place of their values, or behind them."""
    words = list(words)
    for name, value in options.items():
        if name in words:
            words[words.index(name) + 1] = str(value)
        else:
            words += [name, str(value)]
    return words


def read_processes(settings):
    """(program, process) of all that die, stopped. The second operator is like the first, with ports of its own."""
    stage = pathlib.Path(settings.stage)
    first = Process(stage, "operator", settings.operator_health_port)
    scanner = Process(stage, "scanner", settings.scanner_health_port)
    webhook = Process(stage, "admission", settings.admission_health_port)
    for process in (first, scanner, webhook):
        process.end(signal.SIGTERM)
    second = copy.copy(first)
    second.name = "operator-2"
    second.pid_file, second.log = stage / "pids/operator-2", stage / "logs/operator-2.log"
    events, metrics, second.health_port = settings.second_operator
    first.words = with_options(first.words, {"--lease-seconds": 2, "--state-dir": stage / "state-1"})
    second.words = with_options(first.words, {
        "--state-dir": stage / "state-2", "--events-port": events, "--metrics-port": metrics,
        "--health-port": second.health_port, "--report-api-port": 0})
    scanner.words = with_options(scanner.words, {"--cache": stage / "layers"})
    webhook.words = with_options(webhook.words, {"--denial-interval-seconds": 1, "--drain-seconds": 0})
    return [("operator", first), ("operator", second), ("scanner", scanner), ("admission", webhook)]


class Preparation:
    """What must be away so that a program makes it anew, and passes the failpoint behind that. Of one thread each."""

    def __init__(self, stage):
        self.stage = stage

    def __call__(self, name):
        actions = {"certificate-written": lambda api: api.ask("DELETE", f"{SECRETS}/pratique-admission-tls"),
                   "trust-written": self._take_trust,
                   "service-certificate-written": lambda api: api.ask("DELETE", f"{SECRETS}/pratique-scanner-tls")}
        if name in actions:
            insist(lambda: actions[name](ApiServer(self.stage)))

    @staticmethod
    def _take_trust(api):
        configuration = api.need("GET", WEBHOOKS)
        for webhook in configuration["webhooks"]:
            webhook["clientConfig"].pop("caBundle", None)
        api.need("PUT", WEBHOOKS, configuration)


class Comparing:
    """Reads the world until it is as it should be, or time is up."""

    def __init__(self, settings, activity):
        self.settings = settings
        self.activity = activity
        self.api = ApiServer(settings.stage)

    def items(self, path):
        return insist(lambda: self.api.need("GET", path))["items"]

    def world(self):
        exceptions = self.items(f"{GROUP}/namespaces/shop/findingexceptions")
        return comparison.World(
            registry=self.settings.registry, pushed=self.activity.pushed, everything=self.activity.everything,
            advisories=images.ADVISORIES[self.activity.database],
            excepted={one["id"] for exception in exceptions for one in exception["spec"]["vulnerabilities"]},
            scans=self.items(f"{GROUP}/imagescans"), reports=self.items(f"{GROUP}/imagereports"),
            rows=self.items(FINDINGS))

    def settle(self, *, but=()):
        """(what is wrong, seconds that it took); `but` names what is not looked for."""
        began = time.monotonic()
        while True:
            wrong = {name: cases for name, cases in comparison.compare(self.world()).items() if cases and name not in but}
            took = time.monotonic() - began
            if not wrong or took > CONVERGE_SECONDS:
                return wrong, took
            time.sleep(0.2)

    def versions(self):
        world = self.world()
        return {item["metadata"]["uid"]: item["metadata"]["resourceVersion"]
                for item in [*world.scans, *world.reports, *world.rows]}

    def rests(self):
        """Whether nothing is written any more."""
        end = time.monotonic() + CONVERGE_SECONDS
        while time.monotonic() < end:
            before = self.versions()
            time.sleep(QUIET_SECONDS)
            if self.versions() == before:
                return True
        return False

    def compare_with_fresh_rows(self):
        before = comparison.shown_rows(self.world().rows)
        insist(lambda: self.api.need("DELETE", FINDINGS))
        end = time.monotonic() + CONVERGE_SECONDS
        while True:
            fresh = comparison.shown_rows(self.world().rows)
            different = comparison.different_rows(before, fresh)
            if not different or time.monotonic() > end:
                return [f"{name}: {before.get(name)} was, {fresh.get(name)} is" for name in different]
            time.sleep(0.2)


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def make_kills(settings, processes, queues, activity, attempts, outages):
    """The record of all kills; at the end all processes run without a failpoint, new ones that were told to take over."""
    record = Record()
    prepare = Preparation(settings.stage)
    slots = [ArmedProcess(program, process, queues[program], record, prepare) for program, process in processes]
    points = sum(map(len, queues.values()))
    for slot in slots:
        slot.start()
    for background in (activity, attempts, outages):
        background.start()
    # Each kill takes seconds, and what is not reached is noted after a while: this is for a run that hangs.
    wait_until(lambda: all(slot.disarmed.is_set() or not slot.is_alive() for slot in slots),
               min(60 * points, KILLS_SECONDS) if settings.kills == 0 else 60 * points, "all kills")
    outages.stop()
    activity.stop()
    activity.end()
    # What is no image is collected once a minute, and by each new leader.
    Comparing(settings, activity).settle(but=("orphans", "stuck"))
    for slot in slots:
        slot.stop()
    for _, process in processes:
        process.restart(signal.SIGTERM)
    wait_until(lambda: all(process.ready() for _, process in processes), CONVERGE_SECONDS, "all processes are ready")
    return record


def put_on_stage(settings, processes, activity):
    for _, process in processes:
        process.start()
    wait_until(lambda: all(process.ready() for _, process in processes), CONVERGE_SECONDS, "all processes are ready")
    activity.begin()
    wrong, _ = Comparing(settings, activity).settle(but=("wrong rows",))
    if wrong:
        raise RuntimeError(f"not even the first images were scanned: {wrong}")
    for _, process in processes:
        process.end(signal.SIGTERM)


def tell_kills(names, record):
    by_point = collections.defaultdict(list)
    for program, point, seconds in record.kills:
        by_point[program, point.partition(":")[0]].append(seconds)
    say(f"{'program':10} {'failpoint':30} kills  longest")
    for program, point in ((program, point) for program, points in names.items() for point in points):
        times = by_point[program, point]
        say(f"{program:10} {point:30} {len(times):5} {max(times, default=0):6.1f} s")
    say(f"{len(record.kills)} kills, and {sum(record.ends.values())} leaders that lost their Lease with the API server")


def tell(names, record, wrong, took, activity, sender, attempts, outages):
    tell_kills(names, record)
    say(f"actions: {', '.join(f'{count} {name}' for name, count in sorted(activity.counts.items()))}")
    say(f"outages: {dict(outages.counts)}; events: {sender.tries} requests; "
        f"{len(activity.pushed)} tags, {len(activity.everything)} images; the guarded image: {dict(attempts.counts)}")
    say(f"all was told {took:.1f} s after the last replicas were ready")
    died = {(program, point.partition(":")[0]) for program, point, _ in record.kills}
    wrong["failpoints not reached"] = [f"{program}: {name}" for program, all_names in names.items() for name in all_names
                                       if (program, name) not in died]
    wrong["processes"] = record.problems
    wrong["let in"] = [f"{attempts.counts['let in']} times the guarded image"] if attempts.counts["let in"] else []
    if not attempts.counts["refused"]:
        wrong["let in"].append("the guarded image was never refused")
    for name, cases in wrong.items():
        say(f"{name}: {len(cases)}")
        for case in cases[:EXAMPLES]:
            say(f"  {case}")
    return any(wrong.values())


def main():
    settings = read_arguments()
    chance = random.Random(settings.seed)
    names = failpoints.read_names(pathlib.Path(__file__).resolve().parents[2])
    queues = failpoints.schedule(names, settings.kills, chance)
    sender = EventSender(settings.stage, [settings.events_port, settings.second_operator[0]])
    activity, attempts = Activity(settings, sender, chance), Attempts(settings)
    outages = Outages(settings.outage_seconds, Process(f"{settings.stage}/control-plane", "kube-apiserver", None),
                      Process(f"{settings.stage}/registry", "registry", None), settings.stage)
    processes = read_processes(settings)
    put_on_stage(settings, processes, activity)
    record = make_kills(settings, processes, queues, activity, attempts, outages)
    comparing = Comparing(settings, activity)
    wrong, took = comparing.settle()
    attempts.stop()
    wrong = {check.__name__.replace("_", " "): [] for check in comparison.CHECKS} | wrong
    wrong["writes without an end"] = [] if comparing.rests() else ["something is written again and again"]
    wrong["rows unlike fresh ones"] = comparing.compare_with_fresh_rows()
    failed = tell(names, record, wrong, took, activity, sender, attempts, outages)
    print(f"kills: seed {settings.seed}, {'NOT ALL IS RIGHT' if failed else 'all is right'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
