#!/usr/bin/env python3
"""Usage: bench/scaling.py

Writes the tables of docs/scaling.md that are arithmetic: what a cluster costs by its size, from the constants below. The
page holds what this writes, between its marks; tests/bench/scaling_test.py compares the two."""

import dataclasses
import math
import sys

SECONDS_OF_A_DAY = 86_400


@dataclasses.dataclass(frozen=True)
class Constant:
    """`shown_by` is the command or file that shows the value; empty: it is assumed, and another cluster has another."""

    value: float
    text: str
    what: str
    shown_by: str = ""


# Measured, on two cores that the operator, etcd and the API server share.
REPORT = Constant(6_800, "6.8 KB", "etcd, an ImageReport", "`bench/cluster_objects.cc`")
SCAN = Constant(3_900, "3.9 KB", "etcd, an ImageScan", "`bench/cluster_objects.cc`")
ROW = Constant(2_000, "2 KB", "etcd, a Finding, at most", "`bench/run row-bytes`")
OPERATOR = Constant(2_600, "2.6 KB", "memory of the operator, an image, while its reports fit into the file", "`bench/run sync`")
ADMISSION = Constant(1_000, "1 KB", "memory of admission, an image, at most", "`bench/run admission-memory`")
WRITES = Constant(290, "290", "writes that the API server takes, a second", "`bench/run reaction`")
MATCH = Constant(0.00045, "0.45 ms", "CPU of the operator, an image that a new database does not change", "`bench/run reaction`")
DATABASE = Constant(150e6, "150 MB", "an advisory database of all feeds, at most", "`bench/run database-build`")
FOLLOWED = Constant(288, "288", "writes a day of a workload that names a tag", "`bench/run simulation`")
DAILY_WRITES = Constant(0.3, "0.3", "writes an image a day, of pushes, rollouts and databases", "`bench/run simulation`")
DAILY_WATCHED = Constant(700, "0.7 KB", "told to each who watches, an image a day", "`bench/run simulation`")
# Assumed.
SCAN_CPU = Constant(7.0, "7 ms", "CPU of a scanner, a compressed megabyte; `bench/run scan-cpu` measures it")
PUSHED = Constant(0.01, "1 %", "of the images are built anew, a day")
IMAGE_MB = Constant(240, "240 MB", "of a new image are new layers")
WATCHERS = Constant(5, "5", "replicas that watch: two of the operator, three of admission")
ROWS_OF_AN_IMAGE = Constant(2, "2", "Findings an image; images of one base share theirs")
KEPT_TWICE = Constant(2, "2", "times what lives is in etcd before it is compacted and defragmented")

CONSTANTS = (REPORT, SCAN, ROW, OPERATOR, ADMISSION, WRITES, MATCH, DATABASE, FOLLOWED, DAILY_WRITES, DAILY_WATCHED, SCAN_CPU,
             PUSHED, IMAGE_MB, WATCHERS, ROWS_OF_AN_IMAGE, KEPT_TWICE)
NAMESPACE_ROWS_MAX = 2_000  # operator/reconcilers/finding_reconciler.cc
CLUSTER_ROWS_MAX = 50_000


