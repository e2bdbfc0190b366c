#!/usr/bin/env python3
"""Checks what the tree must look like: includes, lengths, names, catch sites, dead files, text.

Usage: structure_test.py [ROOT]

Prints one line per offence and exits 1 when there is one. There is no list of exceptions: either the code changes or
the rule does, for everybody.
"""

import os
import sys

import error_rules
import failpoint_rules
import hygiene_rules
import include_rules
import naming_rules
import size_rules
from source_tree import SourceTree

RULES = [rule for module in (include_rules, size_rules, naming_rules, error_rules, failpoint_rules, hygiene_rules)
         for rule in module.RULES]


def offences_of(tree):
    return sorted(offence for rule in RULES for offence in rule(tree))


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    root = arguments[0] if arguments else os.path.dirname(os.path.dirname(here))
    tree = SourceTree.read(root)
    offences = offences_of(tree)
    for offence in offences:
        print(offence)
    print(f"structure: {len(tree.files)} files, {len(RULES)} rules, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
