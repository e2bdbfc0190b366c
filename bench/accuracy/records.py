"""What a feed's text says of one issue: packages and ranges of versions, whatever form the feed has. Read here a second time and on
its own, so that what the program makes of a feed can be judged."""

import dataclasses
import functools
import json
import re

ID = re.compile(rb"(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|GO-\d{4}-\d+|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d+|"
                rb"USN-\d+-\d+|AL[SBE]A-\d{4}:\d+|R[HL][SBE]A-\d{4}:\d+)")
DEFINITION = re.compile(rb"<definition .*?</definition>", re.S)
COMMENT = re.compile(rb'comment="(\S+)(?: DPKG)? is earlier than ([^"]+)"')


@dataclasses.dataclass(frozen=True)
class Interval:
    """None where there is no bound; `fixed` is the first version behind it, `last` the last one in it."""

    introduced: str | None = None
    fixed: str | None = None
    last: str | None = None

    def __str__(self):
        parts = [f">= {self.introduced}" if self.introduced else "", f"< {self.fixed}" if self.fixed else "",
                 f"<= {self.last}" if self.last else ""]
        return " ".join(part for part in parts if part) or "every version"


@dataclasses.dataclass(frozen=True)
class Record:
    """What one record says of one package; of a package that no version is affected of it has neither ranges nor versions."""

    id: str
    package: str
    intervals: tuple = ()
    versions: tuple = ()


def ids_in(text):
    return {match.decode() for match in ID.findall(text)}


def of_osv(text, issue):
    """Nothing where the record only mentions the issue."""
    record = json.loads(text)
    if issue not in names_of(record):
        return []
    return [Record(record["id"], affected["package"]["name"], tuple(intervals_of(affected)), tuple(affected.get("versions") or ()))
            for affected in record.get("affected") or [] if "package" in affected]


def names_of(record):
    """A vendor's notice names the issues that it is about as related."""
    related = ["upstream", "related"] if record["id"].startswith("AL") else ["upstream"]
    return {record["id"]}.union(*(record.get(key) or () for key in ("aliases", *related)))


def intervals_of(affected):
    for one in affected.get("ranges") or []:
        if one.get("type") == "GIT":
            continue
        start = None
        for event in one["events"]:
            if "introduced" in event:
                start = Interval(introduced=None if event["introduced"] == "0" else event["introduced"])
                continue
            yield dataclasses.replace(start or Interval(), fixed=event.get("fixed"), last=event.get("last_affected"))
            start = None
        if start:
            yield start


def of_secdb(text, issue):
    """Version 0: never affected."""
    for entry in json.loads(text).get("packages") or []:
        for version, names in (entry["pkg"].get("secfixes") or {}).items():
            if any(issue in name.split() for name in names or ()):
                yield Record(issue, entry["pkg"]["name"], () if version == "0" else (Interval(fixed=version),))


def of_definition(text, issue):
    """One definition of OVAL that says in its comments what is earlier than what; than 0: there is no fix."""
    for package, version in COMMENT.findall(text):
        fixed = version.decode().removeprefix("0:")
        yield Record(issue, package.decode(), (Interval(fixed=None if fixed == "0" else fixed),))


class Notices:
    """OVAL whose definitions say it by tests alone, as Ubuntu's; `text` is the whole file."""

    def __init__(self, text):
        self._text = text

    def records(self, definition, issue):
        for test in re.findall(rb'test_ref="([^"]+)"', definition):
            packages, version = self._tests.get(test, ((), b""))
            for package in packages:
                yield Record(issue, package.decode(), (Interval(fixed=version.decode().removeprefix("0:")),))

    @functools.cached_property
    def _tests(self):
        """Test -> the packages that it looks at, and the version that they are to be earlier than."""
        names = {key: re.findall(rb"<value>([^<]+)", body) for key, body in self._elements(rb"constant_variable")}
        packages = {key: names.get(first(rb'var_ref="([^"]+)"', body), ()) for key, body in self._elements(rb"dpkginfo_object")}
        versions = {key: first(rb"<\S*evr [^>]*>([^<]+)", body) for key, body in self._elements(rb"dpkginfo_state")}
        return {key: (packages.get(first(rb'object_ref="([^"]+)"', body), ()), versions[first(rb'state_ref="([^"]+)"', body)])
                for key, body in self._elements(rb"dpkginfo_test") if first(rb'state_ref="([^"]+)"', body) in versions}

    def _elements(self, name):
        """(id, content) of each."""
        return re.findall(rb'<(?:\w+:)?%s id="([^"]+)"(.*?)</(?:\w+:)?%s>' % (name, name), self._text, re.S)


def first(pattern, text):
    found = re.search(pattern, text)
    return found[1] if found else b""
