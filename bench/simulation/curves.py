"""Curves as SVG, small enough to be read in a diff: lines over days, with a linear or a logarithmic scale."""

import dataclasses
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 48, 32
# In the middle between black and white: each stands out from both.
COLOURS = ("#4e79a7", "#e1812c", "#4f9a47", "#a5679d", "#8c8c8c")
STYLE = """text { font: 12px sans-serif; fill: #768390 }
.title { font-weight: bold }
.grid { stroke: #8c959f; stroke-opacity: .3 }
.line { fill: none; stroke-width: 1.5; stroke-linejoin: round }"""


@dataclasses.dataclass(frozen=True)
class Chart:
    """`lines` are (name, values), a value a day. On a logarithmic scale what is below `floor` is drawn at it."""

    title: str
    lines: tuple
    is_log: bool = False
    floor: float = 1.0

    @property
    def days(self):
        return max(len(values) for _, values in self.lines)

    @property
    def top(self):
        """The highest label of the scale."""
        highest = max((value for _, values in self.lines for value in values), default=0)
        if self.is_log:
            decades = math.ceil(round(math.log10(max(highest / self.floor, 10)), 9))
            return self.floor * 10**decades
        return nice_above(highest)


def nice_above(value):
    """The next of 1, 2, 5, 10, 20, ... that is not below the value."""
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def labels(chart):
    """The values that the scale names, from the lowest."""
    if not chart.is_log:
        return [chart.top * share / 4 for share in range(5)]
    decades = round(math.log10(chart.top / chart.floor))
    return [chart.floor * 10**power for power in range(decades + 1)]


def text_of(value):
    """1000000 as 1M, 2500 as 2.5k."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"


def height_of(chart, value):
    """Where the value stands, in pixels from above."""
    if chart.is_log:
        share = math.log10(max(value, chart.floor) / chart.floor) / math.log10(chart.top / chart.floor)
    else:
        share = value / chart.top
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def place_of(chart, day):
    return LEFT + day * (WIDTH - LEFT - RIGHT) / max(1, chart.days - 1)


def scale(chart):
    for value in labels(chart):
        y = round(height_of(chart, value), 1)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:g}" text-anchor="end">{text_of(value)}</text>'
    step = max(1, round(nice_above(chart.days / 10)))
    for day in range(0, chart.days, step):
        yield f'<text x="{place_of(chart, day):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{day}</text>'


def legend(chart):
    x = LEFT
    for (name, _), colour in zip(chart.lines, COLOURS):
        yield f'<line x1="{x}" x2="{x + 16}" y1="34" y2="34" stroke="{colour}" stroke-width="3"/>'
        yield f'<text x="{x + 21}" y="38">{escape(name)}</text>'
        x += 40 + 7 * len(name)


def line(chart, values, colour):
    points = " ".join(f"{place_of(chart, day):.1f},{height_of(chart, value):.1f}" for day, value in enumerate(values))
    return f'<polyline class="line" stroke="{colour}" points="{points}"/>'


def drawn(chart):
    """The chart as the text of an SVG file."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
             f'role="img" aria-label="{escape(chart.title)}">',
             f"<style>{STYLE}</style>",
             f'<text class="title" x="{LEFT}" y="18">{escape(chart.title)}</text>',
             *scale(chart), *legend(chart),
             *(line(chart, values, colour) for (_, values), colour in zip(chart.lines, COLOURS)),
             "</svg>"]
    return "\n".join(parts) + "\n"
