"""The failpoints of the programs, as their headers name them, and the order in which processes die at them."""

import collections
import pathlib
import re

NAME = re.compile(r'^inline constexpr std::string_view k\w+ = "([a-z-]+)";', re.MULTILINE)
HEADERS = {
    "operator": ("operator/failpoints.h", "kubernetes/failpoints.h", "kubernetes/event_recorder.h"),
    "scanner": ("scanner/failpoints.h",),
    "admission": ("admission/failpoints.h",),
}
PASSING_MAX = 3  # "name:3" dies at the third passing

# Passed once in a process, or so seldom that the leader dies of something else before: here it dies the first time.
SELDOM = {"lease-taken", "certificate-written", "certificate-shown", "trust-written", "service-certificate-written",
          "scan-collected", "database-installed", "database-active", "database-told", "report-rematched", "row-marked",
          "policy-told", "exception-told", "event-written"}


def read_names(root):
    """Program -> the names of its failpoints, in the order of its headers."""
    return {program: [name for header in headers for name in NAME.findall(pathlib.Path(root, header).read_text())]
            for program, headers in HEADERS.items()}


def schedule(names, kills, chance):
    """Program -> a queue of "name" or "name:N": each name once, in any order, then others, until there are `kills`."""
    pairs = [(program, name) for program, of_program in names.items() for name in of_program]
    chance.shuffle(pairs)
    queues = {program: collections.deque() for program in names}
    for number in range(max(kills, len(pairs))):
        program, name = pairs[number] if number < len(pairs) else chance.choice(pairs)
        passing = 1 if number < len(pairs) or name in SELDOM else chance.randint(1, PASSING_MAX)
        queues[program].append(name if passing == 1 else f"{name}:{passing}")
    return queues
