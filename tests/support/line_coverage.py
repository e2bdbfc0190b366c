#!/usr/bin/env python3
"""Usage: line_coverage.py PERCENT [--list] < LCOV

Reads what `llvm-cov export -format=lcov` tells, prints for each folder how many of its lines ran, and ends with 1 where that
is less than PERCENT of them. --list names the lines that never ran."""
import collections
import os
import pathlib
import sys


def read(stream):
    """{path: {line: runs}}; a line of a template or an inline function counts once, whoever ran it."""
    files = collections.defaultdict(dict)
    lines = None
    for text in stream:
        kind, _, rest = text.strip().partition(":")
        if kind == "SF":
            lines = files[os.path.relpath(rest)]
        elif kind == "DA":
            line, runs = (int(number) for number in rest.split(",")[:2])
            lines[line] = max(lines.get(line, 0), runs)
    return files


def folders_of(files):
    """{folder: [lines, lines that ran]}"""
    folders = collections.defaultdict(lambda: [0, 0])
    for path, lines in files.items():
        folder = folders[str(pathlib.PurePath(path).parent)]
        folder[0] += len(lines)
        folder[1] += sum(1 for runs in lines.values() if runs > 0)
    return folders


def main(arguments):
    if not arguments or not arguments[0].isdigit():
        sys.exit(__doc__)
    percent = int(arguments[0])
    files = read(sys.stdin)
    if "--list" in arguments:
        for path, lines in sorted(files.items()):
            for line in sorted(line for line, runs in lines.items() if runs == 0):
                print(f"{path}:{line}: never ran: {pathlib.Path(path).read_text().splitlines()[line - 1].strip()}")
    short = False
    for folder, (count, ran) in sorted(folders_of(files).items()):
        is_short = ran * 100 < percent * count
        short = short or is_short
        print(f"{folder}: {ran} of {count} lines, {ran * 100 / count:.1f} %" + (f"; {percent} % are wanted" if is_short else ""))
    sys.exit(1 if short or not files else 0)


main(sys.argv[1:])
