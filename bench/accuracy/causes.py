"""Why an expected finding was not told, as far as the records of the feeds can tell."""

import dataclasses
import enum
import re
import urllib.parse

PRE_RELEASES = {"alpha", "beta", "cr", "dev", "incubating", "m", "milestone", "pre", "preview", "rc", "snapshot"}
NO_WORDS = {"android", "final", "ga", "jre", "release"}
NAMES_MAX = 4  # of packages that a feed has instead; an issue of a build tool has hundreds


class Cause(enum.Enum):
    LACKS = "feed lacks the id"
    INVENTORY = "not in the inventory"
    NAMING = "naming"
    VERSION = "version"
    LABEL = "label is wrong"  # nothing but a person can say so
    BUG = "our bug"


@dataclasses.dataclass(frozen=True)
class Miss:
    """`what` names the expected finding; `why` is the evidence."""

    what: str
    cause: Cause
    why: str

    def __str__(self):
        return f"{self.what}: {self.cause.value} ({self.why})"


def miss(what, purls, version, records):
    """`purls`: every package that was looked up; `records`: what the feeds say of the issue."""
    if not purls:
        return Miss(what, Cause.INVENTORY, "nothing of this name and version was scanned")
    about = [record for record in records if record.package]
    if not about:
        return Miss(what, Cause.LACKS, "records mention it, and none is about it")
    names = {name for one in purls for name in names_of(one)}
    named = [record for record in about if plain(record.package) in names]
    if not named:
        return Miss(what, Cause.NAMING, "the feeds have it of " + listed({record.package for record in about}))
    ranges = listed({f"{record.id}: {text}" for record in named for text in ranges_of(record)})
    if any(holds(record, version) for record in named):
        return Miss(what, Cause.BUG, f"in {ranges}")
    return Miss(what, Cause.VERSION, f"outside {ranges}")


def ranges_of(record):
    yield from (str(interval) for interval in record.intervals)
    if record.versions:
        yield listed(record.versions)
    elif not record.intervals:
        yield "no version"


def listed(names):
    names = sorted(names)
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + more


def called(name, purls):
    """Those of packages, or of a source, of this name."""
    return [one for one in purls if plain(name) in names_of(one)]


def names_of(package_url):
    """The names that records may know the package by: its own and that of its source, without the distribution."""
    head, _, qualifiers = package_url.removeprefix("pkg:").partition("?")
    kind, _, path = urllib.parse.unquote(head.rpartition("@")[0]).partition("/")
    if kind not in ("deb", "apk", "rpm"):
        return {plain(path)}
    upstream = dict(urllib.parse.parse_qsl(qualifiers)).get("upstream", "")
    source = re.sub(r"-[^-]+-[^-]+\.src\.rpm$", "", upstream).partition("@")[0]
    return {plain(name) for name in (path.rpartition("/")[2], source) if name}


def plain(name):
    """In a form in which writers do not differ."""
    return re.sub("[-_.]+", "-", name.lower()).replace(":", "/")


def holds(record, version):
    at = order(version)
    return any(order(one) == at for one in record.versions) or any(
        (not one.introduced or order(one.introduced) <= at) and (not one.fixed or at < order(one.fixed)) and
        (not one.last or at <= order(one.last)) for one in record.intervals)


def order(version):
    """A key that puts versions in order, near enough to each ecosystem's own rules to sort misses by."""
    epoch, _, rest = version.lower().rpartition(":")
    upstream, _, revision = rest.removeprefix("v").rpartition("-") if "-" in rest else (rest.removeprefix("v"), "", "")
    return (int(epoch) if epoch.isdigit() else 0, parts(upstream), parts(re.sub(r"^r(?=\d)", "", revision)))


def parts(text):
    """A zero counts only before another number: 3.0 = 3.0.0, 2.0.0-rc1 = 2-rc1."""
    text = re.sub(r"(?<=\d)[abc](?=\d)", "~", text)  # 1.0a1
    found = [(2, 0, "")]
    for token in reversed(re.findall(r"\d+|[a-z]+|[~^]", text)):
        if token not in NO_WORDS and not (token.strip("0") == "" and found[0][0] != 4):
            found.insert(0, part(token))
    return found


def part(token):
    """What is before the end of a version (2) sorts below it: "1.0~rc1" < "1.0" < "1.0+deb11u1" < "1.0.1"."""
    if token.isdigit():
        return (4, int(token), "")
    if token == "~":
        return (0, 0, "")
    return (1 if token in PRE_RELEASES else 3, 0, token)
