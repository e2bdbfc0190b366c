"""Images that the load is made of, and the advisories that know them: small Debians with one npm package each."""

import gzip
import hashlib
import http.client
import io
import json
import tarfile

# What may be in an image. The second is vulnerable only by the database `late`.
CLEAN, BAD, TURNING = "lodash@4.17.21", "lodash@4.17.11", "minimist@1.2.0"

ADVISORIES = {
    "early": {BAD: "CVE-2024-90001"},
    "late": {BAD: "CVE-2024-90001", TURNING: "CVE-2024-90002"},
}
FIXED = {"lodash": "4.17.12", "minimist": "1.2.6"}

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CHART_TYPE = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def osv_record(package, identifier):
    name = package.split("@")[0]
    return {
        "id": identifier, "modified": "2024-02-02T00:00:00Z", "published": "2024-02-01T00:00:00Z",
        "summary": f"{name} does what it should not",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": {"ecosystem": "npm", "name": name},
                      "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": FIXED[name]}]}]}],
    }


# Without a word about Debian 12 its packages would count as not looked at.
DEBIAN_RECORD = {
    "id": "DEBIAN-CVE-2024-90003", "modified": "2024-02-02T00:00:00Z", "details": "in no image of these",
    "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}],
}


def write_feed(folder, database):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "debian.json").write_text(json.dumps(DEBIAN_RECORD))
    for package, identifier in ADVISORIES[database].items():
        (folder / f"{identifier}.json").write_text(json.dumps(osv_record(package, identifier)))


def generation_of(info):
    """Of `pratique database info --output json`."""
    return json.loads(info)["generation"]


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_of(package, mark):
    """A layer like no other: `mark` is in it."""
    name, version = package.split("@")
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": "Package: base-files\nStatus: install ok installed\nVersion: 12.4\nArchitecture: amd64\n\n",
        f"app/node_modules/{name}/package.json": json.dumps({"name": name, "version": version}),
        "app/mark": mark,
    }
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(data.getvalue(), mtime=0)


class Registry:
    """Pushes images as clients do. Of one thread."""

    def __init__(self, address):
        self.address = address
        self.connection = http.client.HTTPConnection(address, timeout=20)

    def ask(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"registry: {method} {target} answered {answer.status}")
        return answer

    def push_blob(self, repository, data):
        place = self.ask("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]
        target = place[place.index("/v2/"):]
        self.ask("PUT", f"{target}{'&' if '?' in target else '?'}digest={digest_of(data)}", data,
                 {"Content-Type": "application/octet-stream"})
        return {"digest": digest_of(data), "size": len(data)}

    def push(self, repository, tag, package, mark):
        """The digest of the manifest."""
        layer = self.push_blob(repository, layer_of(package, mark))
        config = self.push_blob(repository, json.dumps({"os": "linux", "architecture": "amd64", "mark": mark}).encode())
        return self.push_manifest(repository, tag, {"mediaType": CONFIG_TYPE, **config},
                                  {"mediaType": LAYER_TYPE, **layer})

    def push_chart(self, repository, tag):
        """What is no image: a Helm chart. The digest of its manifest."""
        config = self.push_blob(repository, json.dumps({"name": repository}).encode())
        layer = self.push_blob(repository, gzip.compress(repository.encode(), mtime=0))
        return self.push_manifest(repository, tag, {"mediaType": CHART_TYPE, **config},
                                  {"mediaType": CHART_LAYER_TYPE, **layer})

    def push_manifest(self, repository, tag, config, layer):
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config,
                               "layers": [layer]}).encode()
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": MANIFEST_TYPE})
        return digest_of(manifest)
