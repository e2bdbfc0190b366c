#!/usr/bin/env python3
"""Every rule of the docs test fires on a small bad sample and is silent on the good one beside it."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "structure"))

import page_rules  # noqa: E402
from source_tree import SourceTree  # noqa: E402

SCHEMA = """  names:
    kind: Ship
      openAPIV3Schema:
          properties:
            metadata:
              type: object
            spec:
              required:
                - port
              properties:
                port:
                  type: object
                  properties:
                    depth:
                      type: integer
            status:
              properties:
                berth:
                  type: string
"""


def ship(page):
    return {"crds/ship.yaml": SCHEMA, "docs/crds/ship.md": page}


def said(words, code):
    return {"docs/crds/ship.md": words, "operator/ship.cc": code}


TABLE = "| reason | status |\n|---|---|\n| `Sunk`, `Lost` | False |\n"

# (name, rule, bad tree, line of the offence, part of its message, good tree)
SAMPLES = [
    ("an excerpt of what the file says no more", page_rules.check_excerpts,
     {"docs/a.md": "\n<!-- of a/b.cc -->\n```cpp\nint old;\n```\n", "a/b.cc": "int now;\n"}, 2, "a/b.cc says something",
     {"docs/a.md": "<!-- of a/b.cc -->\n```cpp\nint now;\n```\n```\nint old;\n```\n", "a/b.cc": "// b\nint now;\n"}),
    ("a metric that no page names", page_rules.check_metrics,
     {"net/a.cc": '\nadd("pratique_a_total");\n', "docs/metrics.md": ""}, 2, "pratique_a_total is not on",
     {"net/a.cc": 'add("pratique_a_total");\n', "docs/metrics.md": "| `pratique_a_total` | `result` |\n"}),
    ("a metric that nobody counts", page_rules.check_metrics,
     {"docs/metrics.md": "`pratique_b_total`\n"}, 0, "there is no pratique_b_total",
     {"docs/metrics.md": "`b_total`\n```\nrate(pratique_b_total)\n```\n"}),
    ("a member of a JSON Schema that its page does not name", page_rules.check_json_schemas,
     {"docs/a.schema.json": '{"properties": {"size": {}, "parts": {"items": {"properties": {"depth": {}}}}}}',
      "docs/a.md": "`size`, `parts` and depth\n"}, 0, "depth is not named on docs/a.md",
     {"docs/a.schema.json": '{"properties": {"size": {}}, "$defs": {"b": {"properties": {"size": {}}}}}',
      "docs/a.md": "`size`\n", "tests/b.schema.json": '{"properties": {"c": {}}}'}),
    ("a link to nothing", page_rules.check_links,
     {"docs/a.md": "\nsee [b](../b.md)\n"}, 2, "no b.md",
     {"docs/a.md": "see [b](../b.md) and [c](https://example.com/c.md)\n```\n[d](d.md)\n```\n", "b.md": ""}),
    ("a link to no heading", page_rules.check_links,
     {"a.md": "[b](b.md#two)\n", "b.md": "# One\n"}, 1, "no heading #two",
     {"a.md": "# A\n[b](b.md#condition-twos-first) [here](#a)\n", "b.md": "## Condition `Two`'s first\n"}),
    ("a heading in a block is none", page_rules.check_links,
     {"a.md": "[b](#two)\n```\n# two\n```\n"}, 1, "no heading #two", {"a.md": "[b](#two)\n# Two\n"}),
    ("a kind without a page", page_rules.check_schemas,
     {"crds/ship.yaml": SCHEMA}, 0, "Ship has no docs/crds/ship.md", ship("`port` `berth`\n")),
    ("a field of the spec that is not named", page_rules.check_schemas,
     ship("`ports` and port, `berth`\n"), 0, "spec.port is not named", ship("`port.depth` `berth`\n")),
    ("a field of the status that is named in a block alone", page_rules.check_schemas,
     ship("`port`\n```\n`berth`\n```\n"), 0, "status.berth is not named", ship("`port[].depth` `berth`\n")),
    ("a reason that no code says", page_rules.check_words,
     said("# Ship\n" + TABLE, 'say("Sunk");\n'), 4, 'no code says "Lost"',
     said(TABLE + "| `Other` | not a reason |\n\n| field |\n|---|\n| `port` |\n",
          'say("Sunk", "Lost", "Other");\n')),
    ("a reason that a test alone says", page_rules.check_words,
     said("### Condition `Afloat`\n", "") | {"tests/ship.cc": '"Afloat"'}, 1, "Afloat",
     said("### Condition `Afloat`\n", '"Afloat"')),
]


class Rules(unittest.TestCase):
    def test_each_rule_fires_on_the_bad_sample(self):
        for name, rule, bad, line, message, _ in SAMPLES:
            with self.subTest(name):
                offences = list(rule(SourceTree(bad)))
                self.assertTrue(any(offence.line == line and message in str(offence) for offence in offences),
                                f"{message!r} at line {line} is not in {[str(offence) for offence in offences]}")

    def test_each_rule_is_silent_on_the_good_sample(self):
        for name, rule, _, _, _, good in SAMPLES:
            with self.subTest(name):
                self.assertEqual([], [str(offence) for offence in rule(SourceTree(good))])

    def test_every_rule_has_a_sample(self):
        self.assertEqual(set(page_rules.RULES), {rule for _, rule, *_ in SAMPLES})

    def test_fields_of_a_schema_are_those_directly_below_spec_and_status(self):
        schema = SourceTree({"crds/ship.yaml": SCHEMA}).files[0]
        self.assertEqual(["spec.port", "status.berth"], list(page_rules.fields_of(schema)))


if __name__ == "__main__":
    unittest.main()