def size(count):
    """Bytes with two digits: 13 MB."""
    return amount(count, ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")), "B")


def duration(seconds):
    return amount(seconds, ((86_400, "days"), (3_600, "h"), (60, "min")), "s")


def amount(value, units, otherwise):
    for unit, name in units:
        if value >= unit:
            return f"{rounded(value / unit)} {name}"
    return f"{rounded(value)} {otherwise}"


def rounded(value):
    """Two digits that count: 0.0123 as 0.012, 1234 as 1,200."""
    if value == 0:
        return "0"
    digits = 1 - math.floor(math.log10(abs(value)))
    whole = round(value, digits)
    return f"{whole:,.0f}" if digits <= 0 else f"{whole:.{digits}f}".rstrip("0").rstrip(".")


def table(head, rows):
    lines = [" | ".join(["", *row, ""]).strip() for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines).replace("| --- ", "|---").replace("--- |", "---|")


def by_size(head, sizes, rows):
    """`rows` are (what, function of the size)."""
    return table([head, *(f"{count:,}" for count in sizes)], [[what, *map(cost, sizes)] for what, cost in rows])


def constants():
    return table(["constant", "of what", "shown by"],
                 [[one.text, one.what, one.shown_by or "assumed"] for one in CONSTANTS])


def rows_of(images):
    return min(CLUSTER_ROWS_MAX, images * ROWS_OF_AN_IMAGE.value)


def live_bytes(images):
    return images * (REPORT.value + SCAN.value) + rows_of(images) * ROW.value


def images():
    return by_size("images", (1_000, 10_000, 100_000, 1_000_000), [
        ("etcd, what lives", lambda count: size(live_bytes(count))),
        ("etcd, its file at most", lambda count: size(live_bytes(count) * KEPT_TWICE.value)),
        ("memory of the operator", lambda count: size(count * OPERATOR.value)),
        ("memory of a replica of admission", lambda count: size(count * ADMISSION.value)),
        ("API writes a second, on the average", lambda count: rounded(count * DAILY_WRITES.value / SECONDS_OF_A_DAY)),
        ("the same where every workload names a tag", lambda count: rounded(
            count * (DAILY_WRITES.value + FOLLOWED.value) / SECONDS_OF_A_DAY)),
        ("watches, bytes a second, all replicas", lambda count: size(
            count * DAILY_WATCHED.value * WATCHERS.value / SECONDS_OF_A_DAY)),
        ("the same where every workload names a tag", lambda count: size(
            count * (DAILY_WATCHED.value + FOLLOWED.value * SCAN.value) * WATCHERS.value / SECONDS_OF_A_DAY)),
        ("an advisory about every image: until all is written", lambda count: duration(
            count * 2 / WRITES.value)),
        ("CPU of the operator for a database that changes nothing", lambda count: duration(count * MATCH.value)),
        ("scanners of one core, for what is pushed", lambda count: rounded(math.ceil(scan_seconds(count * PUSHED.value)
                                                                                    / SECONDS_OF_A_DAY))),
        ("scanners of one core, for all within a day", lambda count: rounded(math.ceil(scan_seconds(count)
                                                                                      / SECONDS_OF_A_DAY))),
        ("registry, bytes a day", lambda count: size(count * PUSHED.value * IMAGE_MB.value * 1e6)),
    ])


def scan_seconds(count):
    return count * IMAGE_MB.value * SCAN_CPU.value / 1000


def namespaces():
    return by_size("namespaces, of 10,000 images", (10, 100, 1_000, 10_000), [
        ("images of each", lambda count: rounded(10_000 / count)),
        ("rows before the cap of a namespace", lambda count: f"{count * NAMESPACE_ROWS_MAX:,}"),
        ("rows before the cap of the cluster", lambda count: f"{CLUSTER_ROWS_MAX:,}"),
        ("rows that an advisory about every image makes", lambda count: f"{count:,}"),
        ("their writes", lambda count: duration(count * 2 / WRITES.value)),
    ])


def clusters():
    return by_size("clusters, of 10,000 images", (1, 10, 100, 1_000), [
        ("database downloads a day", lambda count: f"{count:,}"),
        ("their bytes a day", lambda count: size(count * DATABASE.value)),
        ("bits a second, if all come within five minutes", lambda count: size(count * DATABASE.value * 8 / 300)
         .replace("B", "bit")),
        ("registry bytes a day, each scans for itself", lambda count: size(
            count * 10_000 * PUSHED.value * IMAGE_MB.value * 1e6)),
        ("the same images everywhere, inventories attached", lambda count: size(
            10_000 * PUSHED.value * IMAGE_MB.value * 1e6)),
    ])


TABLES = {"constants": constants, "images": images, "namespaces": namespaces, "clusters": clusters}


def marked(name):
    """The table as the page has it."""
    return f"<!-- bench/scaling.py {name} -->\n\n{TABLES[name]()}\n\n<!-- end -->\n"


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(marked, TABLES)))
