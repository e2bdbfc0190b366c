"""Usage: pep440.py PAIRS, by Debian's python3 with python3-packaging.

For each line "LEFT RIGHT" of PAIRS what packaging.version says: -1, 0, 1, or 2 when it refuses either.
"""

import sys

from packaging.version import InvalidVersion, Version


def answer(left_text, right_text):
    try:
        left, right = Version(left_text), Version(right_text)
    except InvalidVersion:
        return 2
    return (left > right) - (left < right)


with open(sys.argv[1], encoding="ascii") as pairs:
    for pair in pairs:
        print(answer(*pair.split()))
