#!/usr/bin/env python3
"""Usage: validate_document.py cyclonedx|spdx|sarif|openvex|cosign-vuln|json FILE...

Holds documents against the schema that their format's own project publishes, and ends with 1 and what is wrong where one
breaks it. CycloneDX by the project's JSON schema (strict), SPDX by the project's validator, SARIF by the OASIS schema that
the module go-sarif carries, OpenVEX by the project's own reader in Go. That reader passes over members it does not know,
and cosign publishes no schema of its predicate: for these two there is one in our own words in schemas/ as well. The
JSON's own schema is docs/formats/scan-json.schema.json. What it needs is installed once, from PyPI and by Go's module
proxy, below ${XDG_CACHE_HOME:-~/.cache}/pratique.
"""
import json
import os
import pathlib
import pwd
import re
import subprocess
import sys

PYTHON_PACKAGES = ["cyclonedx-python-lib[json-validation]==11.12.0", "jsonschema==4.26.0", "spdx-tools==0.8.5"]
SARIF_MODULE = "github.com/owenrumney/go-sarif/v3@v3.3.1"
# Tests give the programs that they run a home of their own.
os.environ["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
HERE = pathlib.Path(__file__).resolve().parent
FORMATS = HERE.parents[2] / "docs/formats"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pratique"


def install_python_packages():
    """Installs them beside others that want the same at this moment: the last rename wins, each tree is whole."""
    version = "py%d%d" % sys.version_info[:2]
    target = CACHE / ("validators-" + version + "-" + re.sub(r"[^0-9.]+", "-", "".join(PYTHON_PACKAGES)))
    if not target.exists():
        building = CACHE / f"{target.name}.{os.getpid()}"
        command = [sys.executable, "-m", "pip", "install", "-qq", "--no-warn-conflicts", "--disable-pip-version-check",
                   "--break-system-packages", "--root-user-action=ignore", "--target", str(building)]
        subprocess.run(command + PYTHON_PACKAGES, check=True, stdout=sys.stderr)
        try:
            building.rename(target)
        except OSError:  # another was first
            subprocess.run(["rm", "-r", str(building)], check=True)
    sys.path.insert(0, str(target))


def validate_cyclonedx(path):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
    return [] if error is None else [str(error)]


def validate_spdx(path):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    return [message.validation_message for message in validate_full_spdx_document(parse_file(str(path)))]


def sarif_schema():
    answer = subprocess.run(["go", "mod", "download", "-json", SARIF_MODULE], check=True, capture_output=True, text=True,
                            cwd="/")
    folder = pathlib.Path(json.loads(answer.stdout)["Dir"])
    source = (folder / "pkg/report/v210/sarif/schema.go").read_text()
    return json.loads(source[source.index("`") + 1:source.rindex("`")])


def breaches(validator, path):
    """What of the file breaks the validator's schema."""
    errors = validator.iter_errors(json.loads(path.read_text()))
    return ["%s: %s" % (list(error.absolute_path), error.message) for error in errors]


def validate_sarif(path):
    import jsonschema
    return breaches(jsonschema.Draft4Validator(sarif_schema()), path)


def validate_own(schema, path):
    import jsonschema
    kind = jsonschema.Draft202012Validator
    return breaches(kind(json.loads(schema.read_text()), format_checker=kind.FORMAT_CHECKER), path)


def validate_openvex(path):
    run = subprocess.run(["go", "run", ".", str(path.resolve())], cwd=HERE / "openvex_check", text=True,
                         capture_output=True)
    problems = [] if run.returncode == 0 else [run.stdout + run.stderr]
    return problems + validate_own(HERE / "schemas/openvex.schema.json", path)


VALIDATORS = {"cyclonedx": validate_cyclonedx,
              "spdx": validate_spdx,
              "sarif": validate_sarif,
              "openvex": validate_openvex,
              "cosign-vuln": lambda path: validate_own(HERE / "schemas/cosign-vuln.schema.json", path),
              "json": lambda path: validate_own(FORMATS / "scan-json.schema.json", path)}


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in VALIDATORS:
        sys.exit(__doc__)
    install_python_packages()
    problems = [f"{path}: {problem}" for path in sys.argv[2:]
                for problem in VALIDATORS[sys.argv[1]](pathlib.Path(path))]
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
