"""Every feed of the shared data as one database, and what they say of which issue. Kubernetes' own records (k8s) are of an
ecosystem that Pratique does not know."""

import json
import pathlib
import re
import subprocess
import zipfile

import records

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "release" / "bin" / "pratique"

OSV_TYPES = {"PyPI": "pypi", "npm": "npm", "Maven": "maven", "Go": "golang", "crates.io": "cargo", "RubyGems": "gem",
             "NuGet": "nuget", "Packagist": "composer"}
DEBIAN_RELEASES = {"buster": "10", "bullseye": "11", "bookworm": "12"}
UBUNTU_RELEASES = {"jammy": "22.04", "noble": "24.04"}


def notice_release(name, content):
    """Of "com.ubuntu.jammy.usn.oval-2023-10-09.xml.zst", "com.redhat.rhsa-RHEL9-..." or "org.rockylinux.rlsa-8-...", whose
    content tells it: the one that is called 8 is about 9."""
    codename = next((one for one in UBUNTU_RELEASES if one in name), None)
    if codename:
        return UBUNTU_RELEASES[codename]
    named = re.search(rb"cpe:/o:rocky:rocky:(\d+)", content)
    return named[1].decode() if named else re.search(r"RHEL(\d+)", name)[1]


def build_database(folder, sources):
    """Builds `advisories.db` in the folder and returns its path."""
    key, database = folder / "key", folder / "advisories.db"
    subprocess.run([PROGRAM, "database", "keygen", "--output", key], check=True, capture_output=True)
    command = [PROGRAM, "database", "build", "--key", key, "--output", database]
    for source in sources:
        command += ["--source", source]
    subprocess.run(command, check=True, capture_output=True)
    return database


class Feeds:
    def __init__(self, source, folder):
        self._source = source
        self._folder = folder / "feeds"
        self._folder.mkdir()
        self._documents = {}  # scope -> id -> (reader, text) of each record that has it
        self.maven_groups = {}  # artifact -> the groups that advisories know it in
        self._sources = [*self._osv(), *self._secdb(), *self._oval(), *self._threats()]

    def database(self):
        """Builds it and returns its path."""
        return build_database(self._folder, self._sources)

    @property
    def sources(self):
        """Each as `pratique database build` takes it."""
        return self._sources

    @property
    def folder(self):
        """For databases and scans."""
        return self._folder

    def knows(self, issue, scopes):
        """Whether a feed about one of the scopes, "pypi" or ("debian", "12"), has the id."""
        return any(issue in self._documents.get(scope, ()) for scope in scopes)

    def records(self, issue, scopes):
        """What the feeds about the scopes say of the issue."""
        return [record for scope in scopes for reader, text in self._documents.get(scope, {}).get(issue, [])
                for record in reader(text, issue)]

    def _osv(self):
        for archive in sorted((self._source / "osv").glob("*.zip")):
            with zipfile.ZipFile(archive) as entries:
                for name in entries.namelist():
                    content = entries.read(name)
                    self._learn(OSV_TYPES.get(archive.stem), content, records.of_osv)
                    if archive.stem == "Maven":
                        self._learn_groups(json.loads(content))
            yield f"osv:{archive}"
        almalinux = self._unpack("almalinux/almalinux-osv.tar.zst")
        for file in almalinux.rglob("*.json"):
            content = file.read_bytes()
            for release in set(re.findall(rb'"AlmaLinux:(\d+)', content)):
                self._learn(("almalinux", release.decode()), content, records.of_osv)
        yield f"osv:{almalinux}"

    def _secdb(self):
        alpine = self._unpack("alpine/alpine-secdb-2024-12-31.tar.zst")
        for file in sorted(alpine.rglob("*.json")):
            self._learn(("alpine", file.parent.name.removeprefix("v")), file.read_bytes(), records.of_secdb)
            yield f"alpine-secdb:{file}"

    def _oval(self):
        for file in sorted((self._source / "debian").glob("*.xml.bz2")):
            text = subprocess.run(["bzip2", "-dc", file], check=True, capture_output=True).stdout
            self._learn_definitions(("debian", DEBIAN_RELEASES[file.name.split("-")[2]]), text, records.of_definition)
            yield f"debian-oval:{file}"
        for folder in ("ubuntu", "rhel", "rocky"):
            for file in sorted((self._source / folder).glob("*.xml.zst")):
                unpacked = self._folder / file.stem
                subprocess.run(["zstd", "-dqf", file, "-o", unpacked], check=True)
                text = unpacked.read_bytes()
                reader = records.Notices(text).records if folder == "ubuntu" else records.of_definition
                self._learn_definitions((folder, notice_release(file.name, text)), text, reader)
                yield f"patch-oval:{unpacked}"

    def _threats(self):
        """How dangerous an issue is changes no finding, but belongs to a database."""
        yield f"kev:{self._source / 'kev' / 'known_exploited_vulnerabilities.json'}"
        yield f"epss:{self._source / 'epss' / 'epss-sample.csv'}"

    def _unpack(self, archive):
        target = self._folder / pathlib.Path(archive).name
        target.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", self._source / archive, "-C", target], check=True)
        return target

    def _learn_definitions(self, scope, text, reader):
        for definition in records.DEFINITION.findall(text):
            self._learn(scope, definition, reader)

    def _learn(self, scope, text, reader):
        for name in records.ids_in(text):
            self._documents.setdefault(scope, {}).setdefault(name, []).append((reader, text))

    def _learn_groups(self, record):
        for affected in record.get("affected") or []:
            group, _, artifact = affected.get("package", {}).get("name", "").partition(":")
            self.maven_groups.setdefault(artifact, set()).add(group)
