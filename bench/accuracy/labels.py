"""vulnerability-match-labels: what people said of findings in real images. A label names a package without its type: it is
looked up as a package of the image's distribution and of each language that it may be one of."""

import collections
import json
import re

import causes
from outcome import Outcome
from scans import purl
from sources import source_of

# What the name of an image says of its distribution; where it says nothing, what the image is known to be built on.
DISTRIBUTIONS = [(r"ubuntu-content", ("ubuntu", "20.04")), (r"/ubuntu:([\d.]+)", ("ubuntu", None)), (r"kibana:8\.5", ("ubuntu", "20.04")),
                 (r"ghost:5", ("debian", "11")), (r"jenkins:2\.361", ("debian", "11")), (r"neo4j:4\.4", ("debian", "11")),
                 (r"alpine-?:?([\d.]+)", ("alpine", None)), (r"vault:1\.12", ("alpine", "3.15")), (r"grafana:9\.2", ("alpine", "3.15")),
                 (r"almalinux:(\d+)", ("almalinux", None)), (r"rockylinux:(\d+)", ("rocky", None)),
                 (r"oraclelinux[-:](\d+)", ("ol", None)), (r"rhel-(\d+)", ("rhel", None)), (r"ubi(\d+)", ("rhel", None)),
                 (r"cloudbees", ("rhel", "8")), (r"nexus3:3\.30", ("rhel", "8")), (r"keycloak:21", ("rhel", "9")),
                 (r"centos:(\d+)", ("centos", None)), (r"centos-stream-(\d+)", ("centos-stream", None)),
                 (r"amazonlinux[-:](\d+)", ("amzn", None)), (r"sles12sp4", ("sles", "12.4")), (r"sle15:(15\.\d)", ("sles", None)),
                 (r"azurelinux(\d)", ("azurelinux", None)), (r"mariner/base/core:(\d)", ("mariner", None)),
                 (r"debian[:-]?(\d+)", ("debian", None)), (r"python:3\.8\.0-slim", ("debian", "10")),
                 (r"postgres:13\.2", ("debian", "10")), (r"node:4\.2\.1-slim", ("debian", "8")), (r"chainguard", ("wolfi", ""))]
SYSTEM_TYPES = {"debian": "deb", "ubuntu": "deb", "alpine": "apk", "wolfi": "apk"}
# What versions of the system's packages look like; Debian's own programs have versions like everybody's.
SYSTEM_VERSIONS = {"deb": r"[-:+~]", "apk": r"-r\d+$", "rpm": r"-.*\d"}
RED_HAT = {"rhel", "ol", "almalinux", "rocky", "centos", "centos-stream"}
RED_HAT_VERSION = r"-.*(\.el|\.module)"
DEBIANS_OWN = r"^(apt|apt-.*|libapt-.*|dpkg|debianutils|adduser|init-system-helpers)$"
# What they never look like: Go's, and what is before a release elsewhere.
LANGUAGE_VERSION = r"^v\d|^\d+\.\d+\.\d+-(alpha|beta|dev|next|rc|pre)"
LANGUAGE_TYPES = ["npm", "pypi", "gem", "golang", "composer", "nuget", "cargo"]


def distribution_of(image):
    for pattern, (name, version) in DISTRIBUTIONS:
        match = re.search(pattern, image)
        if match:
            return name, match[1] if version is None else version
    return None


def purls_of(name, version, distribution, feeds):
    """Every package that the label may mean."""
    if is_of_system(name, version, distribution):
        system = SYSTEM_TYPES.get(distribution[0], "rpm")
        yield purl(system, f"{distribution[0]}/{name}", version, distro="-".join(distribution),
                   upstream=source_of(system, name, distribution[1]))
        return
    for kind in language_types_of(name):
        yield purl(kind, name, version)
    for group, artifact in maven_names_of(name, feeds):
        yield purl("maven", f"{group}:{artifact}", version)


def language_types_of(name):
    """A slash is in names of three kinds alone: of the others it would be a namespace, which they do not have."""
    if "/" not in name:
        return LANGUAGE_TYPES
    return ["npm"] if name.startswith("@") else ["golang", "composer"]


def maven_names_of(name, feeds):
    """Group and artifact: of an artifact by its own name, or of a jar that is named by both ("com.google.guava_guava")."""
    yield from ((group, name) for group in sorted(feeds.maven_groups.get(name, [])))
    group, _, artifact = name.partition("_")
    if group in feeds.maven_groups.get(artifact, []):
        yield group, artifact


def is_of_system(name, version, distribution):
    if not distribution or "/" in name or re.search(LANGUAGE_VERSION, version):
        return False
    system = SYSTEM_TYPES.get(distribution[0], "rpm")
    if system == "deb" and re.search(DEBIANS_OWN, name):
        return True
    return bool(re.search(RED_HAT_VERSION if distribution[0] in RED_HAT else SYSTEM_VERSIONS[system], version))


def scopes_of(name, version, distribution):
    """The feeds that may know of a package of this version."""
    return [distribution] if is_of_system(name, version, distribution) else [*LANGUAGE_TYPES, "maven"]


def rows_of(file):
    """(package, version, id) -> label; what people did not agree on is left out."""
    rows = {}
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        if "package" in entry and entry["label"] in ("TP", "FP"):
            key = (entry["package"]["name"], entry["package"]["version"], entry.get("effective_cve") or entry["vulnerability_id"])
            rows.setdefault(key, set()).add(entry["label"])
    return {key: labels.pop() for key, labels in rows.items() if len(labels) == 1}


def outcomes(corpus, scanner, feeds):
    images = json.loads((corpus / "IMAGES.json").read_text())
    for file in sorted(corpus.glob("*.jsonl")):
        image = images.get(file.stem, file.stem)
        rows, distribution = rows_of(file), distribution_of(images.get(file.stem, ""))
        candidates = {key[:2]: list(purls_of(*key[:2], distribution, feeds)) for key in rows}
        told = scanner.packages([one for purls in candidates.values() for one in purls], distribution)
        outcome = Outcome(f"labels/{image.removeprefix('docker.io/')}")
        for (name, version, issue), label in sorted(rows.items()):
            told_of = [one for one in candidates[(name, version)] if issue in told[one]]
            text = f"{name} {version} {issue}"
            if label == "FP":
                outcome.silent += not told_of
                outcome.false += [f"{text}: told of {' '.join(told_of)}"] if told_of else []
            elif told_of:
                outcome.found.append(text)
            elif feeds.knows(issue, scopes := scopes_of(name, version, distribution)):
                records = feeds.records(issue, scopes)
                outcome.missed.append(causes.miss(text, candidates[(name, version)], version, records))
            else:
                outcome.unknown.append(text)
        yield outcome
