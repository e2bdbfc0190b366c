"""What changes while pods are created: images, policies, exceptions, the advisory database, and which processes live.
Everything by one seed, in one thread."""

import collections
import datetime
import pathlib
import signal
import threading
import time

import images
from stage import ApiServer, Process, run_program

GROUP = "/apis/pratique.dev/v1alpha1"
NAMESPACES = ("shop", "load-a", "load-b")
PAUSE_SECONDS = (0.3, 2.0)
EXCEPTION_SECONDS = (4, 20)
# How often each is done, of their sum.
WEIGHTS = {
    "image pushed": 30, "tag moved": 12, "policy": 9, "namespace's policy": 5, "exception made": 16,
    "exception deleted": 7, "database changed": 4, "webhook killed": 6, "webhook restarted": 4, "operator killed": 2,
    "operator restarted": 1, "scanner killed": 3,
}


class Population:
    """The images that pods may be made of. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tags = {}     # "shop/web-1:1" -> digest that it was given last
        self.digests = []  # "shop/web-1@sha256:..."

    def put(self, repository, tag, digest):
        with self.lock:
            self.tags[f"{repository}:{tag}"] = digest
            self.digests.append(f"{repository}@{digest}")

    def choose(self, chance):
        """A reference without its host: mostly a tag, sometimes a digest or what was never pushed."""
        with self.lock:
            kind = chance.random()
            if kind < 0.05 or not self.tags:
                return f"shop/never-{chance.randint(1, 20)}:1"
            if kind < 0.3:
                return chance.choice(self.digests)
            return chance.choice(list(self.tags)[-60:])


class Changes:
    def __init__(self, settings, truth, population, chance):
        self.settings = settings
        self.truth = truth
        self.population = population
        self.chance = chance
        self.api = ApiServer(settings.stage)
        self.registry = images.Registry(settings.registry)
        self.webhooks = [Process(settings.stage, f"admission-{number}", port)
                         for number, port in enumerate(settings.admission_health_ports)]
        self.operator = Process(settings.stage, "operator", settings.operator_health_port)
        self.scanner = Process(settings.stage, "scanner", settings.scanner_health_port)
        self.counts = collections.Counter()
        self.moments = []        # (moment, name) of every change
        self.webhook_kills = []  # moments
        self.exceptions = []     # (namespace, name)
        self.database = "early"
        self.rules = self.api.need("GET", f"{GROUP}/clusterscanpolicies/default")["spec"]["rules"]

    def run(self, stop):
        """Until `stop` is set. An error ends the load: nothing here may fail."""
        actions = {name: getattr(self, name.replace("'s", "").replace(" ", "_")) for name in WEIGHTS}
        while not stop.wait(self.chance.uniform(*PAUSE_SECONDS)):
            name = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            moment = time.time()
            if actions[name]() is not False:
                self.counts[name] += 1
                self.moments.append((moment, name))

    def before(self, moment, seconds):
        """What was changed in the seconds before, for whoever reads of a wrong answer."""
        return ", ".join(f"{name} {moment - at:.1f} s before" for at, name in self.moments if 0 <= moment - at <= seconds)

    def wait_for_processes(self, seconds):
        end = time.monotonic() + seconds
        while not all(process.ready() for process in [*self.webhooks, self.operator, self.scanner]):
            if time.monotonic() > end:
                raise RuntimeError("not every process is ready again; see the logs")
            time.sleep(0.1)

    # Images.

    def push(self, repository, tag):
        package = self.chance.choice([images.CLEAN, images.CLEAN, images.BAD, images.TURNING])
        digest = self.registry.push(repository, tag, package, f"{repository}:{tag} {self.chance.random()}")
        self.truth.packages[digest] = {package}
        self.population.put(repository, tag, digest)

    def image_pushed(self):
        self.push(f"shop/web-{len(self.population.tags)}", "1")

    def tag_moved(self):
        repository, tag = self.chance.choice(list(self.population.tags)).split(":")
        self.push(repository, tag)

    # Policies. The cluster's denies most of the time.

    def policy(self):
        path = f"{GROUP}/clusterscanpolicies/default"
        denies = self.api.need("GET", path)["spec"]["mode"] == "Deny"
        self.api.need("PATCH", path, {"spec": {"mode": "Audit" if denies else "Deny"}}, "application/merge-patch+json")

    def namespace_policy(self):
        path = f"{GROUP}/namespaces/load-a/scanpolicies"
        if self.api.ask("DELETE", f"{path}/own")[0] == 404:
            self.api.need("POST", path, {
                "apiVersion": "pratique.dev/v1alpha1", "kind": "ScanPolicy", "metadata": {"name": "own"},
                "spec": {"mode": self.chance.choice(["Deny", "Audit"]), "rules": self.rules}})

    # Exceptions: some end by their date, some are deleted before.

    def exception_made(self):
        ns = self.chance.choice(NAMESPACES)
        name = f"week-{self.counts['exception made']}"
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            seconds=self.chance.randint(*EXCEPTION_SECONDS))
        identifiers = self.chance.choice([["CVE-2024-90001"], ["CVE-2024-90002"], ["CVE-2024-90001", "CVE-2024-90002"]])
        self.api.need("POST", f"{GROUP}/namespaces/{ns}/findingexceptions", {
            "apiVersion": "pratique.dev/v1alpha1", "kind": "FindingException", "metadata": {"name": name},
            "spec": {"reason": "a test of the load", "expiresAt": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
                     "vulnerabilities": [{"id": one, "status": "accepted"} for one in identifiers]}})
        self.exceptions.append((ns, name))

    def exception_deleted(self):
        if not self.exceptions:
            return False
        ns, name = self.exceptions.pop(self.chance.randrange(len(self.exceptions)))
        self.api.need("DELETE", f"{GROUP}/namespaces/{ns}/findingexceptions/{name}")
        return True

    # The advisory database: the next generation of the one or the other.

    def build_database(self, name):
        stage = pathlib.Path(self.settings.stage)
        run_program(self.settings.pratique, "database", "build", "--source", f"osv:{stage / ('feed-' + name)}", "--key",
                    stage / "database.key", "--output", stage / "advisories.db")
        self.note_database(name)

    def note_database(self, name):
        told = run_program(self.settings.pratique, "database", "info", "--output", "json",
                           pathlib.Path(self.settings.stage, "advisories.db"))
        self.truth.databases.append((images.generation_of(told), images.ADVISORIES[name]))
        self.database = name

    def database_changed(self):
        self.build_database("late" if self.database == "early" else "early")

    # Processes. One webhook at a time, as a disruption budget has it.

    def end_webhook(self, number):
        if not all(webhook.ready() for webhook in self.webhooks):
            return None
        return self.chance.choice(self.webhooks).restart(number)

    def webhook_killed(self):
        moment = self.end_webhook(signal.SIGKILL)
        if moment is not None:
            self.webhook_kills.append(moment)
        return moment is not None

    def webhook_restarted(self):
        return self.end_webhook(signal.SIGTERM) is not None

    def operator_killed(self):
        self.operator.restart(signal.SIGKILL)

    def operator_restarted(self):
        self.operator.restart(signal.SIGTERM)

    def scanner_killed(self):
        self.scanner.restart(signal.SIGKILL)
