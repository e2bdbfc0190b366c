#!/usr/bin/env python3
"""Checks that the pages are true of the tree: links, fields of the custom resources, conditions and reasons.

Usage: docs_test.py [ROOT]

Prints one line per offence and exits 1 when there is one.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "structure"))

import page_rules  # noqa: E402
from source_tree import SourceTree  # noqa: E402


def main(arguments):
    tree = SourceTree.read(arguments[0] if arguments else os.path.dirname(os.path.dirname(HERE)))
    offences = sorted(offence for rule in page_rules.RULES for offence in rule(tree))
    for offence in offences:
        print(offence)
    print(f"docs: {len(page_rules.pages(tree))} pages, {len(page_rules.schemas(tree))} kinds, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
