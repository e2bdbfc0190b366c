"""Objects as kustomize and Helm write them.

Usage: rendered.py same FILE FILE          whether both hold the same objects; says where they differ
       rendered.py at FILE KIND NAME PATH   what stands at PATH ("spec.replicas", "spec.containers.0.image") as JSON
"""

import json
import sys

import yaml

OF_THE_CLUSTER_ALONE = ("Namespace", "CustomResourceDefinition")  # Helm makes the one, and keeps the other apart


def objects_of(file):
    with open(file, encoding="utf-8") as text:
        found = [document for document in yaml.safe_load_all(text) if document]
    names = [(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]) for each in found]
    if len(set(names)) != len(names):
        raise SystemExit(f"{file}: an object is there twice")
    return dict(zip(names, found))


def differences(left, right, place=""):
    """The places where two values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key), right.get(key), f"{place}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right)):
            yield from differences(one, other, f"{place}.{number}")
    elif left != right:
        yield f"{place}: {json.dumps(left)} and {json.dumps(right)}"


def same(left_file, right_file):
    left, right = (
        {name: each for name, each in objects_of(file).items() if name[0] not in OF_THE_CLUSTER_ALONE}
        for file in (left_file, right_file)
    )
    wrong = [f"{' '.join(name)} is in one alone" for name in sorted(left.keys() ^ right.keys())]
    for name in sorted(left.keys() & right.keys()):
        wrong += [f"{' '.join(name)} {difference}" for difference in differences(left[name], right[name])]
    if wrong or not left:
        raise SystemExit("\n".join(wrong) or "there is no object")
    print(f"{len(left)} objects")


def at(file, kind, name, path):
    value = next(each for key, each in objects_of(file).items() if (key[0], key[2]) == (kind, name))
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    print(json.dumps(value))


if __name__ == "__main__":
    {"same": same, "at": at}[sys.argv[1]](*sys.argv[2:])
