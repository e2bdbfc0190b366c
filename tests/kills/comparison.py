"""Whether what the cluster says is what was pushed: nothing lost, doubled, left behind or stuck. Pure; `World` is read and
written down by the driver."""

import collections
import dataclasses

# Of a row: when it was seen, and which of its many images are listed, depends on who came first.
OF_THE_MOMENT = ("firstSeen", "lastSeen", "observedGeneration")


@dataclasses.dataclass
class World:
    registry: str       # its host
    pushed: dict        # "shop/web-1:1" -> (digest, package), as it was pushed last
    everything: set     # digests of all images that were ever pushed
    advisories: dict    # package -> identifier, of the database that is active
    excepted: set       # identifiers that an exception names
    scans: list         # the objects of the cluster
    reports: list
    rows: list


def condition_of(item, kind):
    return next((one for one in item.get("status", {}).get("conditions", []) if one["type"] == kind), {})


def lost_pushes(world):
    """Tags whose ImageScan does not tell of what was pushed last."""
    scans = {scan["spec"]["image"]: scan for scan in world.scans}
    for tag, (digest, _) in sorted(world.pushed.items()):
        scan = scans.get(f"{world.registry}/{tag}")
        told = scan and scan.get("status", {}).get("digest")
        if scan is None:
            yield f"{tag} has no ImageScan"
        elif told != digest:
            yield f"{tag} was pushed as {digest}, scanned as {told}"
        elif condition_of(scan, "Scanned").get("status") != "True":
            yield f"{tag} is not scanned: {condition_of(scan, 'Scanned').get('message')}"


def missing_reports(world):
    known = {report["spec"]["digest"] for report in world.reports}
    return (f"{tag}: there is no ImageReport of {digest}" for tag, (digest, _) in sorted(world.pushed.items())
            if digest not in known)


def orphans(world):
    """What is about nothing that there is. Reports of what a tag meant before are kept for a day."""
    wanted = {f"{world.registry}/{tag}" for tag in world.pushed}
    for scan in world.scans:
        if scan["spec"]["image"] not in wanted:
            yield f"ImageScan {scan['metadata']['name']} of {scan['spec']['image']}"
    for report in world.reports:
        if report["spec"]["digest"] not in world.everything:
            yield f"ImageReport {report['metadata']['name']}"
    for row in world.rows:
        for image in row["spec"].get("images", []):
            if image["reference"] not in wanted:
                yield f"Finding {row['metadata']['name']} names {image['reference']}"


def duplicates(world):
    keys = [("ImageScans of", scan["spec"]["image"]) for scan in world.scans]
    keys += [("ImageReports of", report["spec"]["digest"]) for report in world.reports]
    keys += [("Findings of", f"{row['spec']['vulnerability']['id']} in {row['spec']['package']['name']}")
             for row in world.rows]
    return (f"{count} {kind} {what}" for (kind, what), count in collections.Counter(keys).items() if count > 1)


def stuck(world):
    for item in [*world.scans, *world.reports, *world.rows]:
        if item["metadata"].get("deletionTimestamp"):
            yield f"{item['metadata']['name']} is being deleted"
    for scan in world.scans:
        ready = condition_of(scan, "Ready")
        if ready.get("status") != "True":
            yield f"ImageScan {scan['metadata']['name']} is not ready: {ready.get('reason')}: {ready.get('message')}"


def wrong_rows(world):
    """Against what the pushed packages and the advisories say."""
    images = collections.Counter(world.advisories[package] for _, package in world.pushed.values()
                                 if package in world.advisories)
    rows = {row["spec"]["vulnerability"]["id"]: row for row in world.rows}
    for identifier, count in sorted(images.items()):
        row = rows.pop(identifier, None)
        state = "Excepted" if identifier in world.excepted else "Open"
        if row is None:
            yield f"{identifier} has no Finding"
        elif (row["spec"].get("imageCount"), row.get("status", {}).get("state")) != (count, state):
            yield (f"{identifier} is {row.get('status', {}).get('state')} in {row['spec'].get('imageCount')} images, and "
                   f"should be {state} in {count}")
    for identifier, row in sorted(rows.items()):
        if row.get("status", {}).get("state") not in ("Fixed", "Withdrawn"):
            yield f"{identifier} is {row.get('status', {}).get('state')}, and no image has it"


CHECKS = (lost_pushes, missing_reports, orphans, duplicates, stuck, wrong_rows)


def compare(world):
    """What is looked for -> what is wrong."""
    return {check.__name__.replace("_", " "): list(check(world)) for check in CHECKS}


def shown_rows(rows):
    """By name, as a person sees them; without those that a fresh computation does not make."""
    shown = {}
    for row in rows:
        status = {key: value for key, value in row.get("status", {}).items() if key not in OF_THE_MOMENT}
        spec = {key: value for key, value in row["spec"].items() if key != "images"}
        if status.get("state") not in ("Fixed", "Withdrawn"):
            shown[row["metadata"]["name"]] = {"labels": row["metadata"].get("labels"), "spec": spec, "status": status}
    return shown


def different_rows(before, fresh):
    """Names of those that a fresh computation gives in another way, or not."""
    return sorted(name for name in {*before, *fresh} if before.get(name) != fresh.get(name))
