"""reasons.json, which stands beside the floor: why each finding that is missed is rightly missed, and why a set tells others that are
called false. A miss without a reason is as bad as one more miss; so is a reason for what is found by now."""

import json
import pathlib

from causes import Cause

REASONS = pathlib.Path(__file__).with_name("reasons.json")


def reasons():
    return json.loads(REASONS.read_text())


def judged_by_reasons(outcomes, written):
    """The lines for what has no reason, and for reasons of nothing. Of a floor's own corpora alone: nobody has looked at others."""
    lines = []
    for outcome in outcomes:
        lines += judged_misses(outcome, by_miss(written["missed"].get(outcome.name, [])))
        if bool(outcome.false) != (outcome.name in written["false"]):
            lines.append(f"{outcome.name}: {len(outcome.false)} false, and reasons.json has "
                         f"{'a' if outcome.name in written['false'] else 'no'} reason for them")
    sets = {outcome.name for outcome in outcomes}
    return lines + [f"{name} has reasons and was not judged" for part in written.values() for name in sorted(part.keys() - sets)]


def by_miss(entries):
    return {what: entry for entry in entries for what in entry["findings"]}


def judged_misses(outcome, entries):
    for miss in outcome.missed:
        entry = entries.get(miss.what)
        if not entry:
            yield f"{outcome.name}: missed without a reason in reasons.json: {miss}"
        elif Cause(entry["cause"]) not in (miss.cause, Cause.LABEL):
            yield f"{outcome.name}: reasons.json calls it {entry['cause']}: {miss}"
    missed = {miss.what for miss in outcome.missed}
    yield from (f"{outcome.name}: found by now, and reasons.json has a reason: {what}" for what in sorted(entries.keys() - missed))


def faults_of(written):
    """The lines for entries that are no reasons: without a text, for nothing, for the same twice, or of a cause that is to be mended."""
    for name, entries in written["missed"].items():
        told = [what for entry in entries for what in entry["findings"]]
        yield from (f"{name}: {what} has several reasons" for what in sorted(set(told)) if told.count(what) > 1)
        for entry in entries:
            if not entry["findings"] or not entry["reason"].strip():
                yield f"{name}: a reason without findings or words: {entry}"
            if entry["cause"] not in {cause.value for cause in Cause} - {Cause.BUG.value}:
                yield f"{name}: {entry['cause']} is no cause that may remain"
    yield from (f"{name}: no words" for name, reason in written["false"].items() if not reason.strip())
