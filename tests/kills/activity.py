"""What goes on in the cluster while processes die: images are pushed and moved, pods come and go, policies, exceptions and
the advisory database change, rows are lost, and the API server and the registry die, too."""

import base64
import collections
import http.client
import json
import pathlib
import signal
import ssl
import threading
import time

import images
from stage import ApiServer, run_program

GROUP = "/apis/pratique.dev/v1alpha1"
FINDINGS = "/apis/findings.pratique.dev/v1alpha1/namespaces/shop/findings"
MERGE = "application/merge-patch+json"
SUFFERED = (OSError, http.client.HTTPException, RuntimeError, ValueError)  # while somebody is dead
PATIENCE_SECONDS = 90
PAUSE_SECONDS = 0.25
OUTAGE_SECONDS = 1.0
EVENTS_TYPE = "application/vnd.docker.distribution.events.v1+json"
GUARDED = "shop/guard:1"  # an image that must never be let in


def insist(action, seconds=PATIENCE_SECONDS):
    """What it answers once nobody whom it needs is dead."""
    end = time.monotonic() + seconds
    while True:
        try:
            return action()
        except SUFFERED:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Background(threading.Thread):
    """Something that is done again and again until stop(), which raises what it failed of."""

    def __init__(self, pause):
        super().__init__(name=type(self).__name__, daemon=True)
        self.pause = pause
        self.stopping = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopping.wait(self.pause):
                self.step()
        except BaseException as error:  # told by stop()
            self.failure = error

    def stop(self):
        self.stopping.set()
        self.join()
        if self.failure is not None:
            raise self.failure


