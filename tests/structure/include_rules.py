"""Which folder may include which, and where the headers of third parties may be."""

import os
import re

from source_tree import Offence

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

REPORT = "scanner/report"  # the value types and their codecs: scanner/report.h, report_json.h, ...

# Folder or file prefix -> the prefixes that it may include besides itself. The longest prefix of a path counts. This is
# the table of docs/ARCHITECTURE.md, section 4.
MAY_INCLUDE = {
    "base/": [],
    "net/": ["base/"],
    "registry/": ["base/", "net/"],
    "kubernetes/": ["base/", "net/"],
    "crds/": ["base/", "kubernetes/resource.h"],
    "policy/": ["base/", "crds/"],
    "scanner/": ["base/", "net/", "registry/"],
    REPORT: ["base/", "net/"],
    "scanner/layers/": ["base/", REPORT],
    "scanner/inventory/": ["base/", REPORT, "scanner/layers/"],
    "scanner/versions/": ["base/"],
    "scanner/advisories/": ["base/", "net/", REPORT, "scanner/versions/"],
    "scanner/matching/": ["base/", REPORT, "scanner/versions/", "scanner/advisories/"],
    "scanner/worker/": ["base/", REPORT, "scanner/layers/", "scanner/inventory/"],
    "scanner/feeds/": ["base/", "scanner/worker/", "scanner/advisories/"],
    "scanner/server/": ["base/", "net/", "registry/", "scanner/"],
    "operator/": ["base/", "net/", "kubernetes/", "registry/", "crds/", "policy/", REPORT, "scanner/matching/",
                  "scanner/advisories/"],
    "operator/controller/": ["base/", "net/", "kubernetes/"],
    "admission/": ["base/", "net/", "kubernetes/", "crds/", "policy/"],
    "cli/": ["base/", "net/", "kubernetes/", "registry/", "crds/", "policy/", "scanner/",
             # What decides, without what serves: docs/decisions/0008-the-same-answer.md.
             "admission/cluster_view.h", "admission/review_handler.h", "admission/written_image.h"],
}

# Header prefix -> the folder of the only .cc file that includes it, "" for anywhere.
ONE_FILE_ONLY = {
    "curl/": "net/",
    "boost/beast/": "net/",
    "cpprest/": "operator/report_api/",
    "yaml-cpp/": "",
}

# Headers of third parties that stay in .cc files, so that what a header needs is small and what a library does is
# local; with the first words of the names of private headers that may include them for .cc files of their own folder.
SOURCE_FILES_ONLY = {
    "CLI/": [], "boost/": ["beast"], "bzlib.h": [], "cpprest/": [], "curl/": [], "fmt/": [], "igzip_lib.h": [],
    "isa-l": [], "openssl/": ["openssl"], "pplx/": [], "pugixml.hpp": [], "re2/": [],
    "seccomp.h": [], "simdjson": ["json"], "yaml-cpp/": [], "zlib.h": [], "zstd.h": [],
}
DECLARATIONS_ONLY = {"openssl/types.h", "nlohmann/json_fwd.hpp"}


def longest_prefix(path, table):
    return max((prefix for prefix in table if path.startswith(prefix)), key=len, default=None)


def includes(file):
    """(line, own header or None, other header or None) of each #include."""
    for match in INCLUDE.finditer(file.code):
        yield file.line_of(match.start(1) if match.group(1) else match.start(2)), match.group(1), match.group(2)


def check_folders(tree):
    for file in tree.cpp():
        home = longest_prefix(file.path, MAY_INCLUDE)
        if file.is_production and home is None:
            yield Offence(file.path, 0, "include table", "this folder is not in the table of include_rules.py")
        for line, target, _ in includes(file):
            if target is None:
                continue
            if target not in tree.paths:
                yield Offence(file.path, line, "include path", f'"{target}" is not a file, named from the root')
            elif target.endswith(".cc"):
                yield Offence(file.path, line, "include path", f'"{target}" is a source file')
            elif home and not may_include(file.path, home, target):
                yield Offence(file.path, line, "include table", f'{home.rstrip("/")} may not include "{target}"')


def may_include(path, home, target):
    # A folder's own files, without those of a part of it that has a row of its own, unless the row names them.
    if longest_prefix(target, MAY_INCLUDE) == home:
        return True
    # The files directly in scanner/ and operator/ put their parts together.
    if os.path.dirname(path) + "/" == home and target.startswith(home):
        return True
    return any(target.startswith(prefix) for prefix in MAY_INCLUDE[home]) or (
        home == "operator/" and target.startswith("operator/"))


def is_private_header(path, library):
    return path.rpartition("/")[2].split("_")[0] in SOURCE_FILES_ONLY[library]


def check_third_party_headers(tree):
    private = set()
    for file in tree.headers():
        for line, _, header in includes(file):
            library = longest_prefix(header or "", SOURCE_FILES_ONLY)
            if library is None or header in DECLARATIONS_ONLY or not file.is_production:
                continue
            if is_private_header(file.path, library):
                private.add(file.path)
            else:
                yield Offence(file.path, line, "third party", f"<{header}> belongs into a .cc file")
    for file in tree.cpp():
        for line, target, _ in includes(file):
            if target in private and (file.is_header or file.folder != target.rpartition("/")[0]):
                yield Offence(file.path, line, "third party", f'"{target}" is for .cc files of its own folder')


def check_third_party_places(tree):
    homes = {}
    for file in tree.production():
        for line, _, header in includes(file):
            if header is None:
                continue
            if header.startswith("boost/") and file.top_folder != "net":
                yield Offence(file.path, line, "third party", "Boost is for net/")
            if header.startswith("openssl/") and file.top_folder == "base" and file.name != "digest.cc":
                yield Offence(file.path, line, "third party", "in base/, OpenSSL is for digest.cc")
            library = longest_prefix(header, ONE_FILE_ONLY)
            if library:
                homes.setdefault(library, {}).setdefault(file.path, line)
    for library, places in homes.items():
        folder = ONE_FILE_ONLY[library]
        for path, line in sorted(places.items()):
            if not path.startswith(folder):
                yield Offence(path, line, "third party", f"<{library}...> is for one file in {folder}")
            elif len(places) > 1:
                yield Offence(path, line, "third party",
                              f"<{library}...> is for one file, and is in: {', '.join(sorted(places))}")


RULES = [check_folders, check_third_party_headers, check_third_party_places]
