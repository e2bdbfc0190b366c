"""When bench/accuracy calls a set worse than its floor, and what it asks of the reasons beside it."""

import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest
import unittest.mock
from contextlib import redirect_stderr, redirect_stdout

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "accuracy"))

import feeds  # noqa: E402
import labels  # noqa: E402
import outcome  # noqa: E402
import reasons  # noqa: E402
import sources  # noqa: E402
from causes import Cause, Miss  # noqa: E402


def reached(found, missed, false):
    return outcome.Outcome("a", found=["x"] * found, missed=["x"] * missed, false=["x"] * false)


class FloorTest(unittest.TestCase):
    def test_a_set_is_judged_in_numbers_or_in_shares(self):
        floor = {"a": {"found": 90, "missed": 10, "false": 10}}
        for counts, is_worse in (((90, 10, 10), False), ((91, 9, 9), False), ((89, 11, 10), True), ((90, 10, 11), True),
                                 # Another corpus, or other feeds.
                                 ((45, 5, 5), False), ((44, 6, 0), True), ((45, 5, 6), True), ((180, 20, 20), False),
                                 ((0, 0, 0), False)):
            with self.subTest(counts=counts):
                self.assertEqual(bool(outcome.judged_by_floor([reached(*counts)], floor, are_all=True)), is_worse)

    def test_where_nothing_was_expected_a_miss_is_worse(self):
        floor = {"a": {"found": 0, "missed": 0, "false": 3}}
        self.assertTrue(outcome.judged_by_floor([reached(0, 1, 3)], floor, are_all=True))
        self.assertFalse(outcome.judged_by_floor([reached(1, 0, 3)], floor, are_all=True))

    def test_a_set_that_is_not_there_is_no_success(self):
        floor = {"a": {"found": 1, "missed": 0, "false": 0}, "b": {"found": 1, "missed": 0, "false": 0}}
        self.assertEqual(outcome.judged_by_floor([reached(1, 0, 0)], floor, are_all=True), ["b has a floor and was not judged"])
        self.assertEqual(outcome.judged_by_floor([reached(1, 0, 0)], floor, are_all=False), [])


class OutcomeTest(unittest.TestCase):
    def test_a_line_tells_the_causes_and_the_misses_stand_below(self):
        one = outcome.Outcome("labels/a", found=["x"] * 6, missed=[Miss("b 1 CVE-2", Cause.VERSION, "outside < 1"),
                                                                   Miss("a 1 CVE-1", Cause.NAMING, "the feeds have it of b")])
        self.assertEqual(one.line(), "labels/a: recall 6/8 (75.0 %), precision 6/6 (100.0 %), missed 2 (naming 1, version 1), "
                                     "false 0 (silent on 0), in no feed 0")
        self.assertEqual(one.misses(), "    missed: a 1 CVE-1: naming (the feeds have it of b)\n"
                                       "    missed: b 1 CVE-2: version (outside < 1)\n")

    def test_a_rough_comparison_that_did_better_is_said(self):
        for known, expected in ((None, ""), ({"found": 86, "expected": 93}, "    a rough comparison: recall 86/93 (92.5 %)\n"),
                                ({"found": 9, "expected": 9, "false": 3},
                                 "    a rough comparison: recall 9/9 (100.0 %), false 3, which is BETTER\n"),
                                ({"false": 3}, "    a rough comparison: false 3\n"),
                                ({"false": 2}, "    a rough comparison: false 2, which is BETTER\n")):
            with self.subTest(known=known):
                self.assertEqual(outcome.beside_reference(reached(found=97, missed=3, false=3), known), expected)


