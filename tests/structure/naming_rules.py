"""Names that say nothing, namespaces and the form of a header."""

import re

from source_tree import Offence

# A word that fits every file says nothing about this one.
BANNED_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "impl2", "misc"}
CPP_TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class)?)\s+(?:\[\[\w+\]\]\s*)?([A-Za-z_]\w*)")
PYTHON_TYPE = re.compile(r"^ *class (\w+)", re.MULTILINE)


def words_of(name):
    """impl2_thing.cc -> impl2, thing, cc; ScanManager -> scan, manager."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+", name)]


def check_file_names(tree):
    for file in tree.files:
        banned = BANNED_WORDS.intersection(words_of(file.path))
        if banned:
            yield Offence(file.path, 0, "banned word", f"'{sorted(banned)[0]}' in a path")


def check_type_names(tree):
    for file in tree.files:
        if not file.is_cpp and not file.is_python:
            continue
        for match in (CPP_TYPE if file.is_cpp else PYTHON_TYPE).finditer(file.code):
            banned = BANNED_WORDS.intersection(words_of(match.group(1)))
            if banned:
                yield Offence(file.path, file.line_of(match.start(1)), "banned word",
                              f"'{sorted(banned)[0]}' in the type name {match.group(1)}")


def namespaces_of(folder):
    """The namespace is the folder. `operator` is a keyword; the ecosystems below scanner/inventory are plug-ins of one
    kind and share its namespace; what tests share is in `tests` or in the namespace that is tested."""
    parts = folder.split("/")
    if parts[0] == "tests":
        return ["tests", *(namespaces_of("/".join(parts[1:])) if parts[1:] else [])]
    if parts[0] == "operator":
        parts[0] = "pratique_operator"
    return ["::".join(parts[:2] if parts[:2] == ["scanner", "inventory"] else parts)]


def check_namespaces(tree):
    for file in tree.headers():
        expected = namespaces_of(file.folder)
        if not re.search(rf"^namespace (?:{'|'.join(expected)})(?:::\w+)* \{{", file.code, re.MULTILINE):
            yield Offence(file.path, 0, "namespace", f"a header of {file.folder}/ is in namespace {expected[0]}")
        for match in re.finditer(r"\busing\s+namespace\b", file.code):
            yield Offence(file.path, file.line_of(match.start()), "namespace", "`using namespace` in a header")


def check_header_form(tree):
    for file in tree.headers():
        if not file.text.startswith("//"):
            yield Offence(file.path, 1, "header form", "a header begins with a comment that says what it is for")
        if "#pragma once" not in file.code.split("\n"):
            yield Offence(file.path, 1, "header form", "#pragma once is missing")


RULES = [check_file_names, check_type_names, check_namespaces, check_header_form]
