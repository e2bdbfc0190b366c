"""The source package of a binary one, where all that is known is its name: by what this machine's Debian says of its own packages."""

import functools
import re
import subprocess

NUMBER = r"\d[\d.]*\d|\d"
# Of packages that no release of today has in any number.
GONE = {"libgcc1": "gcc-8", "libprocps#": "procps", "libdns-export#": "bind9", "libisc-export#": "bind9", "multiarch-support": "glibc"}
# What the other releases have instead of what this one has in every release but by another number.
OF_RELEASE = {"10": {"gcc-12": "gcc-8", "postgresql-15": "postgresql-11"}, "11": {"gcc-12": "gcc-10", "postgresql-15": "postgresql-13"}}
ALPINE = {"libssl": "openssl", "libcrypto": "openssl", "musl-utils": "musl", "ssl_client": "busybox", "libcurl": "curl",
          "nghttp2-libs": "nghttp2", "libxml2-utils": "libxml2", "sqlite-libs": "sqlite"}


def source_of(system, name, release):
    """ "" where the package is taken for its own source's only one."""
    if system == "deb":
        return of_release(debian_source(name, debian_sources()), release)
    if system == "apk":
        return next((source for start, source in ALPINE.items() if name.startswith(start)), "")
    return ""


def of_release(source, release):
    return OF_RELEASE.get(release, {}).get(source, source)


def debian_source(name, sources):
    """`sources`: of some release; another release has it by other numbers ("gcc-8-base")."""
    known = GONE.get(name) or GONE.get(stem(name)) or sources.get(name)
    if known:
        return known
    like = sources.by_stem.get(stem(name))
    if not like:
        return ""
    source = sources[like]
    for theirs, own in zip(re.findall(NUMBER, like), re.findall(NUMBER, name)):
        source = re.sub(rf"(?<!\d){re.escape(theirs)}$", own, source)
    return source


def stem(name):
    return re.sub(NUMBER, "#", name)


@functools.cache
def debian_sources():
    """Of the release that this machine runs."""
    listing = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    return Sources(listing)


class Sources(dict):
    """Binary package -> source package, from a Packages file."""

    def __init__(self, listing):
        super().__init__()
        for stanza in listing.split("\n\n"):
            package = re.search(r"^Package: (\S+)", stanza, re.M)
            source = re.search(r"^Source: (\S+)", stanza, re.M)
            if package:
                self[package[1]] = (source or package)[1]
        self.by_stem = {stem(name): name for name in sorted(self)}
