// What a person asked for: one struct a verb, as arguments.h reads them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scanner/advisories/advisory.h"
#include "scanner/scanner.h"

namespace cli {

// Verbs but for `scan` write a table or JSON alone.
enum class OutputFormat { kTable, kJson, kCycloneDx, kSpdx, kSarif, kOpenVex, kCosignVuln };

// What a person says of registries that are not on the open network.
struct RegistryHosts {
  std::vector<std::string> plain_http{};  // "host:port" that is spoken to without TLS
  std::vector<std::string> local{};       // that may have a loopback or private address
};

// What --cache and --no-cache say.
struct CacheChoice {
  std::string directory{};  // empty: the user's own
  bool none = false;
};

// An image, and the database that it is looked up in.
struct ImageQuery {
  // "registry/name:tag", "name@sha256:...", "oci:DIR[:tag]", "docker-archive:FILE[:name:tag]", "sbom:FILE"
  std::string image;
  std::string database;       // a file
  std::string database_keys;  // a directory; empty: the keys made on this machine alone
  std::string platform;       // empty: this machine's
  RegistryHosts hosts;
  CacheChoice cache;  // of what layers hold
  scanner::ScanLimits limits{};
  scanner::worker::SandboxReport required_defences = scanner::worker::kAlwaysRequired;
  bool verify_diff_ids = false;  // as scanner::ScanSettings has it
  bool attached_sboms = false;
  std::vector<std::string> sbom_keys{};  // files with public keys; of whoever may sign attached SBOMs
};

struct ScanCommand {
  ImageQuery query;
  OutputFormat output = OutputFormat::kTable;
  std::optional<scanner::advisories::Severity> fail_on;
};

struct WhyCommand {
  ImageQuery query;
  std::string issue;  // any of its names: "CVE-2021-44228", "GHSA-..."
  OutputFormat output = OutputFormat::kTable;
};

struct DiffCommand {
  ImageQuery query;   // of the old image
  std::string newer;  // the new one, named as the old one is
  OutputFormat output = OutputFormat::kTable;
};

struct DatabaseKeygenCommand {
  std::string output;
};

struct DatabaseBuildCommand {
  std::vector<std::string> sources;     // "FORMAT:PATH", "FORMAT:https://..."
  std::string sources_file;             // with one a line; empty: none
  std::vector<std::string> plain_http;  // "host:port" of sources that are fetched without TLS
  std::string key;
  std::string output;
  CacheChoice cache;  // of feeds that were fetched, and of what feeds said
};

struct DatabaseInfoCommand {
  std::string file;
  OutputFormat output = OutputFormat::kTable;
};

struct DatabaseVerifyCommand {
  std::string file;
  std::string database_keys;
};

struct DatabasePushCommand {
  std::string file;
  std::string image;  // "registry/name:tag"
  RegistryHosts hosts;
};

struct DatabasePullCommand {
  std::string image;
  std::string output;
  std::string database_keys;
  RegistryHosts hosts;
};

struct PolicyTestCommand {
  std::vector<std::string> files;  // objects and scan results
  std::vector<std::string> scans;  // "IMAGE=FILE"
  std::string ns = "default";      // of what names none
  std::string user;                // who would ask; empty: nobody
  std::vector<std::string> groups;
  std::string at;  // RFC 3339; empty: now
};

struct ExplainCommand {
  std::string object;  // "pod/web"; may be empty
  std::vector<std::string> files;
  std::string ns;          // empty: the context's
  std::string kubeconfig;  // empty: as kubectl finds it
};

struct ReportCommand {
  std::string image;     // as a person names it, or a digest
  std::string platform;  // empty: the only one, or this machine's
  std::string ns;        // empty: the context's
  bool all_namespaces = false;
  std::string kubeconfig;  // empty: as kubectl finds it
  std::string server;      // of the report API: "http://127.0.0.1:8090"; empty: the cluster's objects are read
  OutputFormat output = OutputFormat::kTable;
  std::optional<scanner::advisories::Severity> fail_on;
};

// --help or --version: a text for standard output.
struct ShowText {
  std::string text;
};

using Command = std::variant<ShowText, ScanCommand, WhyCommand, DiffCommand, DatabaseKeygenCommand,
                             DatabaseBuildCommand, DatabaseInfoCommand, DatabaseVerifyCommand, DatabasePushCommand,
                             DatabasePullCommand, PolicyTestCommand, ExplainCommand, ReportCommand>;

}  // namespace cli