class ReasonsTest(unittest.TestCase):
    ENTRY = {"findings": ["a 1 CVE-1"], "cause": "naming", "reason": "The feed's name is another."}

    def judged(self, missed, entries, false=(), false_reasons=None):
        one = outcome.Outcome("set", missed=missed, false=list(false))
        return reasons.judged_by_reasons([one], {"missed": {"set": entries} if entries else {}, "false": false_reasons or {}})

    def test_every_miss_has_its_reason_and_every_reason_its_miss(self):
        missed = [Miss("a 1 CVE-1", Cause.NAMING, "the feeds have it of b")]
        self.assertEqual(self.judged(missed, [self.ENTRY]), [])
        self.assertEqual(self.judged([], [self.ENTRY]), ["set: found by now, and reasons.json has a reason: a 1 CVE-1"])
        self.assertEqual(self.judged(missed, []),
                         ["set: missed without a reason in reasons.json: a 1 CVE-1: naming (the feeds have it of b)"])

    def test_a_reason_has_the_cause_that_was_computed_or_says_that_the_label_is_wrong(self):
        missed = [Miss("a 1 CVE-1", Cause.BUG, "in < 2")]
        self.assertEqual(self.judged(missed, [self.ENTRY]), ["set: reasons.json calls it naming: a 1 CVE-1: our bug (in < 2)"])
        self.assertEqual(self.judged(missed, [self.ENTRY | {"cause": "label is wrong"}]), [])

    def test_a_set_that_tells_false_ones_says_why(self):
        self.assertEqual(self.judged([], [], false=["x"], false_reasons={"set": "Labels have no type."}), [])
        self.assertEqual(self.judged([], [], false=["x"]), ["set: 1 false, and reasons.json has no reason for them"])
        self.assertEqual(self.judged([], [], false_reasons={"set": "Labels have no type."}),
                         ["set: 0 false, and reasons.json has a reason for them"])

    def test_reasons_of_a_set_that_is_not_there_are_no_success(self):
        self.assertEqual(reasons.judged_by_reasons([], {"missed": {"set": [self.ENTRY]}, "false": {"other": "Because."}}),
                         ["set has reasons and was not judged", "other has reasons and was not judged"])

    def test_what_is_no_reason_is_refused(self):
        for entries in ([self.ENTRY, self.ENTRY], [self.ENTRY | {"reason": " "}], [self.ENTRY | {"findings": []}],
                        [self.ENTRY | {"cause": "our bug"}], [self.ENTRY | {"cause": "fate"}]):
            with self.subTest(entries=entries):
                self.assertEqual(len(list(reasons.faults_of({"missed": {"set": entries}, "false": {}}))), 1)
        self.assertEqual(list(reasons.faults_of({"missed": {}, "false": {"set": ""}})), ["set: no words"])

    def test_those_that_are_written_fit_the_floor(self):
        written, floors = reasons.reasons(), outcome.floors()
        self.assertEqual(list(reasons.faults_of(written)), [])
        counts = {name: len(reasons.by_miss(entries)) for name, entries in written["missed"].items()}
        self.assertEqual(counts, {name: floor["missed"] for name, floor in floors.items() if floor["missed"]})
        self.assertEqual(written["false"].keys(), {name for name, floor in floors.items() if floor["false"]})


class RecordTest(unittest.TestCase):
    def test_a_recorded_floor_is_asked_for_its_reasons(self):
        loader = importlib.machinery.SourceFileLoader("accuracy_run", str(pathlib.Path(outcome.__file__).parent / "run"))
        run = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
        loader.exec_module(run)
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "data" / "corpora" / "a").mkdir(parents=True)
            floor = pathlib.Path(folder) / "floor.json"
            with unittest.mock.patch.dict("os.environ", PRATIQUE_SHARED=folder), \
                 unittest.mock.patch.multiple(run, FLOOR=floor, SETS={"a": lambda *_: [reached(1, 0, 1)]}, feeds=unittest.mock.DEFAULT,
                                              scans=unittest.mock.DEFAULT, reasons=lambda: {"missed": {}, "false": {}}), \
                 unittest.mock.patch.object(outcome, "FLOOR", floor), \
                 redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as told:
                self.assertEqual(run.main(["--record"]), 1)
            self.assertIn("a: 1 false, and reasons.json has no reason", told.getvalue())
            self.assertTrue(floor.exists())


