"""Tars of the layers that the scan benchmarks read: made of packages from their registries, and of files without end."""

import gzip
import os
import pathlib
import subprocess

from measure import note, require_program

NPM_SMALL = ("express@4.17.1", "minimist@1.2.0", "lodash@4.17.11", "request@2.88.0")
NPM_LARGE = ("express@4.17.1", "webpack@5.90.0", "typescript@5.3.3", "eslint@8.56.0", "lodash@4.17.11", "jest@29.7.0")
PYTHON = ("django==4.2.0", "requests==2.28.0", "pyyaml==6.0", "jinja2==3.1.2")
JAVA = (("org.springframework", "spring-webmvc", "5.3.20"), ("org.apache.logging.log4j", "log4j-core", "2.17.0"),
        ("com.fasterxml.jackson.core", "jackson-databind", "2.13.0"))


def run(command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def _pack(root, target):
    run(["tar", "--sort=name", "--owner=0", "--group=0", "-C", str(root), "-cf", str(target), "."])
    return target


def debian(work, packages):
    """A Debian root filesystem with these packages beside the smallest."""
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


def npm(work, name, packages):
    """npm packages with everything that they depend on."""
    require_program("npm")
    root = work / name
    (root / "srv" / "app").mkdir(parents=True)
    note("installing npm packages")
    run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
         str(root / "srv" / "app"), *packages])
    return _pack(root, work / f"{name}.tar")


def python(work):
    """Python packages with everything that they depend on."""
    root = work / "python"
    site = root / "usr" / "lib" / "python3" / "site-packages"
    site.mkdir(parents=True)
    note("installing Python packages")
    run(["python3", "-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target", str(site), *PYTHON],
        stderr=subprocess.DEVNULL)
    return _pack(root, work / "python.tar")


def java(work):
    """Jars with everything that they depend on."""
    require_program("mvn")
    root = work / "java"
    (root / "opt" / "app").mkdir(parents=True)
    dependencies = "".join(f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
                           f"<version>{version}</version></dependency>" for group, name, version in JAVA)
    (work / "pom.xml").write_text("<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId>"
                                  "<artifactId>bench</artifactId><version>1</version>"
                                  f"<dependencies>{dependencies}</dependencies></project>")
    note("fetching jars")
    run(["mvn", "--quiet", "--batch-mode", "-f", str(work / "pom.xml"), "dependency:copy-dependencies",
         f"-DoutputDirectory={root / 'opt' / 'app'}"])
    return _pack(root, work / "java.tar")


def filler(work, name, bytes_wanted):
    """Files below 8 MiB that do not compress, so that the compressed size is `bytes_wanted`."""
    root = work / name
    (root / "srv" / "filler").mkdir(parents=True)
    piece = 4 << 20
    for index in range(bytes_wanted // piece):
        (root / "srv" / "filler" / f"{index}.bin").write_bytes(os.urandom(piece))
    return _pack(root, work / f"{name}.tar")


def empty_files(target, count):
    """`count` empty files, a thousand in a directory, as a gzip of a tar."""
    note(f"writing {count:,} entries")
    header = bytearray(512)
    header[100:108], header[108:116], header[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    header[124:136], header[136:148], header[156:157] = b"00000000000\0", b"00000000000\0", b"0"
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    rest = sum(header)
    with gzip.open(target, "wb", compresslevel=1) as file:
        for index in range(count):
            name = b"srv/%07d/%07d" % (index // 1000, index)
            header[0:len(name)] = name
            header[148:156] = b"%06o\0 " % (rest + sum(name))
            file.write(header)
        file.write(bytes(1024))
    return target
