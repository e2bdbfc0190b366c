"""How long files and functions may be."""

import ast
import re

from source_tree import Offence

FILE_LINES_MAX = 500
HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 70


def check_files(tree):
    for file in tree.files:
        if not file.is_code:
            continue
        limit = HEADER_LINES_MAX if file.is_header else FILE_LINES_MAX
        if len(file.lines) > limit:
            yield Offence(file.path, 0, "file length", f"{len(file.lines)} lines, at most {limit}")


def check_functions(tree):
    for file in tree.files:
        for name, first, last in functions_of(file):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield Offence(file.path, first, "function length",
                              f"{name} has {last - first + 1} lines, at most {FUNCTION_LINES_MAX}")


def functions_of(file):
    if file.is_cpp:
        return cpp_functions(file.code)
    if file.is_python:
        return python_functions(file.text)
    if file.is_shell:
        return shell_functions(file.text)
    return []


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def shell_functions(text):
    for match in re.finditer(r"^(\w+)\(\) \{$.*?^\}", text, re.MULTILINE | re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        yield match.group(1), first, first + match.group().count("\n")


# What stands between functions without belonging to one: preprocessor lines and access labels.
BETWEEN = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\)*|\b(?:public|private|protected)\s*:(?!:)", re.MULTILINE)
CONTAINER = re.compile(r"\s*(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b")


def cpp_functions(code):
    """(name, first line, last line) of each function body. A lambda counts as part of the function around it."""
    code = BETWEEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    containers = 0  # open namespaces, classes and initialisers around a function
    depth = 0  # open braces inside the function that is being read
    head_start = 0
    name = first = None
    for match in re.finditer(r"[{};]", code):
        brace = match.group()
        if name is not None:
            depth += {"{": 1, "}": -1, ";": 0}[brace]
            if depth == 0:
                yield name, first, code.count("\n", 0, match.start()) + 1
                name = None
                head_start = match.end()
        elif brace == "{":
            head = code[head_start:match.start()]
            if is_function_head(head):
                name = function_name(head)
                first = code.count("\n", 0, head_start + len(head) - len(head.lstrip())) + 1
                depth = 1
            else:
                containers += 1
                head_start = match.end()
        else:
            containers -= brace == "}"
            head_start = match.end()


def is_function_head(head):
    if "(" not in head or CONTAINER.match(without_template(head)):
        return False
    # `Table kRows = {` and `std::array kRows{Row(` are data; `operator==` and `auto f = [](` are functions.
    return not re.search(r"(?<![=!<>])=\s*$", head)


def without_template(head):
    """`head` without a leading `template <...>`."""
    start = re.match(r"\s*template\s*<", head)
    if not start:
        return head
    open_angles = 1
    position = start.end()
    while position < len(head) and open_angles:
        open_angles += {"<": 1, ">": -1}.get(head[position], 0)
        position += 1
    return without_template(head[position:])


def function_name(head):
    match = re.search(r"([\w:~]+|operator\S+)\s*\(", head)
    return match.group(1) if match else "a function"


RULES = [check_files, check_functions]
