"""distro-truth: what the changelogs of Debian and Ubuntu say of the packages of a fresh installation."""

import json
import re

import causes
from outcome import Outcome


def outcomes(corpus, scanner, feeds):
    for file in sorted(corpus.glob("*.json")):
        expected = json.loads(file.read_text())
        scope = tuple(re.search(rf"^{key}=\"?([^\"\n]+)", expected["os"], re.M)[1] for key in ("ID", "VERSION_ID"))
        folder = corpus / "rootfs-lite" / expected["image"]
        told = scanner.root(folder)
        outcome = Outcome(f"distro-truth/{file.stem}")
        for entry in expected["expect_vulnerable"]:
            text = f"{entry['source']} {entry['installed']} {entry['cve']}"
            if (entry["source"], entry["cve"]) in told:
                outcome.found.append(text)
            elif feeds.knows(entry["cve"], [scope]):
                purls = causes.called(entry["source"], scanner.inventory(folder))
                outcome.missed.append(causes.miss(text, purls, entry["installed"], feeds.records(entry["cve"], [scope])))
            else:
                outcome.unknown.append(text)
        for entry in expected["expect_fixed"]:
            if (entry["source"], entry["cve"]) in told:
                outcome.false.append(f"{entry['source']} {entry['installed']} {entry['cve']}")
            else:
                outcome.silent += 1
        yield outcome
