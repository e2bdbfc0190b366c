#!/usr/bin/env python3
"""Usage: branch_coverage.py FOLDER < EXPORT

Reads what `llvm-cov export` tells, and ends with 1 and a line for each condition in the sources of FOLDER that the tests
never made true, or never false, and for each line that they never ran. A condition in a template counts once, whichever
instantiation took it. Prints how many there are of each.
"""
import collections
import json
import pathlib
import sys


def conditions(file):
    """Where each stands -> how often it was true and false."""
    taken = collections.OrderedDict()
    for line, column, last_line, last_column, true_count, false_count, *_ in file["branches"]:
        counts = taken.setdefault((line, column, last_line, last_column), [0, 0])
        counts[0] += true_count
        counts[1] += false_count
    return taken


def condition_text(source, place):
    line, column, last_line, last_column = place
    text = source[line - 1]
    return text[column - 1:last_column - 1] if line == last_line else text[column - 1:] + " ..."


def offences(name, source, taken):
    for place, (true_count, false_count) in taken.items():
        for count, word in ((true_count, "true"), (false_count, "false")):
            if count == 0:
                yield f"{name}:{place[0]}: never {word}: {condition_text(source, place)}"


def main():
    folder = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)
    report = json.load(sys.stdin)["data"][0]
    total = 0
    found = []
    for file in report["files"]:
        path = pathlib.Path(file["filename"])
        taken = conditions(file)
        total += 2 * len(taken)
        found += offences(f"{folder}/{path.name}", path.read_text().split("\n"), taken)
    lines = report["totals"]["lines"]
    print("\n".join(found + [f"{folder}: {total - len(found)} of {total} branches, "
                             f"{lines['covered']} of {lines['count']} lines"]))
    sys.exit(0 if total > 0 and not found and lines["covered"] == lines["count"] else 1)


main()
