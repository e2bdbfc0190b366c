#!/usr/bin/env python3
"""Each comparison fires on a world in which one thing is wrong, and is silent on the one in which all is right; and every
failpoint has its turn."""

import collections
import copy
import pathlib
import random
import unittest

import comparison
import failpoints

BAD, CLEAN = "lodash@4.17.11", "lodash@4.17.21"


def scan_of(tag, digest):
    conditions = [{"type": kind, "status": "True"} for kind in ("Scanned", "Ready")]
    return {"metadata": {"name": tag}, "spec": {"image": f"r:1/{tag}"},
            "status": {"digest": digest, "conditions": conditions}}


def row_of(name, identifier, state, count):
    return {"metadata": {"name": name, "labels": {"state": state}},
            "spec": {"vulnerability": {"id": identifier}, "package": {"name": "lodash"}, "imageCount": count,
                     "images": [{"reference": "r:1/a:1"}]},
            "status": {"state": state, "firstSeen": name}}


def good_world():
    return comparison.World(
        registry="r:1", pushed={"a:1": ("sha256:a", BAD), "b:1": ("sha256:b", CLEAN)},
        everything={"sha256:a", "sha256:b", "sha256:old"}, advisories={BAD: "CVE-1"}, excepted=set(),
        scans=[scan_of("a:1", "sha256:a"), scan_of("b:1", "sha256:b")],
        reports=[{"metadata": {"name": one}, "spec": {"digest": f"sha256:{one}"}} for one in ("a", "b", "old")],
        rows=[row_of("one", "CVE-1", "Open", 1), row_of("two", "CVE-2", "Withdrawn", 0)])


def remove_condition(world, kind):
    conditions = world.scans[0]["status"]["conditions"]
    conditions[:] = [one for one in conditions if one["type"] != kind]


# (what is found, part of what is said, how the world goes wrong)
SAMPLES = [
    ("lost pushes", "a:1 has no ImageScan", lambda world: world.scans.pop(0)),
    ("lost pushes", "scanned as sha256:old", lambda world: world.scans[0]["status"].update(digest="sha256:old")),
    ("lost pushes", "a:1 is not scanned", lambda world: remove_condition(world, "Scanned")),
    ("missing reports", "of sha256:a", lambda world: world.reports.pop(0)),
    ("orphans", "ImageScan chart", lambda world: world.scans.append(scan_of("chart", "sha256:c"))),
    ("orphans", "ImageReport never", lambda world: world.reports.append(
        {"metadata": {"name": "never"}, "spec": {"digest": "sha256:never"}})),
    ("orphans", "names r:1/gone:1", lambda world: world.rows[0]["spec"]["images"].append({"reference": "r:1/gone:1"})),
    ("duplicates", "2 ImageScans of r:1/a:1", lambda world: world.scans.append(scan_of("a:1", "sha256:a"))),
    ("duplicates", "2 ImageReports of sha256:a", lambda world: world.reports.append(world.reports[0])),
    ("duplicates", "2 Findings of CVE-1", lambda world: world.rows.append(row_of("other", "CVE-1", "Open", 1))),
    ("stuck", "is being deleted", lambda world: world.rows[0]["metadata"].update(deletionTimestamp="now")),
    ("stuck", "a:1 is not ready", lambda world: remove_condition(world, "Ready")),
    ("wrong rows", "CVE-1 has no Finding", lambda world: world.rows.pop(0)),
    ("wrong rows", "should be Open in 1", lambda world: world.rows[0]["spec"].update(imageCount=2)),
    ("wrong rows", "should be Excepted in 1", lambda world: world.excepted.add("CVE-1")),
    ("wrong rows", "CVE-2 is Open, and no image", lambda world: world.rows[1]["status"].update(state="Open")),
]


class Comparison(unittest.TestCase):
    def test_all_is_right(self):
        self.assertEqual({}, {name: cases for name, cases in comparison.compare(good_world()).items() if cases})

    def test_each_check_fires(self):
        for name, text, spoil in SAMPLES:
            with self.subTest(text):
                world = copy.deepcopy(good_world())
                spoil(world)
                self.assertIn(text, " ".join(comparison.compare(world)[name]))

    def test_every_check_has_a_sample(self):
        self.assertEqual(set(comparison.compare(good_world())), {name for name, *_ in SAMPLES})

    def test_rows_are_equal_but_for_the_moment(self):
        before = comparison.shown_rows(good_world().rows)
        world = good_world()
        world.rows.pop()  # nobody makes a withdrawn row anew
        world.rows[0]["status"]["firstSeen"] = "later"
        world.rows[0]["spec"]["images"] = []
        self.assertEqual([], comparison.different_rows(before, comparison.shown_rows(world.rows)))
        world.rows[0]["spec"]["imageCount"] = 2
        self.assertEqual(["one"], comparison.different_rows(before, comparison.shown_rows(world.rows)))
        self.assertEqual(["one"], comparison.different_rows(before, {}))


class Schedule(unittest.TestCase):
    names = failpoints.read_names(pathlib.Path(__file__).resolve().parents[2])

    def test_each_program_has_its_steps(self):
        self.assertIn("report-written", self.names["operator"])
        self.assertIn("lease-renewed", self.names["operator"])
        self.assertIn("event-written", self.names["operator"])
        self.assertIn("layer-fetched", self.names["scanner"])
        self.assertIn("request-parked", self.names["admission"])

    def test_each_name_once_then_as_many_as_are_asked_for(self):
        every = sum(map(len, self.names.values()))
        for kills, expected in ((0, every), (100, max(100, every))):
            queues = failpoints.schedule(self.names, kills, random.Random(1))
            self.assertEqual(expected, sum(map(len, queues.values())))
            for program, names in self.names.items():
                died = collections.Counter(point.partition(":")[0] for point in queues[program])
                self.assertEqual(set(names), set(died))


if __name__ == "__main__":
    unittest.main()
