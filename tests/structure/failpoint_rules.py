"""The places at which a test ends a program: base/failpoint.h."""

import collections
import re

from source_tree import Offence

NAME = re.compile(r'^inline constexpr std::string_view (k\w+) = "([a-z-]+)";', re.MULTILINE)
PASSED = re.compile(r"\bbase::failpoint\(\s*(?:\w+::)*(k\w+)\s*\)")


def names_of(text):
    """Constant -> name, as a failpoints.h declares them. tests/kills reads them so, too."""
    return dict(NAME.findall(text))


def check_failpoints(tree):
    passed = collections.Counter(name for file in tree.production() for name in PASSED.findall(file.code))
    owners = {}
    for file in tree.production():
        if file.name != "failpoints.h":
            continue
        for match in NAME.finditer(file.text):
            constant, name = match.groups()
            line = file.line_of(match.start())
            if passed[constant] != 1:
                yield Offence(file.path, line, "failpoint", f"{constant} is passed in {passed[constant]} places, not in one")
            if name in owners:
                yield Offence(file.path, line, "failpoint", f'"{name}" is the name of {owners[name]}, too')
            owners[name] = f"{file.path}'s {constant}"


RULES = [check_failpoints]