class EventSender:
    """A registry's events: each is sent to the next replica of the operator until one has taken it. Of one thread."""

    def __init__(self, stage, ports):
        self.context = ssl.create_default_context(cafile=pathlib.Path(stage, "operator-tls/ca.crt"))
        secret = ApiServer(stage).need("GET", "/api/v1/namespaces/pratique-system/secrets/pratique-events")
        self.headers = {"Content-Type": EVENTS_TYPE,
                        "Authorization": base64.b64decode(secret["data"]["authorization"]).decode()}
        self.ports = ports
        self.tries = 0

    def send(self, repository, tag, digest):
        target = {"mediaType": images.MANIFEST_TYPE, "digest": digest, "repository": repository, "tag": tag}
        event = {"id": f"{digest} {time.time()}", "action": "push", "target": target,
                 "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        insist(lambda: self._send_once(json.dumps({"events": [event]})))

    def _send_once(self, body):
        self.tries += 1
        connection = http.client.HTTPSConnection("localhost", self.ports[self.tries % len(self.ports)],
                                                 context=self.context, timeout=5)
        try:
            connection.request("POST", "/events/demo", body, self.headers)
            if (status := connection.getresponse().status) != 202:
                raise RuntimeError(f"the event was answered by {status}")
        finally:
            connection.close()


class Activity(Background):
    """One action after the other, in turn, so that every failpoint is passed again and again."""

    def __init__(self, settings, sender, chance):
        super().__init__(PAUSE_SECONDS)
        self.settings = settings
        self.sender = sender
        self.chance = chance
        self.api = ApiServer(settings.stage)
        self.pushed = {}   # "shop/web-1:1" -> (digest, package), as it was pushed last
        self.everything = set()  # digests of all images
        self.counts = collections.Counter()
        self.database = "early"
        self.actions = [self.push, self.move, self.run_pod, self.change_database, self.push, self.except_finding,
                        self.push_chart, self.move, self.run_unseen_pod, self.change_policy, self.lose_rows]

    def step(self):
        action = self.actions[sum(self.counts.values()) % len(self.actions)]
        action()
        self.counts[action.__name__] += 1

    def begin(self):
        """One image of each sort, so that each row that can be is; and pods that wait for a shorter time."""
        self.api.need("PATCH", f"{GROUP}/clusterscanpolicies/default", {"spec": {"unscanned": {"waitSeconds": 2}}}, MERGE)
        for package in (images.CLEAN, images.BAD, images.TURNING):
            self._push_image(f"shop/first-{package.partition('@')[0]}-{len(self.pushed)}", "1", package)
        self._push_image(*GUARDED.split(":"), images.BAD)

    def end(self):
        """Leaves a state that says everything: the database that knows most, and no pod."""
        self._build_database("late")
        insist(lambda: self.api.need("DELETE", "/api/v1/namespaces/shop/pods?gracePeriodSeconds=0"))

    # Images.

    def _push_image(self, repository, tag, package, tell=True):
        mark = f"{repository}:{tag} {self.chance.random()}"
        digest = insist(lambda: images.Registry(self.settings.registry).push(repository, tag, package, mark))
        self.pushed[f"{repository}:{tag}"] = (digest, package)
        self.everything.add(digest)
        if tell:
            self.sender.send(repository, tag, digest)

    def push(self):
        package = self.chance.choice([images.CLEAN, images.BAD, images.TURNING])
        self._push_image(f"shop/web-{self.counts['push']}", "1", package)

    def move(self):
        movable = [tag for tag in self.pushed if tag.startswith("shop/web-")]
        if movable:
            repository, tag = self.chance.choice(movable).split(":")
            self._push_image(repository, tag, self.chance.choice([images.CLEAN, images.BAD, images.TURNING]))

    def push_chart(self):
        """It is pushed as images are, and is none: its ImageScan is collected."""
        repository = f"shop/chart-{self.counts['push_chart']}"
        digest = insist(lambda: images.Registry(self.settings.registry).push_chart(repository, "1"))
        self.sender.send(repository, "1", digest)

    # Pods.

    def run_pod(self):
        self._run("known", self.chance.choice([tag for tag in self.pushed if tag.startswith("shop/")]))

    def run_unseen_pod(self):
        """Of an image that no event told of: the webhook asks for its scan, and the pod waits for it."""
        repository = f"quiet/web-{self.counts['run_unseen_pod']}"
        self._push_image(repository, "1", images.CLEAN, tell=False)
        insist(lambda: self._run_until_seen(f"{repository}:1"))

    def _run_until_seen(self, tag):
        self._run("unseen", tag)
        name = f"{self.settings.registry}/{tag}"
        scans = self.api.need("GET", f"{GROUP}/namespaces/shop/imagescans")["items"]
        if not any(scan["spec"]["image"] == name for scan in scans):
            raise RuntimeError(f"nobody asked for a scan of {name}")

    def _run(self, name, tag):
        """Whatever the webhook says, or nobody; one pod of this name at a time."""
        path = "/api/v1/namespaces/shop/pods"
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
               "spec": {"containers": [{"name": "web", "image": f"{self.settings.registry}/{tag}"}]}}
        insist(lambda: self.api.ask("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 0}))
        try:
            self.api.ask("POST", path, pod)
        except SUFFERED:
            pass  # somebody died of it

    # What is known and wanted.

    def change_policy(self):
        wanted = self.chance.choice(["High", "Medium"])
        path = f"{GROUP}/clusterscanpolicies/default"
        rules = insist(lambda: self.api.need("GET", path))["spec"]["rules"]
        rules[0]["severityAtLeast"] = "Medium" if rules[0]["severityAtLeast"] == wanted else wanted
        insist(lambda: self.api.need("PATCH", path, {"spec": {"rules": rules}}, MERGE))

    def except_finding(self):
        """Of the vulnerability that the guarded image does not have."""
        path = f"{GROUP}/namespaces/shop/findingexceptions"
        exception = {"apiVersion": "pratique.dev/v1alpha1", "kind": "FindingException", "metadata": {"name": "turning"},
                     "spec": {"reason": "a test of kills", "expiresAt": "2099-01-01T00:00:00Z",
                              "vulnerabilities": [{"id": "CVE-2024-90002", "status": "accepted"}]}}
        if insist(lambda: self.api.ask("DELETE", f"{path}/turning"))[0] == 404:
            insist(lambda: self.api.need("POST", path, exception))

    def change_database(self):
        self._build_database("late" if self.database == "early" else "early")

    def _build_database(self, name):
        stage = pathlib.Path(self.settings.stage)
        run_program(self.settings.pratique, "database", "build", "--source", f"osv:{stage / ('feed-' + name)}", "--key",
                    stage / "database.key", "--output", stage / "advisories.db")
        self.database = name

    def lose_rows(self):
        insist(lambda: self.api.need("DELETE", FINDINGS))


class Outages(Background):
    """The API server and the registry die in turn, and come back."""

    def __init__(self, pause, api_server, registry, stage):
        super().__init__(pause)
        self.victims = (registry, api_server)
        self.authority = {"SSL_CERT_FILE": str(pathlib.Path(stage, "operator-tls/ca.crt"))}  # the registry's own events
        self.counts = collections.Counter()

    def step(self):
        victim = self.victims[sum(self.counts.values()) % len(self.victims)]
        victim.end(signal.SIGKILL)
        time.sleep(OUTAGE_SECONDS)
        victim.start(self.authority)
        self.counts[victim.name] += 1


class Attempts(Background):
    """Tries to run the guarded image, on dry run, and counts what was let in."""

    def __init__(self, settings):
        super().__init__(0.1)
        self.api = ApiServer(settings.stage)
        self.pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "never"},
                    "spec": {"containers": [{"name": "web", "image": f"{settings.registry}/{GUARDED}"}]}}
        self.counts = collections.Counter()

    def step(self):
        try:
            status, _ = self.api.ask("POST", "/api/v1/namespaces/shop/pods?dryRun=All", self.pod)
            self.counts["let in" if status < 300 else "refused" if status == 403 else "unanswered"] += 1
        except SUFFERED:
            self.counts["unanswered"] += 1
