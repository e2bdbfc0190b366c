"""The images that the scan benchmarks read, made once and kept in the cache, and a registry that serves them."""

import contextlib
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import layer_files
from layer_files import run
from measure import CACHE, ROOT, note

# Debian packages that bring the image to about 240 MB of gzip.
DEBIAN_LARGE = "perl python3 vim git gcc g++"
# Raised when the images change: they are kept by it.
VERSION = 3
TAGS = ("apps", "apps4", "small", "large", "few-files", "many-files")


def add_image(layout, tag, layers):
    run(["umoci", "new", "--image", f"{layout}:{tag}"])
    for layer in layers:
        run(["umoci", "raw", "add-layer", "--image", f"{layout}:{tag}", str(layer)])


def _add_blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def add_packed_image(layout, tag, layer):
    """An image of one layer that is packed already."""
    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    kind = "application/vnd.oci.image"
    manifest = {"schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json",
                "config": {"mediaType": f"{kind}.config.v1+json", **_add_blob(layout, config)},
                "layers": [{"mediaType": f"{kind}.layer.v1.tar+gzip", **_add_blob(layout, layer.read_bytes())}]}
    entry = {"mediaType": f"{kind}.manifest.v1+json", **_add_blob(layout, json.dumps(manifest).encode()),
             "annotations": {"org.opencontainers.image.ref.name": tag}}
    index = json.loads((layout / "index.json").read_text())
    index["manifests"] = [*(index.get("manifests") or []), entry]
    (layout / "index.json").write_text(json.dumps(index))


def concatenated(target, layers):
    """One layer of several, the first of which becomes it."""
    shutil.copy(layers[0], target)
    for layer in layers[1:]:
        run(["tar", "--concatenate", "--file", str(target), str(layer)])
    return target


def _make_layout(work):
    made = work / "layout"
    run(["umoci", "init", "--layout", str(made)])
    packages = work / "packages"
    packages.mkdir()
    large = layer_files.debian(packages, DEBIAN_LARGE)
    add_image(made, "packages", [large, layer_files.npm(packages, "some", layer_files.NPM_SMALL)])
    parts = [large, layer_files.npm(packages, "many", layer_files.NPM_LARGE), layer_files.python(packages),
             layer_files.java(packages)]
    note("packing the images")
    add_image(made, "apps4", parts)
    add_image(made, "apps", [concatenated(packages / "apps.tar", parts)])
    minimal = layer_files.debian(work, "")
    add_image(made, "small", [minimal, layer_files.filler(work, "some", 140 << 20)])
    add_image(made, "large", [minimal, layer_files.filler(work, "much", 1840 << 20)])
    for tag, count in (("few-files", 3_000), ("many-files", 3_000_000)):
        add_packed_image(made, tag, layer_files.empty_files(work / f"{tag}.tar.gz", count))
    return made


def layout():
    """An OCI layout with `apps` (one layer, about 240 MB of gzip: Debian, npm, PyPI and Java packages), `apps4` (the same in
    four), `packages` (about 300 of them), `small` (about 200 MB), `large` (about 2 GB), `few-files` and `many-files`."""
    target = CACHE / "bench" / f"images-{VERSION}"
    if (target / "index.json").exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        shutil.move(_make_layout(pathlib.Path(folder)), target)
    return target


def layer_blobs(tag):
    """The files of an image's layers in the layout, base first."""
    blobs = layout() / "blobs" / "sha256"

    def read(descriptor):
        return json.loads((blobs / descriptor["digest"].removeprefix("sha256:")).read_text())

    index = json.loads((layout() / "index.json").read_text())
    entry = next(one for one in index["manifests"]
                 if one.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag)
    return [blobs / layer["digest"].removeprefix("sha256:") for layer in read(entry)["layers"]]


@contextlib.contextmanager
def registry():
    """A registry on loopback with the images pushed; yields its host:port."""
    images = layout()
    with tempfile.TemporaryDirectory() as folder:
        script = ROOT / "tests" / "support" / "registry"
        subprocess.run([script, folder, "start"], check=True, stdout=subprocess.DEVNULL)
        try:
            host = (pathlib.Path(folder) / "address").read_text().strip()
            for tag in TAGS:
                run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{images}:{tag}",
                     f"docker://{host}/bench/{tag}:1"])
            yield host
        finally:
            subprocess.run([script, folder, "stop"], check=True, stdout=subprocess.DEVNULL)
