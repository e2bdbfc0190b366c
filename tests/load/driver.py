#!/usr/bin/env python3
"""Creates pods through the real API server at a fixed rate while everything around them changes, then judges each answer
by the API server's audit log. tests/load/run starts it.

Prints what was done and found. Ends with 1 when there was a false allow, a false denial, a failure that no kill explains,
a report that is not true, or a push that was lost."""

import argparse
import json
import pathlib
import queue
import random
import sys
import threading
import time

import images
import oracle
from changes import NAMESPACES, Changes, Population
from stage import ApiServer

WORKERS = 48
FIRST_IMAGES = 12
CONVERGE_SECONDS = 90
EXAMPLES = 5
LOOK_BACK_SECONDS = 10


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name, kind, standard in (("seconds", int, 120), ("rate", float, 20.0), ("seed", int, 1),
                                 ("propagation", float, 5.0)):
        parser.add_argument("--" + name, type=kind, default=standard)
    for name in ("stage", "registry", "pratique"):
        parser.add_argument("--" + name, required=True)
    for name in ("operator-health-port", "scanner-health-port"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--admission-health-ports", type=int, nargs="+", required=True)
    return parser.parse_args()


def say(text):
    print(f"    {text}", flush=True)


class PodMaker:
    """Asks for pods at a fixed rate, however long the answers take, and deletes those that were admitted."""

    def __init__(self, settings, population):
        self.settings = settings
        self.population = population
        self.chance = random.Random(settings.seed + 1)
        self.waiting = queue.Queue()
        self.late = 0.0     # the longest that a pod waited for a worker
        self.broken = []    # answers that never came
        self.asked = 0

    def run(self):
        workers = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        began = time.monotonic()
        for number in range(int(self.settings.seconds * self.settings.rate)):
            due = began + number / self.settings.rate
            time.sleep(max(0.0, due - time.monotonic()))
            self.waiting.put((due, self._pod(number), self.chance.choice(NAMESPACES)))
            if number % int(self.settings.rate * 10) == 0:
                say(f"{number} pods asked for after {time.monotonic() - began:.0f} s")
        for _ in workers:
            self.waiting.put(None)
        for worker in workers:
            worker.join()

    def _pod(self, number):
        image = f"{self.settings.registry}/{self.population.choose(self.chance)}"
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"load-{number}"},
                "spec": {"containers": [{"name": "web", "image": image}]}}

    def _work(self):
        api = ApiServer(self.settings.stage)
        while (job := self.waiting.get()) is not None:
            due, pod, ns = job
            self.late = max(self.late, time.monotonic() - due)
            self.asked += 1
            try:
                status, _ = api.ask("POST", f"/api/v1/namespaces/{ns}/pods", pod)
                if status < 300:
                    api.need("DELETE", f"/api/v1/namespaces/{ns}/pods/{pod['metadata']['name']}",
                             {"gracePeriodSeconds": 0})
            except (OSError, RuntimeError, ValueError) as error:
                self.broken.append(f"{pod['metadata']['name']}: {error}")


def lost_pushes(api, settings, population):
    """Tags whose ImageScan does not tell of what was pushed last, after a while of peace."""
    end = time.monotonic() + CONVERGE_SECONDS
    while True:
        scans = api.need("GET", "/apis/pratique.dev/v1alpha1/namespaces/shop/imagescans")["items"]
        known = {scan["spec"]["image"]: scan.get("status", {}) for scan in scans}
        lost = [tag for tag, digest in population.tags.items()
                if not is_told(known.get(f"{settings.registry}/{tag}", {}), digest)]
        if not lost or time.monotonic() > end:
            return lost
        time.sleep(0.5)


def is_told(status, digest):
    scanned = any(one["type"] == "Scanned" and one["status"] == "True" for one in status.get("conditions", []))
    return scanned and status.get("digest") == digest


def read_history(settings):
    log = pathlib.Path(settings.stage, "control-plane/logs/audit.log")
    with log.open() as lines:
        return oracle.read_audit(json.loads(line) for line in lines)


def put_on_stage(settings, changes):
    for ns in NAMESPACES[1:]:
        changes.api.need("POST", "/api/v1/namespaces", {"metadata": {"name": ns}})
    for ns in NAMESPACES:
        while changes.api.ask("GET", f"/api/v1/namespaces/{ns}/serviceaccounts/default")[0] != 200:
            time.sleep(0.1)
    changes.note_database("early")
    for _ in range(FIRST_IMAGES):
        changes.image_pushed()
    lost = lost_pushes(changes.api, settings, changes.population)
    if lost:
        raise RuntimeError(f"not even the first images were scanned: {lost}")


def make_load(settings, changes, pods):
    stop = threading.Event()
    failed = []

    def change():
        try:
            changes.run(stop)
        except BaseException as error:  # told by the main thread
            failed.append(error)

    changing = threading.Thread(target=change)
    changing.start()
    pods.run()
    stop.set()
    changing.join()
    if failed:
        raise failed[0]
    changes.wait_for_processes(CONVERGE_SECONDS)


def tell(settings, verdict, changes, pods, more):
    kills = sum(count for name, count in changes.counts.items() if name.endswith(("killed", "restarted")))
    say(f"pods: {verdict.pods} judged ({verdict.allowed} allowed, {verdict.denied} denied), at {settings.rate:g}/s, "
        f"the latest {pods.late:.2f} s behind")
    say(f"kills: {kills}, changes: {sum(changes.counts.values()) - kills} "
        f"({', '.join(f'{count} {name}' for name, count in sorted(changes.counts.items()))})")
    say(f"failures that a kill explains: {len(verdict.explained_failures)}")
    wrong = {"false allows": verdict.false_allows, "false denials": verdict.false_denies,
             "unexplained failures": verdict.unexplained_failures, **more}
    for name, cases in wrong.items():
        say(f"{name}: {len(cases)}")
        for case in cases[:EXAMPLES]:
            say(f"  {case}")
            if isinstance(case, oracle.Pod):
                say(f"    {changes.before(case.answered, LOOK_BACK_SECONDS)}")
    return any(wrong.values())


def main():
    settings = read_arguments()
    truth, population = oracle.Truth(), Population()
    changes = Changes(settings, truth, population, random.Random(settings.seed))
    put_on_stage(settings, changes)
    pods = PodMaker(settings, population)
    make_load(settings, changes, pods)
    lost = lost_pushes(changes.api, settings, population)
    judge = oracle.Oracle(read_history(settings), truth, settings.propagation)
    verdict = oracle.judge(judge, set(NAMESPACES), changes.webhook_kills)
    missing = [] if verdict.pods == pods.asked else [f"{pods.asked} asked for, {verdict.pods} in the audit log"]
    wrong = tell(settings, verdict, changes, pods, {
        "untrue reports": judge.untrue_reports(), "lost pushes": lost,
        "answers that never came": pods.broken + missing})
    print(f"load: seed {settings.seed}, {'NOT ALL IS RIGHT' if wrong else 'all is right'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
