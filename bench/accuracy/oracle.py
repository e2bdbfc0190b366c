"""osv-api-oracle: what the public OSV service answered for a package and version, for ecosystems of languages. What it knows
of distributions comes of feeds that name other packages (Debian's tracker, Ubuntu's sources) or are newer than those here."""

import collections
import json

import causes
from feeds import OSV_TYPES as PURL_TYPES
from outcome import Outcome
from scans import purl


def outcomes(corpus, scanner, feeds):
    answers = collections.defaultdict(lambda: collections.defaultdict(set))
    for entry in json.loads((corpus / "oracle.json").read_text()):
        package = entry["query"].get("package", {})
        if package.get("ecosystem") in PURL_TYPES and "version" in entry["query"] and not entry.get("more"):
            wanted = answers[package["ecosystem"]][(package["name"], entry["query"]["version"])]
            wanted.update(name for name, _ in entry["ids"])
    for ecosystem, packages in sorted(answers.items()):
        purls = {key: purl(PURL_TYPES[ecosystem], *key) for key in packages}
        told = scanner.packages(list(purls.values()))
        outcome = Outcome(f"osv-api-oracle/{ecosystem}")
        for key, wanted in packages.items():
            for name in wanted:
                text = f"{key[0]} {key[1]} {name}"
                if name in told[purls[key]]:
                    outcome.found.append(text)
                elif feeds.knows(name, [PURL_TYPES[ecosystem]]):
                    records = feeds.records(name, [PURL_TYPES[ecosystem]])
                    outcome.missed.append(causes.miss(text, [purls[key]], key[1], records))
                else:
                    outcome.unknown.append(text)
        yield outcome
