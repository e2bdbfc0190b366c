"""Where exceptions may be caught (docs/ARCHITECTURE.md, section 5), and what may not be used."""

import re
from fnmatch import fnmatchcase

from source_tree import Offence

# The five places and the translations; each with what a caught exception becomes.
PLACES = {
    "content": "a file or layer that cannot be read becomes a ScanWarning, and the result is incomplete",
    "worker": "a failed round of a loop becomes a condition, a state or a counter, and a back-off",
    "watcher": "a broken watch or an unreadable object becomes a resumption, a new list or an invalid entry",
    "HTTP edge": "a failed request becomes a 4xx or 5xx, at admission a decision by policy",
    "main": "a failed program becomes a message and an exit code",
    "translation": "a library's exception becomes a base::Error, or an error gets its cause: each catch throws",
}

# (path or pattern, place, why this file is such a place). A path that catches nothing is an offence too.
CATCH_SITES = [
    ("*/main.cc", "main", "the program's outermost function"),
    ("cli/arguments.cc", "translation", "CLI11's exceptions"),
    ("cli/cluster_reading.cc", "translation", "what the caller may not list is an answer"),
    ("cli/cluster_reports.cc", "translation", "what the caller may not read is named with what gives the right"),
    ("cli/database_pull.cc", "translation", "what is in the way is named as such"),
    ("cli/database_build.cc", "translation", "a source is named with its line"),
    ("cli/feed_download.cc", "worker", "a transfer that broke is tried again"),
    ("cli/image_scan.cc", "translation", "what is no SBOM, or no key, is named with its file"),
    ("cli/scan_objects.cc", "translation", "nlohmann's exceptions"),
    ("admission/certificate_loop.cc", "worker", "a round of keeping the certificate is tried again"),
    ("admission/certificates.cc", "worker", "an unusable certificate is replaced"),
    ("admission/denials.cc", "worker", "a count that could not be told is told with the next round"),
    ("admission/scan_requests.cc", "worker", "a scan that could not be asked for is counted"),
    ("admission/webhook.cc", "HTTP edge", "an AdmissionReview that cannot be read is denied"),
    ("admission/written_image.cc", "HTTP edge", "a text that is no image reference is decided upon as such"),
    ("operator/reconcilers/attested_inventories.cc", "worker", "an attestation that does not count is counted"),
    ("operator/reconcilers/vulnerability_database_reconciler.cc", "worker", "a pin that cannot be used is said, and the file followed"),
    ("operator/reconcilers/database_bundle.cc", "translation", "what fails is named with its reference"),
    ("scanner/layers/layer_record.cc", "content", "a record that is none"),
    ("scanner/attached_sboms.cc", "content", "an attachment that cannot be read"),
    ("kubernetes/config.cc", "translation", "an address from the environment is named as such"),
    ("kubernetes/event_recorder.cc", "worker", "an Event that is not written is counted"),
    ("kubernetes/kubeconfig.cc", "translation", "what is no YAML or no address is the configuration's fault"),
    ("kubernetes/lease.cc", "worker", "a round of the leader election; it ends leadership in time"),
    ("kubernetes/store_definitions.h", "watcher", "an object that does not decode is an invalid entry of its store"),
    ("kubernetes/watcher.cc", "watcher", "resume or list again"),
    ("kubernetes/yaml.cc", "translation", "yaml-cpp's exceptions"),
    ("net/proxy.cc", "translation", "a proxy that is no URL is told with its variable's name"),
    ("net/beast_connection.cc", "HTTP edge", "a handler that throws: the connection answers 500"),
    ("net/curl_http_client.cc", "translation", "exceptions must not pass through libcurl's C frames"),
    ("operator/clouds/cloud_api.cc", "translation", "a refusal of a login is a login error"),
    ("operator/controller/controller.cc", "worker", "the reconcilers' errors"),
    ("operator/credential_plugins/credential_plugins.cc", "worker", "a plugin that fails is told where credentials are needed"),
    ("operator/credential_plugins/plugin_config.cc", "translation", "what is no YAML is the configuration's fault"),
    ("operator/credential_plugins/plugin_messages.cc", "translation", "an answer that is no JSON is not quoted"),
    ("operator/push_events/push_event_handler.cc", "HTTP edge", "a registry's notification"),
    ("operator/reconcilers/event_scan_requests.cc", "worker", "a quota's refusal is told apart from others; what cannot be asked beside the stored ImageScan is asked later"),
    ("operator/reconcilers/image_uses.cc", "watcher", "an image that is no reference belongs to no ImageScan"),
    ("operator/reconcilers/finding_reconciler.cc", "worker", "a report that cannot be read: its rows stay"),
    ("operator/reconcilers/pass_writes.h", "worker", "an object that is refused: the pass fails after the others"),
    ("operator/reconcilers/image_scan_reports.cc", "translation", "a mirror that failed a scanner is avoided"),
    ("operator/reconcilers/registry_resolver.cc", "worker", "a Secret that is of no use is told where one is needed"),
    ("operator/reconcilers/report_building.cc", "translation", "a report that is damaged is named with the way out"),
    ("operator/reconcilers/scanner_client.cc", "worker", "a scanner that is away or full makes way for the next"),
    ("operator/reconcilers/registry_login.cc", "worker", "a Secret that cannot be used becomes the condition Authenticated"),
    ("operator/reconcilers/discovery_round.cc", "worker", "one repository that cannot be listed, told in the condition Discovered"),
    ("operator/reconcilers/policy_report.cc", "translation", "a kind that may not be installed is named"),
    ("operator/reconcilers/token_keys.cc", "worker", "a failure to fetch is remembered, and told again for a while"),
    ("operator/report_api/report_documents.cc", "HTTP edge", "a report that cannot be read is counted"),
    ("operator/report_api/report_listener.cc", "HTTP edge", "the cpprestsdk listener's requests"),
    ("registry/artifact_file.cc", "worker", "a layer that is throttled is asked for again"),
    ("registry/blob_transfer.cc", "worker", "a broken transfer is taken up again where it was broken"),
    ("registry/archive_files.cc", "translation", "what is no tar is named with its file"),
    ("scanner/advisories/database_info.cc", "translation", "nlohmann's exceptions: the record in a database"),
    ("scanner/inventory/inventory.cc", "content", "one file, one extractor"),
    ("scanner/inventory/toml_file.cc", "translation", "toml++'s exceptions"),
    ("scanner/inventory/package_text.h", "content", "one part of one file"),
    ("scanner/layer_reading.cc", "content", "the worker died of one layer: the others are read"),
    ("scanner/layers/layer_reader.cc", "content", "one layer: what was read of it before stays"),
    ("scanner/scanner.cc", "content", "the worker died of the image, or ran out of its time"),
    ("scanner/server/scan_handler.cc", "HTTP edge", "the scan service's answers"),
    ("scanner/server/serve.cc", "worker", "a round of reading the TLS files again; /readyz says what is wrong"),
    ("scanner/feeds/feed_child.cc", "main", "the reader of a feed; its last frame says why it cannot be used"),
    ("scanner/worker/child_side.cc", "main", "a sandboxed child; its exit status says why it ended"),
]

