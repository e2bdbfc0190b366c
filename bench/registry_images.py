"""The images that the scan benchmarks read, made once and kept in the cache, and a registry that serves them."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from measure import CACHE, ROOT, note, require_program

# Debian packages that bring the image to about 240 MB of gzip, and npm packages with many small files.
DEBIAN_LARGE = "perl python3 vim git gcc g++ cmake gdb"
NPM_SMALL = ("express@4.17.1", "minimist@1.2.0", "lodash@4.17.11", "request@2.88.0")
NPM_LARGE = ("express@4.17.1", "webpack@5.90.0", "typescript@5.3.3", "eslint@8.56.0", "lodash@4.17.11", "jest@29.7.0")


def run(command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def debian_root(work, packages):
    """A Debian root filesystem as a tar."""
    target = work / "debian.tar"
    note("making a Debian root filesystem")
    command = ["mmdebstrap", "--quiet", "--variant=minbase"]
    if packages:
        command.append("--include=" + ",".join(packages.split()))
    sources = [str(path) for path in [pathlib.Path("/etc/apt/sources.list"),
                                      *pathlib.Path("/etc/apt/sources.list.d").glob("*")]
               if path.is_file() and path.stat().st_size > 0]
    run([*command, "bookworm", str(target), *sources])
    return target


def npm_layer(work, name, packages):
    """A layer NAME of npm packages with everything that they depend on."""
    root = work / name
    (root / "srv" / "app").mkdir(parents=True)
    note("installing npm packages")
    run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
         str(root / "srv" / "app"), *packages])
    target = work / f"{name}.tar"
    run(["tar", "--sort=name", "--owner=0", "--group=0", "-C", str(root), "-cf", str(target), "."])
    return target


def add_image(layout, tag, layers):
    run(["umoci", "new", "--image", f"{layout}:{tag}"])
    for layer in layers:
        run(["umoci", "raw", "add-layer", "--image", f"{layout}:{tag}", str(layer)])


def filler_layer(work, bytes_wanted):
    """A layer of files below 8 MiB that do not compress, so that its compressed size is `bytes_wanted`."""
    root = work / "filler"
    (root / "srv" / "filler").mkdir(parents=True)
    piece = 4 << 20
    for index in range(bytes_wanted // piece):
        (root / "srv" / "filler" / f"{index}.bin").write_bytes(os.urandom(piece))
    target = work / "filler.tar"
    run(["tar", "-C", str(root), "-cf", str(target), "."])
    return target


def layout():
    """An OCI layout with `apps` (one layer, about 240 MB of gzip), `packages` (about 300 of them), `small` (about 60 MB) and
    `large` (about 900 MB)."""
    target = CACHE / "bench" / "images"
    if (target / "index.json").exists():
        return target
    require_program("npm")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        work = pathlib.Path(folder)
        made = work / "layout"
        run(["umoci", "init", "--layout", str(made)])
        packages = work / "packages"
        packages.mkdir()
        large = debian_root(packages, DEBIAN_LARGE)
        add_image(made, "packages", [large, npm_layer(packages, "some", NPM_SMALL)])
        npm = npm_layer(packages, "many", NPM_LARGE)
        run(["tar", "--concatenate", "--file", str(large), str(npm)])
        note("packing the images")
        add_image(made, "apps", [large])
        minimal = debian_root(work, "")
        add_image(made, "small", [minimal])
        add_image(made, "large", [minimal, filler_layer(work, 840 << 20)])
        shutil.move(made, target)
    return target


@contextlib.contextmanager
def registry():
    """A registry on loopback with the images pushed; yields its host:port."""
    images = layout()
    with tempfile.TemporaryDirectory() as folder:
        script = ROOT / "tests" / "support" / "registry"
        subprocess.run([script, folder, "start"], check=True, stdout=subprocess.DEVNULL)
        try:
            host = (pathlib.Path(folder) / "address").read_text().strip()
            for tag in ("apps", "small", "large"):
                run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{images}:{tag}",
                     f"docker://{host}/bench/{tag}:1"])
            yield host
        finally:
            subprocess.run([script, folder, "stop"], check=True, stdout=subprocess.DEVNULL)
