"""Scans of what a corpus describes: an SBOM of packages, or a root folder."""

import collections
import hashlib
import io
import json
import re
import subprocess
import tarfile
import urllib.parse

from feeds import PROGRAM

INCOMPLETE = 3  # the exit code: some of what a corpus names is in no feed


def purl(kind, name, version, **qualifiers):
    """A package URL; `name` as advisories have it ("group:artifact", "@scope/name")."""
    separator = ":" if kind == "maven" else "/"
    path = "/".join(urllib.parse.quote(part, safe="") for part in name.split(separator))
    tail = "&".join(f"{key}={urllib.parse.quote(value, safe='')}" for key, value in qualifiers.items() if value)
    return f"pkg:{kind}/{path}@{urllib.parse.quote(version, safe='')}" + (f"?{tail}" if tail else "")


class Scanner:
    def __init__(self, database, folder):
        self._database = database
        self._folder = folder
        self._layouts = 0

    def packages(self, purls, distribution=None):
        """purl -> every id and alias that is told of it. `distribution` is (id, version)."""
        components = [{"type": "library", "name": one, "purl": one} for one in dict.fromkeys(purls)]
        if distribution:
            components.append({"type": "operating-system", "name": distribution[0], "version": distribution[1]})
        sbom = self._folder / "bom.json"
        sbom.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}))
        result = self._scan(["--sbom", str(sbom)])
        told = collections.defaultdict(set)
        for row in result["vulnerabilities"]:
            for one in row["purls"]:
                told[key_of(one)].update([row["id"], *row["aliases"]])
        return {one: told.get(key_of(one), set()) for one in purls}

    def root(self, folder):
        """(source package, id or alias) of each finding in an image that holds the folder."""
        result = self._scan([f"oci:{self._layout(folder)}"])
        return {(row["package"], name) for row in result["vulnerabilities"] for name in [row["id"], *row["aliases"]]}

    def inventory(self, folder):
        """The purl of each package in an image that holds the folder."""
        bom = self._scan([f"oci:{self._layout(folder)}"], "cyclonedx")
        return [one["purl"] for one in bom.get("components", []) if "purl" in one]

    def _scan(self, what, output="json"):
        run = subprocess.run([PROGRAM, "scan", *what, "--database", self._database, "--output", output, "--no-cache"],
                             capture_output=True, check=False)
        if run.returncode not in (0, INCOMPLETE):
            raise RuntimeError(f"the scan of {what} failed: {run.stderr.decode(errors='replace')}")
        return json.loads(run.stdout)

    def _layout(self, folder):
        """An OCI layout of one plain layer."""
        self._layouts += 1
        layout = self._folder / f"layout-{self._layouts}"
        (layout / "blobs" / "sha256").mkdir(parents=True)
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as archive:
            archive.add(folder, arcname=".")
        layers = [blob(layout, layer.getvalue(), "application/vnd.oci.image.layer.v1.tar")]
        config = blob(layout, json.dumps({"architecture": "amd64", "os": "linux"}).encode(),
                      "application/vnd.oci.image.config.v1+json")
        manifest = blob(layout, json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode(),
                        "application/vnd.oci.image.manifest.v1+json")
        (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
        (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        return layout


def blob(layout, content, media_type):
    """Stores a blob and returns its descriptor."""
    digest = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def key_of(text):
    """Type, path and version of a purl, in a form in which writers do not differ."""
    head, _, version = urllib.parse.unquote(text.partition("?")[0]).lower().rpartition("@")
    name = re.sub("[-_.]+", "-", head) if head.startswith("pkg:pypi/") else head
    name = name.replace('/rhel/', '/redhat/').replace('/opensuse-leap/', '/opensuse/')
    return f"{name}@{version.partition(':')[2] or version}"
