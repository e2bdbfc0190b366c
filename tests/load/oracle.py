"""Which answers to a pod were permissible, by the API server's audit log. Pure: no clock, no I/O.

An object's new value may be known to the webhook from the moment in which the change was asked for; its old one may be
known for a bound of propagation after the change had ended. Kinds are watched one by one, so any mix of values that were
possible at some moment between the two is possible. An answer is right when some possible mix gives it.

A write that ended in a 5xx, because whoever asked for it was killed meanwhile, may have been stored all the same: its value
is one more that is possible, until the next one is certain.
"""

import dataclasses
import datetime
import itertools

DENIAL = "denied the request"
TAG_AGE_SECONDS = 600  # a policy's maxTagAge by default
CLOCK_SECONDS = 1.0    # times in objects are whole seconds


@dataclasses.dataclass(frozen=True)
class Pod:
    """A pod that somebody asked for, and the answer."""
    name: str
    ns: str
    image: str
    asked: float  # seconds since the epoch
    answered: float
    code: int
    message: str = ""

    @property
    def answer(self):
        if 200 <= self.code < 300:
            return "allow"
        return "deny" if DENIAL in self.message else "failure"


@dataclasses.dataclass(frozen=True)
class Scan:
    image: str
    reports: tuple  # names; empty: not resolved, or of an older spec
    resolved: float


@dataclasses.dataclass(frozen=True)
class Report:
    generation: int | None
    worst: int  # findings of severity High or Critical
    complete: bool


@dataclasses.dataclass(frozen=True)
class Excepted:
    ids: frozenset
    expires: float


@dataclasses.dataclass(frozen=True)
class Value:
    """What an object was from `begun` (asked for) or `settled` (answered) on; None: it was not there."""
    begun: float
    settled: float
    what: object
    certain: bool = True


class History:
    """Every value that every object had, by kind, namespace and name."""

    def __init__(self):
        self.values = {}
        self.pods = []
        self.changes = 0

    def add(self, key, value):
        values = self.values.setdefault(key, [Value(0, 0, None)])
        if values[-1].what != value.what or values[-1].certain != value.certain:
            values.append(value)
            self.changes += value.certain

    def keys(self, kind, ns=None):
        return [key for key in self.values if key[0] == kind and (ns is None or key[1] == ns)]

    def between(self, key, begin, end):
        """The values that may have been known to somebody at some moment from `begin` to `end`."""
        known = []
        until = float("inf")
        for value in reversed(self.values.get(key, [Value(0, 0, None)])):
            if value.begun <= end and until >= begin and value.what not in known:
                known.append(value.what)
            until = value.settled if value.certain else until
        return known


class Truth:
    """What the images really hold, and which of it the databases know."""

    def __init__(self):
        self.packages = {}   # manifest digest -> set of packages
        self.databases = []  # (generation, {package: id}), oldest first

    def ids(self, digest, generation):
        known = [advisories for number, advisories in self.databases if number <= generation]
        advisories = known[-1] if known else {}
        return frozenset(advisories[package] for package in self.packages.get(digest, ()) if package in advisories)


