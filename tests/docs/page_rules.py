"""What the pages must not get wrong: links, fields of the schemas, and the words of conditions."""

import json
import posixpath
import re

from source_tree import Offence

FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
KIND = re.compile(r"^    kind: (\w+)$", re.MULTILINE)
CONDITION = re.compile(r"^### Condition `(\w+)`", re.MULTILINE)
REASON_TABLE = re.compile(r"^\| reason \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", re.MULTILINE)
# Where the words come from that pages say of statuses.
CODE_FOLDERS = ("crds", "operator", "scanner")


def pages(tree):
    return [file for file in tree.files if file.suffix == ".md"]


def prose_of(file):
    """The text with fenced blocks blanked, line by line."""
    return FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), file.text)


def anchors_of(file):
    """The anchors that a reader's browser knows, as GitHub makes them of headings."""
    for title in HEADING.findall(prose_of(file)):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def check_links(tree):
    folders = {posixpath.dirname(path) for path in tree.paths}
    by_path = {file.path: file for file in pages(tree)}
    for file in pages(tree):
        text = prose_of(file)
        for match in LINK.finditer(text):
            target, _, anchor = match.group(1).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            line = file.line_of(match.start())
            path = posixpath.normpath(posixpath.join(file.folder, target)) if target else file.path
            if path not in tree.paths and path not in folders:
                yield Offence(file.path, line, "link", f"there is no {path}")
            elif anchor and path in by_path and anchor not in anchors_of(by_path[path]):
                yield Offence(file.path, line, "link", f"{path} has no heading #{anchor}")


def schemas(tree):
    return [file for file in tree.files if file.folder == "crds" and file.suffix == ".yaml" and KIND.search(file.text)]


def fields_of(schema):
    """The names directly below spec and status, by the indentation that all our schemas have."""
    part = None
    for line in schema.text.partition("openAPIV3Schema:")[2].splitlines():
        if match := re.match(r"^ {12}(\w+):$", line):
            part = match.group(1)
        elif part in ("spec", "status") and (match := re.match(r"^ {16}(\w+):$", line)):
            yield f"{part}.{match.group(1)}"


def check_schemas(tree):
    for schema in schemas(tree):
        path = f"docs/crds/{schema.name.removesuffix('.yaml')}.md"
        page = next((file for file in tree.files if file.path == path), None)
        if page is None:
            yield Offence(schema.path, 0, "page", f"{KIND.search(schema.text).group(1)} has no {path}")
            continue
        for field in fields_of(schema):
            name = field.partition(".")[2]
            if not re.search(rf"`{name}[`.\[]", prose_of(page)):
                yield Offence(path, 0, "page", f"{field} is not named")


def words_of(page):
    """(offset, word) of each condition and reason that the page says."""
    for match in CONDITION.finditer(page.text):
        yield match.start(), match.group(1)
    for table in REASON_TABLE.finditer(page.text):
        for row in re.finditer(r"^\|([^|]*)\|", table.group(1), re.MULTILINE):
            for word in re.findall(r"`(\w+)`", row.group(1)):
                yield table.start(1) + row.start(), word


def check_words(tree):
    code = "\n".join(file.text for file in tree.production() if file.top_folder in CODE_FOLDERS)
    for page in pages(tree):
        if page.folder != "docs/crds":
            continue
        for offset, word in words_of(page):
            if f'"{word}"' not in code:
                yield Offence(page.path, page.line_of(offset), "word", f'no code says "{word}"')


METRIC = re.compile(r"(?:pratique|controller_runtime|http_server|leader_election|rest_client|workqueue)_[a-z_]+")
METRICS_PAGE = "docs/metrics.md"


def check_metrics(tree):
    """The page names every metric, and no other."""
    page = next((file for file in tree.files if file.path == METRICS_PAGE), None)
    told = {name for name in re.findall(r"`(\w+)`", prose_of(page)) if METRIC.fullmatch(name)} if page else set()
    made = {}
    for file in tree.production():
        if file.suffix in (".cc", ".h"):
            for match in re.finditer(rf'"({METRIC.pattern})"', file.text):
                made.setdefault(match.group(1), (file.path, file.line_of(match.start())))
    for name in sorted(made.keys() - told):
        yield Offence(*made[name], "metric", f"{name} is not on {METRICS_PAGE}")
    for name in sorted(told - made.keys()):
        yield Offence(METRICS_PAGE, 0, "metric", f"there is no {name}")


EXCERPT = re.compile(r"^<!-- of ([\w./-]+) -->\n```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def check_excerpts(tree):
    """A block below `<!-- of FILE -->` stands in that file as it is."""
    texts = {file.path: file.text for file in tree.files}
    for page in pages(tree):
        for match in EXCERPT.finditer(page.text):
            if match.group(2) not in texts.get(match.group(1), ""):
                yield Offence(page.path, page.line_of(match.start()), "excerpt", f"{match.group(1)} says something else")


JSON_SCHEMA = ".schema.json"


def members_of(schema):
    """The names of all members, wherever in a JSON Schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties
        for inner in [*properties.values(), *(value for key, value in schema.items() if key != "properties")]:
            yield from members_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from members_of(inner)


def check_json_schemas(tree):
    """The page beside a JSON Schema names each of its members."""
    by_path = {file.path: file for file in pages(tree)}
    for file in tree.files:
        if not (file.folder.startswith("docs") and file.path.endswith(JSON_SCHEMA)):
            continue
        path = file.path.removesuffix(JSON_SCHEMA) + ".md"
        named = set(re.findall(r"`(\w+)`", prose_of(by_path[path]))) if path in by_path else set()
        for name in sorted(set(members_of(json.loads(file.text))) - named):
            yield Offence(file.path, 0, "schema", f"{name} is not named on {path}")


RULES = [check_excerpts, check_json_schemas, check_links, check_schemas, check_words, check_metrics]
