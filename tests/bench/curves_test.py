"""The curves of the simulation: a line that is drawn wrong tells a lie."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bench" / "simulation"
sys.path.insert(0, str(FOLDER))

import curves  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart):
    return xml.etree.ElementTree.fromstring(curves.drawn(chart))


def points(chart):
    return [[tuple(map(float, point.split(","))) for point in line.get("points").split()]
            for line in parsed(chart).iter(SVG + "polyline")]


class ScaleTest(unittest.TestCase):
    def test_a_linear_scale_ends_above_the_highest_value(self):
        for highest, top in ((0, 1), (1, 1), (3, 5), (7, 10), (10, 10), (11, 20), (12_000, 20_000)):
            with self.subTest(highest=highest):
                self.assertEqual(curves.Chart("t", (("a", [0, highest]),)).top, top)

    def test_a_logarithmic_scale_has_whole_decades(self):
        chart = curves.Chart("t", (("a", [2, 340]),), is_log=True)
        self.assertEqual(curves.labels(chart), [1, 10, 100, 1000])
        self.assertEqual(curves.labels(curves.Chart("t", (("a", [0]),), is_log=True, floor=0.1)), [0.1, 1])

    def test_what_a_label_says(self):
        for value, text in ((0, "0"), (0.1, "0.1"), (2_500, "2.5k"), (1_000_000, "1M"), (3e9, "3G")):
            with self.subTest(value=value):
                self.assertEqual(curves.text_of(value), text)


class LineTest(unittest.TestCase):
    def test_the_highest_label_is_above_and_zero_below(self):
        (line,) = points(curves.Chart("t", (("a", [0, 5, 10]),)))
        self.assertEqual([y for _, y in line], [curves.HEIGHT - curves.BOTTOM, (curves.TOP + curves.HEIGHT - curves.BOTTOM) / 2, curves.TOP])
        self.assertEqual([x for x, _ in line], [curves.LEFT, (curves.LEFT + curves.WIDTH - curves.RIGHT) / 2, curves.WIDTH - curves.RIGHT])

    def test_on_a_logarithmic_scale_what_is_nothing_is_at_the_floor(self):
        (line,) = points(curves.Chart("t", (("a", [0, 10, 100]),), is_log=True))
        self.assertEqual([y for _, y in line], [curves.HEIGHT - curves.BOTTOM, (curves.TOP + curves.HEIGHT - curves.BOTTOM) / 2, curves.TOP])

    def test_each_line_has_its_colour_and_its_name(self):
        chart = curves.Chart("a < b", (("one & two", [1]), ("three", [2])))
        colours = [line.get("stroke") for line in parsed(chart).iter(SVG + "polyline")]
        self.assertEqual(colours, list(curves.COLOURS[:2]))
        texts = [text.text for text in parsed(chart).iter(SVG + "text")]
        for text in ("a < b", "one & two", "three"):
            self.assertIn(text, texts)

    def test_it_is_readable_on_light_and_dark(self):
        luminance = lambda colour: sum(share * int(colour[at:at + 2], 16) for share, at in ((.3, 1), (.59, 3), (.11, 5)))
        text = re.search(r"fill: (#\w{6})", curves.STYLE).group(1)
        for colour in (*curves.COLOURS, text):
            with self.subTest(colour=colour):
                self.assertTrue(90 < luminance(colour) < 165, luminance(colour))


def day(number):
    return {"day": number, "writes": {"imagescans": 100}, "depth": {"max": 3, "mean": 0.1},
            "images": {"p50": 5, "p99": 9}, "verdicts": {"p99": 4}, "oldest_unscanned": 11,
            "objects": {"imagescans": 10, "findings": 2}, "bytes": {"imagescans": 1 << 20}}


class DrawTest(unittest.TestCase):
    def draw(self, *words):
        return subprocess.run([sys.executable, "-B", FOLDER / "draw", *words], capture_output=True, text=True, check=False)

    def test_a_file_for_each_curve(self):
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder) / "run"
            run.write_text("\n".join(map(json.dumps, [day(0), day(1), {"summary": {}}])) + "\n")
            drawn = self.draw(str(run), f"{folder}/pictures")
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            names = sorted(path.stem for path in pathlib.Path(folder, "pictures").iterdir())
            self.assertEqual(names, ["simulation-bytes", "simulation-objects", "simulation-queue",
                                     "simulation-staleness", "simulation-writes"])
            for path in pathlib.Path(folder, "pictures").iterdir():
                lines = list(xml.etree.ElementTree.parse(path).iter(SVG + "polyline"))
                self.assertTrue(lines)
                self.assertTrue(all(len(line.get("points").split()) == 2 for line in lines), "the summary is no day")

    def test_without_words_it_says_how_it_is_used(self):
        told = self.draw()
        self.assertEqual(told.returncode, 2)
        self.assertIn("Usage", told.stderr)


if __name__ == "__main__":
    unittest.main()
