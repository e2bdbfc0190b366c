#!/usr/bin/env python3
"""Usage: validate_document.py cyclonedx|spdx|sarif|openvex FILE

Holds a document against the schema that its format's own project publishes, and ends with 1 and what is wrong where it
breaks it. CycloneDX by the project's JSON schema (strict), SPDX by the project's validator, SARIF by the OASIS schema that
the module go-sarif carries, OpenVEX by the project's own reader in Go. What it needs is installed once, from PyPI and by
Go's module proxy, below ${XDG_CACHE_HOME:-~/.cache}/pratique.
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


def validate_cyclonedx(text):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return [] if error is None else [str(error)]


def validate_spdx(path):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    return [message.validation_message for message in validate_full_spdx_document(parse_file(path))]


def sarif_schema():
    answer = subprocess.run(["go", "mod", "download", "-json", SARIF_MODULE], check=True, capture_output=True, text=True,
                            cwd="/")
    folder = pathlib.Path(json.loads(answer.stdout)["Dir"])
    source = (folder / "pkg/report/v210/sarif/schema.go").read_text()
    return json.loads(source[source.index("`") + 1:source.rindex("`")])


def validate_sarif(text):
    import jsonschema
    validator = jsonschema.Draft4Validator(sarif_schema())
    return ["%s: %s" % (list(error.absolute_path), error.message) for error in validator.iter_errors(json.loads(text))]


def validate_openvex(path):
    run = subprocess.run(["go", "run", ".", str(pathlib.Path(path).resolve())], cwd=HERE / "openvex_check", text=True,
                         capture_output=True)
    return [] if run.returncode == 0 else [run.stdout + run.stderr]


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("cyclonedx", "spdx", "sarif", "openvex"):
        sys.exit(__doc__)
    form, path = sys.argv[1:]
    install_python_packages()
    validators = {"cyclonedx": lambda: validate_cyclonedx(pathlib.Path(path).read_text()),
                  "spdx": lambda: validate_spdx(path),
                  "sarif": lambda: validate_sarif(pathlib.Path(path).read_text()),
                  "openvex": lambda: validate_openvex(path)}
    problems = validators[form]()
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
