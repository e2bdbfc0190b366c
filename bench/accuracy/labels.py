"""vulnerability-match-labels: what people said of findings in real images. A label names a package without its type: it is
looked up as a package of the image's distribution and of each language that it may be one of."""

import collections
import functools
import json
import re
import subprocess

from outcome import Outcome
from scans import purl

# What the name of an image says of its distribution.
DISTRIBUTIONS = [(r"ubuntu-content", ("ubuntu", "20.04")), (r"/ubuntu:([\d.]+)", ("ubuntu", None)),
                 (r"ghost:5", ("debian", "11")), (r"alpine-?:?([\d.]+)", ("alpine", None)), (r"vault:1\.12", ("alpine", "3.15")),
                 (r"almalinux:(\d+)", ("almalinux", None)), (r"rockylinux:(\d+)", ("rocky", None)),
                 (r"oraclelinux[-:](\d+)", ("ol", None)), (r"rhel-(\d+)", ("rhel", None)), (r"ubi(\d+)", ("rhel", None)),
                 (r"centos:(\d+)", ("centos", None)), (r"cloudbees", ("rhel", "8")), (r"amazonlinux[-:](\d+)", ("amzn", None)),
                 (r"debian:(\d+)", ("debian", None)), (r"python:3\.8\.0-slim", ("debian", "10")),
                 (r"postgres:13\.2", ("debian", "10")), (r"chainguard", ("wolfi", ""))]
SYSTEM_TYPES = {"debian": "deb", "ubuntu": "deb", "alpine": "apk", "wolfi": "apk"}
# What versions of the system's packages look like.
SYSTEM_VERSIONS = {"deb": r"[-:+~]|^2\.2\.4$", "apk": r"-r\d+$", "rpm": r"-.*\d"}
LANGUAGE_TYPES = ["npm", "pypi", "gem", "golang", "composer", "nuget", "cargo"]
# Sources of packages that this machine's release does not have any more, and of Alpine's.
OLD_SOURCES = {"libssl1.1": "openssl", "libssl1.0.0": "openssl", "libtinfo5": "ncurses", "libncurses5": "ncurses",
               "libpython3.8-minimal": "python3.8", "libapt-pkg5.0": "apt", "libsepol1": "libsepol", "libldap-2.4-2": "openldap"}
ALPINE_SOURCES = {"libssl": "openssl", "libcrypto": "openssl", "musl-utils": "musl", "ssl_client": "busybox", "libcurl": "curl",
                  "nghttp2-libs": "nghttp2", "libxml2-utils": "libxml2", "sqlite-libs": "sqlite"}


def distribution_of(image):
    for pattern, (name, version) in DISTRIBUTIONS:
        match = re.search(pattern, image)
        if match:
            return name, match[1] if version is None else version
    return None


@functools.cache
def debian_sources():
    """Binary package -> source package, of the release that this machine runs: names rarely change."""
    listing = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    sources = {}
    for stanza in listing.split("\n\n"):
        package = re.search(r"^Package: (\S+)", stanza, re.M)
        source = re.search(r"^Source: (\S+)", stanza, re.M)
        if package and source:
            sources[package[1]] = source[1]
    return sources


def source_of(system, name):
    if system == "deb":
        return OLD_SOURCES.get(name) or debian_sources().get(name, "")
    if system == "apk":
        return next((source for start, source in ALPINE_SOURCES.items() if name.startswith(start)), "")
    return ""


def purls_of(name, version, distribution, feeds):
    """Every package that the label may mean."""
    if is_system_version(version, distribution):
        system = SYSTEM_TYPES.get(distribution[0], "rpm")
        yield purl(system, f"{distribution[0]}/{name}", version, distro="-".join(distribution),
                   upstream=source_of(system, name))
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


def is_system_version(version, distribution):
    return bool(distribution and re.search(SYSTEM_VERSIONS[SYSTEM_TYPES.get(distribution[0], "rpm")], version))


def scopes_of(version, distribution):
    """The feeds that may know of a package of this version."""
    return [distribution] if is_system_version(version, distribution) else [*LANGUAGE_TYPES, "maven"]


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
            is_told = any(issue in told[one] for one in candidates[(name, version)])
            text = f"{name} {version} {issue}"
            if label == "FP":
                outcome.silent += not is_told
                outcome.false += [text] if is_told else []
            elif is_told:
                outcome.found.append(text)
            else:
                scopes = scopes_of(version, distribution)
                (outcome.missed if feeds.knows(issue, scopes) else outcome.unknown).append(text)
        yield outcome
