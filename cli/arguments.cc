#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>

#include "base/error.h"
#include "base/log.h"
#include "cli/scan_result.h"
#include "cli/suggestion.h"
#include "scanner/advisories/feed.h"
#include "scanner/layers/budgets.h"
#include "scanner/worker/defences.h"

namespace cli {
namespace {

constexpr const char* kAbout =
    "Pratique scans container images for known vulnerabilities, and tells what policies say of them.\n"
    "Exit status: 0 clean or admitted, 1 error, 2 --fail-on reached or denied, 3 incomplete (something could not be "
    "looked at, or the answer waits for a scan).";

// In the order of OutputFormat. Verbs that tell no scan's result have the first two.
const std::vector<std::string> kScanFormats = {"table", "json", "cyclonedx", "spdx", "sarif", "openvex", "cosign-vuln"};
const std::vector<std::string> kOutputFormats = {kScanFormats[0], kScanFormats[1]};
const std::vector<std::string> kSeverities = {"unknown", "low", "medium", "high", "critical"};

// What says how layers are read.
constexpr std::array kLayerOptions = {"--require-defences", "--verify-diff-ids", "--timeout", "--max-bytes",
                                      "--budget"};

// Every command's fields while CLI11 fills them, and the verbs that tell which one was meant.
struct Parsed {
  ScanCommand scan;
  std::string sbom;
  WhyCommand why;
  DiffCommand diff;
  std::string fail_on;
  std::string output = kOutputFormats.front();
  DatabaseKeygenCommand keygen;
  DatabaseBuildCommand build;
  DatabaseInfoCommand info;
  DatabaseVerifyCommand verify;
  DatabasePushCommand push;
  DatabasePullCommand pull;
  PolicyTestCommand policy_test;
  ExplainCommand explain;
  ReportCommand report;
  bool version = false;  // for the help alone: asked for before anything is parsed
};

void add_output_format(CLI::App& verb, std::string& output, const std::vector<std::string>& formats = kOutputFormats) {
  verb.add_option("--output", output, fmt::format("{}", fmt::join(formats, ", ")))
      ->transform(CLI::IsMember(formats, CLI::ignore_case).description(""))
      ->type_name("FORMAT");
}

OutputFormat output_format(const std::string& name) {
  const auto found = std::find(kScanFormats.begin(), kScanFormats.end(), name);
  CHECK(found != kScanFormats.end());
  return static_cast<OutputFormat>(found - kScanFormats.begin());
}

constexpr const char* kImageHelp =
    "registry/name:tag, name@sha256:..., oci:DIR[:tag], docker-archive:FILE[:name:tag] or sbom:FILE";

// Takes one value each time that it is named: what follows may be the image.
void repeatable(CLI::Option* option) {
  option->take_all()->allow_extra_args(false);
}

void add_hosts(CLI::App& verb, RegistryHosts& hosts) {
  repeatable(verb.add_option("--plain-http", hosts.plain_http, "host:port that is spoken to without TLS; repeatable")
                 ->type_name("HOST"));
  repeatable(verb.add_option("--allow-private", hosts.local,
                             "host:port that may have a loopback or private address; repeatable")
                 ->type_name("HOST"));
}

void add_keys(CLI::App& verb, std::string& directory) {
  verb.add_option("--database-keys", directory, "trusted public keys (*.pub), beside those made here")
      ->type_name("DIR");
}

struct CacheWords {
  std::string_view what;     // is kept
  std::string_view kind;     // the name of the folder
  std::string_view without;  // what is done
};

void add_cache(CLI::App& verb, CacheChoice& choice, const CacheWords& words) {
  CLI::Option* cache =
      verb.add_option("--cache", choice.directory,
                      fmt::format("where it is kept {}; default: ~/.cache/pratique/{}", words.what, words.kind))
          ->type_name("DIR");
  verb.add_flag("--no-cache", choice.none, fmt::format("{}, and keep nothing", words.without))->excludes(cache);
}

void add_limits(CLI::App& verb, scanner::ScanLimits& limits) {
  verb.add_option_function<long>(
          "--timeout", [&limits](long seconds) { limits.timeout = std::chrono::seconds(seconds); },
          fmt::format("what the scan of an image may take, of each of the two in diff; default: {}",
                      limits.timeout.count()))
      ->check(CLI::Range(1, 86400).description(""))
      ->type_name("SECONDS");
  verb.add_option("--max-bytes", limits.compressed_bytes_max,
                  fmt::format("compressed layers that are still read, such as 2GiB; default: {}GiB",
                              limits.compressed_bytes_max >> 30))
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("BYTES");
  repeatable(verb.add_option_function<std::vector<std::string>>(
                     "--budget",
                     [&limits](const std::vector<std::string>& words) {
                       for (const std::string& word : words) scanner::layers::set_budget(limits.budgets, word);
                     },
                     fmt::format("a bound on what layers hold, repeatable: {}",
                                 fmt::join(scanner::layers::budget_names(), ", ")))
                 ->type_name("NAME=VALUE"));
}

// Where images come from, and what they are looked up in.
void add_query(CLI::App& verb, ImageQuery& query) {
  verb.add_option("--database", query.database, "advisory database, made by `pratique database build`")
      ->required()
      ->type_name("FILE");
  add_keys(verb, query.database_keys);
  verb.add_option("--platform", query.platform, "os/architecture[/variant]; default: this machine's")
      ->type_name("PLATFORM");
  add_hosts(verb, query.hosts);
  add_cache(verb, query.cache, {.what = "what layers hold", .kind = "scans", .without = "read every layer"});
  add_limits(verb, query.limits);
  verb.add_option_function<std::vector<std::string>>(
          "--require-defences",
          [&query](const std::vector<std::string>& words) {
            for (const std::string& word : words) scanner::worker::require_defence(query.required_defences, word);
          },
          "what the kernel must have to confine the processes that read layers, such as landlock or landlock=4; "
          "seccomp, no-new-privileges and resource-limits are always required")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  verb.add_flag("--verify-diff-ids", query.verify_diff_ids,
                "compare what layers are uncompressed with what the image's configuration says, as runtimes do");
  CLI::Option* attached = verb.add_flag(
      "--attached-sboms", query.attached_sboms,
      "read SBOMs that are attached to the image in its registry, too; whoever may push there may attach one");
  repeatable(verb.add_option("--sbom-key", query.sbom_keys,
                             "a public key (PEM) of who signs them: whether one has is told; repeatable")
                 ->needs(attached)
                 ->type_name("FILE"));
}

void add_fail_on(CLI::App& verb, std::string& severity) {
  verb.add_option("--fail-on", severity, "exit with 2 at this severity or above: unknown, low, medium, high, critical")
      ->check(CLI::IsMember(kSeverities, CLI::ignore_case).description(""))
      ->type_name("SEVERITY");
}

void add_scan(CLI::App& app, Parsed& parsed) {
  CLI::App* verb = app.add_subcommand("scan", "Scan an image and tell its vulnerabilities");
  verb->add_option("image", parsed.scan.query.image, kImageHelp);
  CLI::Option* sbom = verb->add_option("--sbom", parsed.sbom,
                                       "instead of an image: what a CycloneDX or SPDX document in JSON says is in one")
                          ->type_name("FILE");
  add_query(*verb, parsed.scan.query);
  // Of a document no layer is read.
  for (const char* name : kLayerOptions) sbom->excludes(verb->get_option(name));
  add_output_format(*verb, parsed.output, kScanFormats);
  add_fail_on(*verb, parsed.fail_on);
}

void add_why(CLI::App& app, Parsed& parsed) {
  CLI::App* verb = app.add_subcommand("why", "Tell why an image has an issue, or has it not, record by record");
  verb->add_option("image", parsed.why.query.image, kImageHelp)->required();
  verb->add_option("issue", parsed.why.issue, "CVE-..., GHSA-... or another of its names")->required();
  add_query(*verb, parsed.why.query);
  add_output_format(*verb, parsed.output);
}

void add_diff(CLI::App& app, Parsed& parsed) {
  CLI::App* verb = app.add_subcommand("diff", "Tell what a newer image mends, brings and changes");
  verb->add_option("old", parsed.diff.query.image, kImageHelp)->required();
  verb->add_option("new", parsed.diff.newer, "named as the old one is")->required();
  add_query(*verb, parsed.diff.query);
  add_output_format(*verb, parsed.output);
}

void add_database_transfer(CLI::App& database, Parsed& parsed) {
  CLI::App* push = database.add_subcommand("push", "Publish a database as an artifact of a registry");
  push->add_option("file", parsed.push.file, "the database")->required();
  push->add_option("image", parsed.push.image, "registry/name:tag")->required();
  add_hosts(*push, parsed.push.hosts);

  CLI::App* pull = database.add_subcommand("pull", "Fetch a database from a registry, verify it, and put it in place");
  pull->add_option("image", parsed.pull.image, "registry/name:tag or name@sha256:...")->required();
  pull->add_option("--output", parsed.pull.output, "the database; replaced in one step, never by an older one")
      ->required()
      ->type_name("FILE");
  add_keys(*pull, parsed.pull.database_keys);
  add_hosts(*pull, parsed.pull.hosts);
}

void add_database(CLI::App& app, Parsed& parsed) {
  CLI::App* database = app.add_subcommand("database", "Make and look at advisory databases");
  database->require_subcommand(0, 1);

  CLI::App* keygen = database->add_subcommand("keygen", "Make a key that signs databases, and FILE.pub beside it");
  keygen->add_option("--output", parsed.keygen.output, "the private key")->required()->type_name("FILE");

  CLI::App* build = database->add_subcommand("build", "Build a signed database from advisory feeds");
  repeatable(build
                 ->add_option("--source", parsed.build.sources,
                              fmt::format("a feed: a path or an https address, repeatable; formats: {}",
                                          fmt::join(scanner::advisories::feed_formats(), ", ")))
                 ->type_name("FORMAT:PATH|URL"));
  build
      ->add_option("--sources", parsed.build.sources_file,
                   "a file with a feed a line; lines that begin with # are none")
      ->type_name("FILE");
  repeatable(build
                 ->add_option("--plain-http", parsed.build.plain_http,
                              "host:port of feeds that are fetched without TLS; repeatable")
                 ->type_name("HOST"));
  build->add_option("--key", parsed.build.key, "private key made by keygen")->required()->type_name("FILE");
  build->add_option("--output", parsed.build.output, "the database; replaced in one step")
      ->required()
      ->type_name("FILE");

  add_cache(*build, parsed.build.cache,
            {.what = "what was fetched and read", .kind = "feeds", .without = "fetch and read every feed"});

  CLI::App* info = database->add_subcommand("info", "Tell what a database holds");
  info->add_option("file", parsed.info.file, "the database")->required();
  add_output_format(*info, parsed.output);

  CLI::App* verify = database->add_subcommand("verify", "Check a database's content and signature");
  verify->add_option("file", parsed.verify.file, "the database")->required();
  add_keys(*verify, parsed.verify.database_keys);
  add_database_transfer(*database, parsed);
}

void add_policy(CLI::App& app, Parsed& parsed) {
  CLI::App* policy = app.add_subcommand("policy", "Try policies before a cluster has them");
  policy->require_subcommand(0, 1);
  CLI::App* test = policy->add_subcommand("test", "Tell what policies in files say to workloads in files");
  PolicyTestCommand& command = parsed.policy_test;
  repeatable(
      test->add_option("-f,--filename", command.files,
                       "policies, exceptions, workloads, ImageReports (YAML or JSON), and results of `pratique scan "
                       "--output json`; repeatable")
          ->required()
          ->type_name("FILE"));
  repeatable(test->add_option("--scan", command.scans, "a scan result, as that of this image; repeatable")
                 ->type_name("IMAGE=FILE"));
  test->add_option("-n,--namespace", command.ns, "of objects that name none; default: default")->type_name("NAME");
  test->add_option("--as", command.user, "who asks, for break-glass; default: nobody")->type_name("USER");
  repeatable(test->add_option("--as-group", command.groups, "a group of who asks; repeatable")->type_name("GROUP"));
  test->add_option("--at", command.at, "judge as of this time; default: now")->type_name("RFC3339");
}

void add_explain(CLI::App& app, Parsed& parsed) {
  CLI::App* verb = app.add_subcommand("explain", "Tell what the cluster's policies say to a workload, and why");
  ExplainCommand& command = parsed.explain;
  verb->add_option("object", command.object, "pod/NAME, deployment/NAME, ...: one that is in the cluster");
  repeatable(verb->add_option("-f,--filename", command.files, "a workload that is not; repeatable")->type_name("FILE"));
  verb->add_option("-n,--namespace", command.ns, "default: the context's")->type_name("NAME");
  verb->add_option("--kubeconfig", command.kubeconfig, "default: $KUBECONFIG, then ~/.kube/config")->type_name("FILE");
}

void add_report(CLI::App& app, Parsed& parsed) {
  CLI::App* verb = app.add_subcommand("report", "Tell what a cluster knows of an image that it has scanned");
  ReportCommand& command = parsed.report;
  verb->add_option("image", command.image, "registry/name:tag, name@sha256:... or sha256:...")->required();
  verb->add_option("-n,--namespace", command.ns, "whose ImageScans are looked at; default: the context's")
      ->type_name("NAME");
  CLI::Option* all = verb->add_flag("-A,--all-namespaces", command.all_namespaces, "look at those of all");
  CLI::Option* kubeconfig =
      verb->add_option("--kubeconfig", command.kubeconfig, "default: $KUBECONFIG, then ~/.kube/config")
          ->type_name("FILE");
  verb->add_option("--server", command.server,
                   "read the operator's report API instead: http://127.0.0.1:8090 behind kubectl port-forward")
      ->excludes(all)
      ->excludes(kubeconfig)
      ->type_name("URL");
  verb->add_option("--platform", command.platform,
                   "os/architecture[/variant]; default: the only one, or this machine's")
      ->type_name("PLATFORM");
  add_output_format(*verb, parsed.output, kScanFormats);
  add_fail_on(*verb, parsed.fail_on);
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

bool has_verb(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> verbs = verbs_of(app);
  return std::find(verbs.begin(), verbs.end(), word) != verbs.end();
}

[[noreturn]] void fail_on_verb(const CLI::App& app, const std::string& program, const std::string& word) {
  const std::vector<std::string> verbs = verbs_of(app);
  if (word.empty()) {
    throw base::ConfigError(
        fmt::format("{} needs a verb: {}; see {} --help", program, fmt::join(verbs, ", "), program));
  }
  const std::string_view meant = nearest(word, verbs);
  throw base::ConfigError(fmt::format("{} knows no \"{}\"; {}", program, base::escape_text(word, 64),
                                      meant.empty() ? fmt::format("its verbs are {}", fmt::join(verbs, ", "))
                                                    : fmt::format("did you mean \"{}\"?", meant)));
}

// CLI11 calls an unknown verb an extra argument of whatever stands before it; that message names no way out.
void check_verbs(const CLI::App& app, const std::vector<std::string>& words) {
  const auto word = [&](std::size_t i) { return i < words.size() && !words[i].starts_with('-') ? words[i] : ""; };
  if (word(0).empty() && !words.empty()) return;
  if (!has_verb(app, word(0))) fail_on_verb(app, "pratique", word(0));
  const CLI::App* verb = app.get_subcommand(word(0));
  if (verbs_of(*verb).empty() || (words.size() > 1 && word(1).empty())) return;
  if (!has_verb(*verb, word(1))) fail_on_verb(*verb, "pratique " + word(0), word(1));
}

bool asks_for_help(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const auto& word) { return word == "--help" || word == "-h"; });
}

// The help of the verb that the words lead to.
std::string help_for(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* verb = &app;
  std::string before;
  for (const std::string& word : words) {
    if (!has_verb(*verb, word)) break;
    before += (before.empty() ? "" : " ") + verb->get_name();
    verb = verb->get_subcommand(word);
  }
  return verb->help(before);
}

// An option that does nothing would let a person think that it does. Where one of two images has layers, it does.
void check_layer_options(const CLI::App& verb, std::initializer_list<std::string_view> images) {
  if (!std::ranges::all_of(images, [](std::string_view image) { return image.starts_with(kSbomPrefix); })) return;
  for (const char* name : kLayerOptions) {
    if (verb.get_option(name)->count() == 0) continue;
    throw base::ConfigError(fmt::format("{} says how layers are read, and of {} none is; leave it out", name,
                                        base::escape_text(*images.begin())));
  }
}

Command chosen(const CLI::App& app, Parsed parsed) {
  if (app.got_subcommand("scan")) {
    if (parsed.scan.query.image.empty() == parsed.sbom.empty()) {
      throw base::ConfigError("scan needs one image, or --sbom FILE; see pratique scan --help");
    }
    if (!parsed.sbom.empty()) parsed.scan.query.image = std::string(kSbomPrefix) + parsed.sbom;
    check_layer_options(*app.get_subcommand("scan"), {parsed.scan.query.image});
    parsed.scan.output = output_format(parsed.output);
    parsed.scan.fail_on = scanner::advisories::parse_severity(parsed.fail_on);
    return parsed.scan;
  }
  if (app.got_subcommand("why")) {
    check_layer_options(*app.get_subcommand("why"), {parsed.why.query.image});
    parsed.why.output = output_format(parsed.output);
    return parsed.why;
  }
  if (app.got_subcommand("diff")) {
    check_layer_options(*app.get_subcommand("diff"), {parsed.diff.query.image, parsed.diff.newer});
    parsed.diff.output = output_format(parsed.output);
    return parsed.diff;
  }
  if (app.got_subcommand("report")) {
    parsed.report.output = output_format(parsed.output);
    parsed.report.fail_on = scanner::advisories::parse_severity(parsed.fail_on);
    return parsed.report;
  }
  if (app.got_subcommand("explain")) {
    if (parsed.explain.object.empty() && parsed.explain.files.empty()) {
      throw base::ConfigError("explain needs pod/NAME or -f FILE; see pratique explain --help");
    }
    return parsed.explain;
  }
  if (app.got_subcommand("policy")) {
    const CLI::App* policy = app.get_subcommand("policy");
    if (!policy->got_subcommand("test")) fail_on_verb(*policy, "pratique policy", "");
    return parsed.policy_test;
  }
  const CLI::App* database = app.get_subcommand("database");
  if (database->got_subcommand("keygen")) return parsed.keygen;
  if (database->got_subcommand("build")) return parsed.build;
  if (database->got_subcommand("info")) {
    parsed.info.output = output_format(parsed.output);
    return parsed.info;
  }
  if (database->got_subcommand("verify")) return parsed.verify;
  if (database->got_subcommand("push")) return parsed.push;
  if (database->got_subcommand("pull")) return parsed.pull;
  fail_on_verb(*database, "pratique database", "");
}

}  // namespace

Command parse_arguments(int argc, const char* const* argv) {
  Parsed parsed;
  CLI::App app{kAbout, "pratique"};
  app.add_flag("--version", parsed.version, "Tell the version");
  app.require_subcommand(0, 1);
  add_scan(app, parsed);
  add_why(app, parsed);
  add_diff(app, parsed);
  add_database(app, parsed);
  add_policy(app, parsed);
  add_explain(app, parsed);
  add_report(app, parsed);

  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words[0] == "--version") return ShowText{"pratique " PRATIQUE_VERSION "\n"};
  if (asks_for_help(words)) return ShowText{help_for(app, words)};
  check_verbs(app, words);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    throw base::ConfigError(fmt::format("{}; see pratique --help", base::escape_text(error.what())));
  }
  return chosen(app, std::move(parsed));
}

}  // namespace cli
