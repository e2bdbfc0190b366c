"""When bench/accuracy calls a set worse than its floor."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "accuracy"))

import feeds  # noqa: E402
import outcome  # noqa: E402


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