class LabelsTest(unittest.TestCase):
    def test_the_name_of_an_image_says_its_distribution(self):
        for image, expected in (("docker.io/debian:7", ("debian", "7")), ("gcr.io/distroless/python3-debian11", ("debian", "11")),
                                ("docker.io/bitnami/spark:3.2.4-debian-11-r8", ("debian", "11")),
                                ("docker.io/jenkins/jenkins:2.361.4-lts-jdk11", ("debian", "11")),
                                ("docker.io/ubuntu:22.04", ("ubuntu", "22.04")), ("docker.io/elastic/kibana:8.5.0", ("ubuntu", "20.04")),
                                ("docker.io/anchore/test_images:vulnerabilities-alpine-3.11-d5be50d", ("alpine", "3.11")),
                                ("registry.access.redhat.com/ubi8", ("rhel", "8")), ("registry.suse.com/suse/sle15:15.1.6.2.461", ("sles", "15.1")),
                                ("docker.io/anchore/test_images:npm-56d52bc", None)):
            with self.subTest(image=image):
                self.assertEqual(labels.distribution_of(image), expected)

    def test_a_version_says_whether_the_package_is_the_distributions(self):
        debian, red_hat = ("debian", "11"), ("rhel", "8")
        for name, version, distribution, expected in (
                ("libc6", "2.31-13+deb11u3", debian, True), ("libapt-pkg6.0", "2.2.4", debian, True), ("async", "2.6.3", debian, False),
                ("golang.org/x/net", "v0.0.0-20210119194325-5f4716e94777", debian, False), ("gosu", "v1.2.3+incompatible", debian, False),
                ("ghost", "5.0.0-rc.1", debian, False), ("nodejs", "1:16.20.2-3.el9_2", red_hat, True),
                ("nodejs", "1:18.18.2-2.module+el9.2.0.z+20408+7cb5fda5", red_hat, True), ("jenkins-core", "2.277.2-cb-6", red_hat, False),
                ("busybox", "1.23.2-r3", ("alpine", "3.2"), True), ("busybox", "1.23.2-r3", None, False)):
            with self.subTest(name=name, version=version):
                self.assertEqual(labels.is_of_system(name, version, distribution), expected)
                self.assertEqual(labels.scopes_of(name, version, distribution) == [distribution], expected)


class SourcesTest(unittest.TestCase):
    def test_a_package_of_another_release_has_its_source_by_another_number(self):
        listing = "\n\n".join(f"Package: {name}\nVersion: 1\n" + (f"Source: {source}\n" if source else "") for name, source in (
            ("libc6", "glibc"), ("libicu72", "icu"), ("gcc-12-base", "gcc-12"), ("libpython3.11-minimal", "python3.11"), ("libpq5", "postgresql-15"),
            ("libssl3", "openssl"), ("libdb5.3", "db5.3 (5.3.28)"), ("bash", ""), ("libx264-164", "x264")))
        known = sources.Sources(listing)
        for name, expected in (("libc6", "glibc"), ("libicu63", "icu"), ("gcc-8-base", "gcc-8"), ("libpython3.9-minimal", "python3.9"),
                               ("libssl1.1", "openssl"), ("libdb5.3", "db5.3"), ("bash", "bash"), ("libx264-155", "x264"),
                               ("libgcc1", "gcc-8"), ("libprocps7", "procps"), ("left-pad", "")):
            with self.subTest(name=name):
                self.assertEqual(sources.debian_source(name, known), expected)

    def test_compilers_and_databases_have_the_numbers_of_their_release(self):
        known = {"gcc-12": {"10": "gcc-8", "11": "gcc-10", "12": "gcc-12"}, "postgresql-15": {"10": "postgresql-11", "11": "postgresql-13"}}
        for source, releases in known.items():
            for release, expected in releases.items():
                with self.subTest(source=source, release=release):
                    self.assertEqual(sources.of_release(source, release), expected)


class FeedsTest(unittest.TestCase):
    def test_a_notices_file_names_its_release(self):
        rocky = b'<advisory from="cpe:/o:rocky:rocky:9:GA">'
        for name, content, release in (("com.ubuntu.jammy.usn.oval-2023-10-09.xml.zst", b"", "22.04"),
                                       ("com.redhat.rhsa-RHEL9-2023-04-27.xml.zst", b"", "9"),
                                       ("org.rockylinux.rlsa-8-2023-10.xml.zst", rocky, "9")):
            with self.subTest(name=name):
                self.assertEqual(feeds.notice_release(name, content), release)


if __name__ == "__main__":
    unittest.main()
