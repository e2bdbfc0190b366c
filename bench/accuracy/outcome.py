"""What came out of one set, and the floor below which it may not fall."""

import collections
import dataclasses
import json
import pathlib

from causes import Cause

FLOOR = pathlib.Path(__file__).with_name("floor.json")
REFERENCE = pathlib.Path(__file__).with_name("reference.json")


@dataclasses.dataclass
class Outcome:
    """Each entry of the lists is a text that names one expected or told finding; of those missed a causes.Miss."""

    name: str
    found: list = dataclasses.field(default_factory=list)
    missed: list = dataclasses.field(default_factory=list)  # a feed has the id, if only in its words
    unknown: list = dataclasses.field(default_factory=list)  # no feed has it
    false: list = dataclasses.field(default_factory=list)
    silent: int = 0  # findings that are known to be false, and were not told

    def line(self):
        expected, told = len(self.found) + len(self.missed), len(self.found) + len(self.false)
        return (f"{self.name}: recall {share(len(self.found), expected)}, precision {share(len(self.found), told)}, "
                f"missed {len(self.missed)}{self._causes()}, false {len(self.false)} (silent on {self.silent}), "
                f"in no feed {len(self.unknown)}")

    def misses(self):
        return "".join(f"    missed: {row}\n" for row in sorted(str(miss) for miss in self.missed))

    def falses(self):
        return "".join(f"    false: {text}\n" for text in sorted(self.false))

    def _causes(self):
        """" (naming 4, version 2)"."""
        counts = collections.Counter(miss.cause for miss in self.missed)
        parts = [f"{cause.value} {counts[cause]}" for cause in Cause if counts[cause]]
        return f" ({', '.join(parts)})" if parts else ""

    def floor(self):
        return {"found": len(self.found), "missed": len(self.missed), "false": len(self.false)}


def share(part, whole):
    """"56/56 (100.0 %)"; "0/0" where there is nothing to be right about."""
    return f"{part}/{whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def beside_reference(outcome, reference):
    """What a rough comparison by names and ranges reached on the set, and whether that was better; "" where it was not tried."""
    if not reference:
        return ""
    parts, is_better = [], False
    if "expected" in reference:
        parts.append(f"recall {share(reference['found'], reference['expected'])}")
        is_better = rate(outcome.floor(), "missed") < reference["found"] / reference["expected"]
    if "false" in reference:
        parts.append(f"false {reference['false']}")
        is_better = is_better or len(outcome.false) > reference["false"]
    return f"    a rough comparison: {', '.join(parts)}{', which is BETTER' if is_better else ''}\n"


def references():
    return json.loads(REFERENCE.read_text())


def judged_by_floor(outcomes, floors, are_all):
    """The lines for sets that are worse than before; `are_all`: every set with a floor has to be there. Sets without a floor
    (of other corpora) pass."""
    lines = [line for outcome in outcomes if outcome.name in floors
             for line in worse(outcome.name, outcome.floor(), floors[outcome.name])]
    if are_all:
        missing = sorted(floors.keys() - {outcome.name for outcome in outcomes})
        lines += [f"{name} has a floor and was not judged" for name in missing]
    return lines


def worse(name, now, floor):
    """Where a corpus or the feeds have changed, so has what is expected: shares are compared then instead of numbers."""
    is_same = floor["found"] + floor["missed"] == now["found"] + now["missed"]
    is_worse = (now["missed"] > floor["missed"] or now["false"] > floor["false"]) if is_same else (
        rate(now, "missed") < rate(floor, "missed") or rate(now, "false") < rate(floor, "false"))
    if is_worse:
        yield (f"{name} is worse: found {now['found']} (floor {floor['found']}), missed {now['missed']} (floor {floor['missed']}), "
               f"false {now['false']} (floor {floor['false']}); --details lists them")


def rate(counts, beside):
    """The share of what was found among that and what is beside it: 1 where there is nothing to be wrong about."""
    whole = counts["found"] + counts[beside]
    return counts["found"] / whole if whole else 1.0


def floors():
    return json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
