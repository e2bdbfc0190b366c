"""Text that is the same for everybody, and files that are part of the build."""

import posixpath
import re

from include_rules import includes
from source_tree import Offence

# Folders of one machine. A path that only ends like one, such as an address, is fine.
MACHINE_PATH = re.compile(r"(?<![\w.~}$*-])/(?:root|work|home)/")
# The brackets keep this line from being one itself.
UNNUMBERED = re.compile(r"\b(?:TO[D]O|FIX[M]E)\b(?!\(#\d+\))")


def check_text(tree):
    for file in tree.files:
        if file.text and not file.text.endswith("\n"):
            yield Offence(file.path, len(file.lines), "text", "no newline at the end")
        if "\r" in file.text:
            yield Offence(file.path, 0, "text", "carriage returns")
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield Offence(file.path, number, "text", "white space at the end of the line")


def check_machine_paths(tree):
    for file in tree.files:
        for match in MACHINE_PATH.finditer(file.text):
            yield Offence(file.path, file.line_of(match.start()), "machine path", f"{match.group()} is one machine's")


def check_to_dos(tree):
    for file in tree.files:
        if not file.is_code:
            continue
        for match in UNNUMBERED.finditer(file.text):
            yield Offence(file.path, file.line_of(match.start()), "to do", "say which issue: (#NUMBER) right behind it")


def check_dead_sources(tree):
    named = set()
    for file in tree.files:
        if file.name == "CMakeLists.txt":
            for name in re.findall(r"[\w./-]+\.cc\b", file.text):
                named.add(posixpath.normpath(posixpath.join(file.folder, name)))
    for file in tree.cpp():
        if not file.is_header and file.path not in named:
            yield Offence(file.path, 0, "dead file", "no CMakeLists.txt names it")


def check_dead_headers(tree):
    included = {target for file in tree.cpp() for _, target, _ in includes(file)}
    for file in tree.headers():
        if file.path not in included:
            yield Offence(file.path, 0, "dead file", "nothing includes it")


RULES = [check_text, check_machine_paths, check_to_dos, check_dead_sources, check_dead_headers]
