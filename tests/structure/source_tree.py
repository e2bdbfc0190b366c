"""The files of a checkout, as the structure rules see them."""

import os
import re
from dataclasses import dataclass

SKIPPED_FOLDERS = {".git", ".cache", "build", "__pycache__"}
CODE_SUFFIXES = (".cc", ".h")
TEXT_SUFFIXES = CODE_SUFFIXES + (".py", ".sh", ".go", ".md", ".yaml", ".yml", ".json", ".cmake", ".txt", ".mod", ".svg")


@dataclass(frozen=True, order=True)
class Offence:
    """One place that breaks a rule. Line 0 means the whole file."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule}: {self.message}"


class SourceFile:
    """A text file. `path` is relative to the checkout's root and uses '/'."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.folder, _, self.name = path.rpartition("/")
        self.top_folder = path.split("/")[0] if "/" in path else ""
        self.suffix = os.path.splitext(self.name)[1]
        self.is_header = self.suffix == ".h"
        self.is_cpp = self.suffix in CODE_SUFFIXES
        self.is_script = text.startswith("#!")
        self.is_python = self.suffix == ".py" or (self.is_script and "python" in text.split("\n", 1)[0])
        self.is_shell = self.suffix == ".sh" or (self.is_script and not self.is_python)
        self.is_code = self.is_cpp or self.is_python or self.is_shell
        self.is_production = self.is_cpp and self.top_folder not in ("tests", "bench")
        self.code = without_comments_and_literals(text) if self.is_cpp else text

    @property
    def lines(self):
        return self.text.splitlines()

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


class SourceTree:
    """All text files, by path."""

    def __init__(self, texts):
        self.files = [SourceFile(path, text) for path, text in sorted(texts.items())]
        self.paths = set(texts)

    @classmethod
    def read(cls, root):
        texts = {}
        for folder, subfolders, names in os.walk(root):
            subfolders[:] = sorted(set(subfolders) - SKIPPED_FOLDERS)
            for name in names:
                full = os.path.join(folder, name)
                text = read_text(full)
                if text is not None:
                    texts[os.path.relpath(full, root).replace(os.sep, "/")] = text
        return cls(texts)

    def cpp(self):
        return [file for file in self.files if file.is_cpp]

    def production(self):
        return [file for file in self.files if file.is_production]

    def headers(self):
        return [file for file in self.files if file.is_header]


def read_text(path):
    """The text of a source, script or document; None for data and for what is not UTF-8."""
    with open(path, "rb") as stream:
        start = stream.read(2)
        if not path.endswith(TEXT_SUFFIXES) and start != b"#!":
            return None
        data = start + stream.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


TOKENS = re.compile(
    r"""//[^\n]*                                   # line comment
      | /\*.*?\*/                                  # block comment
      | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"  # raw string
      | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'        # character, but no digit separator
      | "(?:\\.|[^"\\\n])*"                        # string
    """,
    re.VERBOSE | re.DOTALL,
)
INCLUDE_LINE = re.compile(r"\s*#\s*include\b")


def without_comments_and_literals(text):
    """`text` with comments and the insides of literals blanked, every line and column where it was."""

    def blank(match):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.group()[0] == '"' and INCLUDE_LINE.match(text, line_start, match.start()):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return TOKENS.sub(blank, text)