CATCH = re.compile(r"\bcatch\s*\(")
# `refuse` and the like are [[noreturn]] functions that throw with the place in the text.
THROWS = re.compile(r"\bthrow\b|\bcurrent_exception\b|\brefuse\w*\(|\bfail\w*\(")


def catches_of(file):
    """(line, body) of each catch."""
    for match in CATCH.finditer(file.code):
        start = file.code.find("{", match.end())
        end = start + 1
        depth = 1
        while depth and end < len(file.code):
            depth += {"{": 1, "}": -1}.get(file.code[end], 0)
            end += 1
        yield file.line_of(match.start()), file.code[start + 1:end - 1]


def check_catch_sites(tree, sites=None):
    sites = CATCH_SITES if sites is None else sites
    used = set()
    for file in tree.production():
        for line, body in catches_of(file):
            site = next((site for site in sites if fnmatchcase(file.path, site[0])), None)
            if site is None:
                yield Offence(file.path, line, "catch site", "exceptions are caught in five places only; this is a "
                              "new one (docs/ARCHITECTURE.md, section 5; CATCH_SITES in error_rules.py)")
                continue
            used.add(site)
            if site[1] == "translation" and not THROWS.search(body):
                yield Offence(file.path, line, "catch site", "a translation throws, or calls what never returns")
    for site in sites:
        if site not in used and "*" not in site[0]:
            yield Offence("tests/structure/error_rules.py", 0, "catch site", f"{site[0]} catches nothing")


def check_empty_catches(tree):
    for file in tree.cpp():
        for line, body in catches_of(file):
            if not body.strip():
                yield Offence(file.path, line, "empty catch", "an error changes the result or is thrown on")


# (pattern, only in files for which this holds, what is wrong with it)
BANNED_CODE = [
    (r"\bsleep_(?:for|until)\s*\(|\bu?sleep\s*\(",
     lambda file: file.top_folder == "tests" and file.folder != "tests/support",
     "a test moves a fake clock or waits with a deadline by what tests/support has; it does not sleep"),
    (r"\bstd::(?:w|basic_)?regex\b|#\s*include\s*<regex>", lambda file: True,
     "std::regex recurses once a character: hostile input overflows the stack"),
]


def check_banned_code(tree):
    for file in tree.cpp():
        for pattern, applies, message in BANNED_CODE:
            if not applies(file):
                continue
            for match in re.finditer(pattern, file.code):
                yield Offence(file.path, file.line_of(match.start()), "banned code", message)


RULES = [check_catch_sites, check_empty_catches, check_banned_code]