def seconds_of(text):
    """RFC 3339, with or without a fraction."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def report_name(digest):
    return digest.replace(":", "-")


def read_audit(events):
    """The history that the audit log tells: parsed lines, in any order."""
    history = History()
    for event in sorted(events, key=lambda event: event["stageTimestamp"]):
        reference = event.get("objectRef", {})
        reader = READERS.get(reference.get("resource"))
        if reader is None or event.get("stage") != "ResponseComplete":
            continue
        reader(history, event, reference)
    return history


def _read_pod(history, event, reference):
    asked_for = event.get("requestObject") or {}
    if event["verb"] != "create" or reference.get("subresource") or "spec" not in asked_for:
        return
    status = event.get("responseStatus", {})
    history.pods.append(Pod(
        name=asked_for["metadata"].get("name", ""), ns=reference.get("namespace", ""),
        image=asked_for["spec"]["containers"][0]["image"], asked=seconds_of(event["requestReceivedTimestamp"]),
        answered=seconds_of(event["stageTimestamp"]), code=status.get("code", 0), message=status.get("message", "")))


def _reader_of(kind, value_of, subresource_with_result=""):
    """`subresource_with_result`: whose writes carry what the value is made of."""
    def read(history, event, reference):
        code = event.get("responseStatus", {}).get("code", 500)
        certain = code < 300
        if not certain and (code < 500 or reference.get("subresource", "") != subresource_with_result):
            return
        stored = event.get("responseObject" if certain else "requestObject") or {}
        gone = event["verb"] == "delete"
        if not gone and ("metadata" not in stored or "spec" not in stored):
            return
        name = reference.get("name") or stored.get("metadata", {}).get("name")
        history.add((kind, reference.get("namespace", ""), name),
                    Value(seconds_of(event["requestReceivedTimestamp"]), seconds_of(event["stageTimestamp"]),
                          None if gone else value_of(stored), certain))
    return read


def _scan_of(stored):
    status = stored.get("status", {})
    # What the operator sends, unlike what is stored, may leave the generation out.
    generation = stored["metadata"].get("generation", status.get("observedGeneration"))
    current = status.get("observedGeneration") == generation
    current = current and status.get("image") == stored["spec"]["image"]
    reports = tuple(platform["report"] for platform in status.get("platforms", [])) if current else ()
    resolved = seconds_of(status["resolvedAt"]) if status.get("resolvedAt") else 0.0
    return Scan(image=stored["spec"]["image"], reports=reports, resolved=resolved)


def _report_of(stored):
    spec = stored["spec"]
    counts = spec.get("counts", {})
    return Report(generation=spec.get("databaseGeneration"),
                  worst=counts.get("critical", 0) + counts.get("high", 0), complete=spec.get("complete", False))


def _exception_of(stored):
    spec = stored["spec"]
    return Excepted(ids=frozenset(one["id"] for one in spec["vulnerabilities"]), expires=seconds_of(spec["expiresAt"]))


READERS = {
    "pods": _read_pod,
    "imagescans": _reader_of("scan", _scan_of, "status"),
    "imagereports": _reader_of("report", _report_of),
    "clusterscanpolicies": _reader_of("policy", lambda stored: stored["spec"].get("mode")),
    "scanpolicies": _reader_of("policy", lambda stored: stored["spec"].get("mode")),
    "findingexceptions": _reader_of("exception", _exception_of),
}


class Oracle:
    def __init__(self, history, truth, propagation):
        self.history = history
        self.truth = truth
        self.propagation = propagation
        self.scans = {}
        for key in history.keys("scan"):
            for image in {value.what.image for value in history.values[key] if value.what}:
                self.scans.setdefault((key[1], image), []).append(key)

    def permissible(self, pod):
        """The set of right answers to this pod."""
        begin, end = pod.asked - self.propagation, pod.answered
        may_enforce, may_rest = self._modes(pod.ns, begin, end)
        found = self._findings(pod, begin, end)
        sure, possible = self._exceptions(pod.ns, begin, end)
        answers = set()
        if may_rest or any(ids is not None and not ids - possible for ids in found):
            answers.add("allow")
        if may_enforce and any(ids is None or ids - sure for ids in found):
            answers.add("deny")
        return answers

    def _modes(self, ns, begin, end):
        keys = self.history.keys("policy", "") + self.history.keys("policy", ns)
        modes = [self.history.between(key, begin, end) for key in keys]
        return any("Deny" in of_one for of_one in modes), all(set(of_one) - {"Deny"} for of_one in modes)

    def _findings(self, pod, begin, end):
        """What the image may have been known to have: sets of ids; None: not scanned."""
        if "@" in pod.image:
            return self._of_reports((report_name(pod.image.split("@")[1]),), begin, end)
        found = set()
        keys = self.scans.get((pod.ns, pod.image), [])
        for key in keys:
            for scan in self.history.between(key, begin, end):
                known = scan is not None and scan.reports and scan.resolved + TAG_AGE_SECONDS > begin
                found |= self._of_reports(scan.reports, begin, end) if known else {None}
                if known and scan.resolved + TAG_AGE_SECONDS < end + CLOCK_SECONDS:
                    found.add(None)
        return found or {None}

    def _of_reports(self, names, begin, end):
        choices = [self.history.between(("report", "", name), begin, end) for name in names]
        found = set()
        for reports in itertools.product(*choices):
            if any(report is None or report.generation is None for report in reports):
                found.add(None)
                continue
            found.add(frozenset().union(*(self.truth.ids(name.replace("-", ":", 1), report.generation)
                                          for name, report in zip(names, reports))))
        return found

    def _exceptions(self, ns, begin, end):
        """Ids that are excepted throughout, and those that may be at some moment."""
        sure, possible = set(), set()
        for key in self.history.keys("exception", ns):
            values = self.history.between(key, begin, end)
            there = [value for value in values if value is not None]
            for value in there:
                if value.expires + CLOCK_SECONDS >= begin + self.propagation:
                    possible |= value.ids
            if len(there) == len(values) == 1 and there[0].expires - CLOCK_SECONDS > end:
                sure |= there[0].ids
        return sure, possible

    def untrue_reports(self):
        """Reports whose counts are not what the image holds by the generation that they name."""
        untrue = []
        for key in self.history.keys("report"):
            digest = key[2].replace("-", ":", 1)
            for value in self.history.values[key]:
                report = value.what
                if report is None or report.generation is None or digest not in self.truth.packages:
                    continue
                if report.worst != len(self.truth.ids(digest, report.generation)) or not report.complete:
                    untrue.append((key[2], report))
        return untrue


@dataclasses.dataclass
class Verdict:
    pods: int = 0
    allowed: int = 0
    denied: int = 0
    false_allows: list = dataclasses.field(default_factory=list)
    false_denies: list = dataclasses.field(default_factory=list)
    explained_failures: list = dataclasses.field(default_factory=list)
    unexplained_failures: list = dataclasses.field(default_factory=list)


def judge(oracle, namespaces, kills):
    """Judges every pod of these namespaces. `kills`: moments in which a webhook was killed while it may have held a
    request; what failed within such a moment is explained by it."""
    verdict = Verdict()
    for pod in oracle.history.pods:
        if pod.ns not in namespaces:
            continue
        verdict.pods += 1
        right = oracle.permissible(pod)
        if pod.answer == "allow":
            verdict.allowed += 1
            if "allow" not in right:
                verdict.false_allows.append(pod)
        elif pod.answer == "deny":
            verdict.denied += 1
            if "deny" not in right:
                verdict.false_denies.append(pod)
        elif any(pod.asked - CLOCK_SECONDS <= kill <= pod.answered for kill in kills):
            verdict.explained_failures.append(pod)
        else:
            verdict.unexplained_failures.append(pod)
    return verdict
