"""The tables of docs/scaling.md are what bench/scaling.py computes."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import scaling  # noqa: E402


class PageTest(unittest.TestCase):
    def test_the_page_has_each_table_as_it_is_computed(self):
        page = (ROOT / "docs" / "scaling.md").read_text()
        for name in scaling.TABLES:
            with self.subTest(table=name):
                self.assertIn(scaling.marked(name), page, "bench/scaling.py writes it")

    def test_what_is_measured_names_what_shows_it(self):
        for one in scaling.CONSTANTS:
            with self.subTest(constant=one.what):
                self.assertIn(one.shown_by[:8], ("", "`bench/r", "`bench/c"))


class NumberTest(unittest.TestCase):
    def test_two_digits_count(self):
        for value, text in ((0, "0"), (0.0123, "0.012"), (1.25, "1.2"), (58, "58"), (1234, "1,200"), (3.0, "3")):
            with self.subTest(value=value):
                self.assertEqual(scaling.rounded(value), text)

    def test_units(self):
        self.assertEqual(scaling.size(999), "1,000 B")
        self.assertEqual(scaling.size(13_000_000), "13 MB")
        self.assertEqual(scaling.duration(6.9), "6.9 s")
        self.assertEqual(scaling.duration(7_200), "2 h")

    def test_rows_end_at_the_cap(self):
        self.assertEqual(scaling.rows_of(10), 20)
        self.assertEqual(scaling.rows_of(1_000_000), scaling.CLUSTER_ROWS_MAX)


if __name__ == "__main__":
    unittest.main()
