"""trivy: findings that were recorded with a small database, which stands beside them, for package lists and lock files."""

import collections
import json
import re

import yaml

import causes
from feeds import build_database
from outcome import Outcome
from records import ids_in, of_osv
from scans import Scanner, purl

# How a golden calls a distribution: the purl type of its packages, and its name in os-release. Records of the others have no form in
# OSV, or one by which Pratique looks for sources.
FAMILIES = {"alpine": ("apk", "alpine"), "debian": ("deb", "debian"), "ubuntu": ("deb", "ubuntu"), "centos": ("rpm", "centos"),
            "redhat": ("rpm", "rhel"), "alma": ("rpm", "almalinux"), "opensuse-leap": ("rpm", "opensuse-leap"),
            "photon": ("rpm", "photon"), "cbl-mariner": ("rpm", "mariner")}
# Lock files that Pratique reads of an image; go.mod is a source's, not an image's.
REPOSITORIES = {"npm": "npm", "pip": "pip", "pipenv": "pipenv", "cargo.lock": "cargo", "pnpm": "pnpm", "yarn": "yarn",
                "poetry": "poetry", "uv": "uv", "composer.lock": "composer", "gradle": "gradle", "nuget": "nuget",
                "pubspec.lock": "pubspec", "mix.lock": "mixlock", "swift": "swift"}
LANGUAGES = {"composer": "Packagist", "maven": "Maven", "npm": "npm", "pip": "PyPI", "rubygems": "RubyGems",
             "cargo": "crates.io", "go": "Go", "nuget": "NuGet", "pub": "Pub", "erlang": "Hex", "conan": "ConanCenter",
             "swift": "SwiftURL"}
DISTRIBUTIONS = {"alpine": "Alpine:v", "debian": "Debian:", "ubuntu": "Ubuntu:", "alma": "AlmaLinux:", "rocky": "Rocky Linux:",
                 "photon os": "Photon OS:", "opensuse leap": "openSUSE:Leap ", "cbl-mariner": "Azure Linux:"}
BOUND = re.compile(r"\s*(<=|>=|<|>|==|=)?\s*v?([^\s,|]+)")


def outcomes(corpus, _scanner, feeds):
    folder = feeds.folder / "goldens"
    known = Known(folder / "osv", osv_records(corpus))
    scanner = Scanner(build_database(folder, [f"osv:{known.folder}"]), folder)
    for golden in sorted((corpus / "finding-goldens").glob("*.json.golden")):
        name = golden.name.removesuffix(".json.golden")
        expected = json.loads(golden.read_text())
        packages = corpus / "package-goldens" / golden.name
        if packages.exists() and expected["Metadata"]["OS"]["Family"] in FAMILIES:
            yield image_outcome(packages, name, expected, scanner, known)
        elif name in REPOSITORIES:
            yield repository_outcome(corpus, name, expected, scanner, known)


class Known:
    """The records that a golden's findings were made of, in a folder."""

    def __init__(self, folder, osv):
        self.folder = folder
        folder.mkdir(parents=True)
        self._texts = collections.defaultdict(list)  # by each id
        for index, one in enumerate(osv):
            text = json.dumps(one).encode()
            (folder / f"{index}.json").write_bytes(text)
            for issue in ids_in(text):
                self._texts[issue].append(text)

    def records(self, issue):
        return [one for text in self._texts[issue] for one in of_osv(text, issue)]


def findings(expected):
    for result in expected.get("Results") or []:
        for one in result.get("Vulnerabilities") or []:
            yield one


def image_outcome(packages, name, expected, scanner, known):
    """`packages`: the file of what the image holds."""
    kind, distribution = FAMILIES[expected["Metadata"]["OS"]["Family"]]
    purls = {package_purl(kind, distribution, one): one["Name"] for one in json.loads(packages.read_text())}
    told = scanner.packages(purls, (distribution, expected["Metadata"]["OS"]["Name"]))
    pairs = {(purls[one], issue) for one, issues in told.items() for issue in issues}
    wanted = {(one["PkgName"], one["VulnerabilityID"]): one for one in findings(expected)}
    return compared(f"trivy/{name}", wanted, pairs, purls, known)


