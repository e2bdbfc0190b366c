"""What came out of one set, and the floor below which it may not fall."""

import dataclasses
import json
import pathlib
import sys

FLOOR = pathlib.Path(__file__).with_name("floor.json")


@dataclasses.dataclass
class Outcome:
    """Each entry of the lists is a text that names one expected or told finding."""

    name: str
    found: list = dataclasses.field(default_factory=list)
    missed: list = dataclasses.field(default_factory=list)  # a feed has the id
    unknown: list = dataclasses.field(default_factory=list)  # no feed has it
    false: list = dataclasses.field(default_factory=list)
    silent: int = 0  # findings that are known to be false, and were not told

    def line(self):
        expected, told = len(self.found) + len(self.missed), len(self.found) + len(self.false)
        return (f"{self.name}: recall {share(len(self.found), expected)}, precision {share(len(self.found), told)}, "
                f"missed {len(self.missed)}, false {len(self.false)} (silent on {self.silent}), "
                f"in no feed {len(self.unknown)}")

    def details(self):
        rows = [f"    missed: {text}" for text in sorted(self.missed)] + [f"    false: {text}" for text in sorted(self.false)]
        return "".join(f"{row}\n" for row in rows)

    def floor(self):
        return {"found": len(self.found), "missed": len(self.missed), "false": len(self.false)}


def share(part, whole):
    """"56/56 (100.0 %)"; "0/0" where there is nothing to be right about."""
    return f"{part}/{whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def judged_by_floor(outcomes):
    """0, or 1 after a line for each set that is worse than before. Sets without a floor (of other corpora) pass."""
    floors = json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
    status = 0
    for outcome in outcomes:
        floor = floors.get(outcome.name)
        now = outcome.floor()
        if floor is None or floor["found"] + floor["missed"] != now["found"] + now["missed"]:
            continue
        if now["missed"] > floor["missed"] or now["false"] > floor["false"]:
            print(f"error: {outcome.name} is worse: missed {now['missed']} (floor {floor['missed']}), false {now['false']} "
                  f"(floor {floor['false']}); --details lists them", file=sys.stderr)
            status = 1
    return status