def repository_outcome(corpus, name, expected, scanner, known):
    folder = corpus / "repo-inputs" / REPOSITORIES[name]
    told = {(package.lower(), issue) for package, issue in scanner.root(folder)}
    wanted = {(one["PkgName"].lower(), one["VulnerabilityID"]): one for one in findings(expected)}
    return compared(f"trivy/{name}", wanted, told, scanner.inventory(folder), known)


def compared(name, expected, told, scanned, known):
    """`expected`: (package, issue) -> finding; `scanned`: purls. A finding's other names are no findings of their own."""
    outcome = Outcome(name)
    for pair, finding in sorted(expected.items(), key=lambda one: one[0]):
        if pair in told:
            outcome.found.append(" ".join(pair))
            continue
        purls = causes.called(pair[0], scanned)
        outcome.missed.append(causes.miss(" ".join(pair), purls, finding["InstalledVersion"], known.records(pair[1])))
    issues = {issue for _, issue in expected}
    outcome.false = [" ".join(pair) for pair in sorted(told - expected.keys()) if pair[1].startswith("CVE-") or pair[1] in issues]
    return outcome


def package_purl(kind, distribution, package):
    def full(version, release, epoch):
        return (f"{epoch}:" if epoch else "") + version + (f"-{release}" if release else "")

    version = full(package["Version"], package.get("Release"), package.get("Epoch"))
    if "SrcName" not in package:
        upstream = ""
    elif kind == "rpm":  # as rpm's own header names it, without an epoch
        upstream = f"{package['SrcName']}-{full(package['SrcVersion'], package.get('SrcRelease'), 0)}.src.rpm"
    else:
        upstream = f"{package['SrcName']}@{full(package['SrcVersion'], package.get('SrcRelease'), package.get('SrcEpoch'))}"
    return purl(kind, f"{distribution}/{package['Name']}", version, arch=package.get("Arch", ""), upstream=upstream)


def osv_records(corpus):
    """The database's records in OSV's form."""
    for file in sorted((corpus / "fixture-db").glob("*.yaml")):
        if file.stem in ("vulnerability", "data-source", "cpe", "k8s"):
            continue
        for bucket in yaml.safe_load(file.read_text()):
            for package in bucket["pairs"]:
                for entry in package["pairs"]:
                    yield from entry_records(bucket["bucket"], package["bucket"], entry["key"].strip(), entry.get("value"))


def entry_records(bucket, package, issue, value):
    if not isinstance(value, dict):
        return
    if bucket == "Red Hat":
        yield from red_hat_records(package, issue, value)
        return
    ecosystem = ecosystem_of(bucket)
    if not ecosystem:
        return
    if "::" not in bucket:
        events = [{"introduced": "0"}] + ([{"fixed": value["FixedVersion"]}] if value.get("FixedVersion") else [])
        yield record(issue, ecosystem, package, [events])
        return
    ranges = [events_of(text) for text in value.get("VulnerableVersions") or []]
    yield record(issue, ecosystem, package, [events for events in ranges if events])


def red_hat_records(package, issue, value):
    """Of the products, those of the servers of release 6 and 7; names as in their CPEs."""
    for entry in value["Entries"]:
        for product, release in ((857, "6"), (869, "7")):
            if product not in entry["Affected"]:
                continue
            events = [{"introduced": "0"}]
            if entry.get("FixedVersion"):
                events.append({"fixed": entry["FixedVersion"].removeprefix("0:")})
            for cve in entry["Cves"]:
                yield record(cve.get("ID", issue), f"Red Hat:enterprise_linux:{release}", package, [events])


def ecosystem_of(bucket):
    if "::" in bucket:
        return LANGUAGES.get(bucket.split("::")[0])
    name, _, release = bucket.rpartition(" ")
    prefix = DISTRIBUTIONS.get(name.lower())
    if not prefix:
        return None
    return "Alpine:edge" if release == "edge" else prefix + release


def events_of(constraint):
    """">= 2.0.0, <= 2.9.10.3" as the events of one range."""
    introduced, end = "0", []
    for operator, version in BOUND.findall(constraint):
        if operator in (">=", ">"):
            introduced = version
        elif operator == "<":
            end = [{"fixed": version}]
        elif operator == "<=":
            end = [{"last_affected": version}]
        else:
            introduced, end = version, [{"last_affected": version}]
    return [{"introduced": introduced}, *end]


def record(issue, ecosystem, package, ranges):
    return {"id": issue, "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                                       "ranges": [{"type": "ECOSYSTEM", "events": events} for events in ranges]}]}
