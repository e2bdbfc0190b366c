// OVAL's patch definitions: a definition names tests, a test an object (a package, or a variable that lists some) and a
// state (a version that it must be below), each elsewhere in the document.
// https://oval.mitre.org/language/version5.10/ and https://www.redhat.com/security/data/oval/v2/
// Azure Linux's definitions of vulnerabilities have the same form, with lower bounds and last affected versions beside
// fixes: https://github.com/microsoft/AzureLinuxVulnerabilityData
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/xml_reader.h"

namespace scanner::advisories {

// An issue that a notice is about.
struct PatchOvalIssue {
  std::string cve;
  std::string impact;                // "moderate"; empty: not told
  std::vector<std::string> vectors;  // CVSS, the newest version first
};

// One of a definition's criteria: a test, and the products of which it asks it.
struct PatchOvalCriterion {
  std::vector<std::string> platforms;  // "SUSE Linux Enterprise Server 15 SP4"; empty: those of the definition
  std::string test;                    // id
  std::string fixed;                   // the version that its comment names, of Rocky Linux alone; empty: the test's
};

// One <definition>: a notice, with the packages that it mended.
struct PatchOvalDefinition {
  std::uint64_t line = 0;  // where it ends
  std::string id;          // "RHSA-2022:5749"
  std::string title;       // "RHSA-2022:5749: .NET 6.0 bugfix update (Moderate)"
  std::string severity;    // "Moderate"
  std::string issued;      // "2022-07-28"
  std::string platform;    // "Red Hat Enterprise Linux 9", or a CPE, or what the document is about
  // CPEs of the releases that it is about, one of each, where what Red Hat keeps up beside or after its newest release
  // is among them (redhat_products.h): its platform is called as the newest one's.
  std::vector<std::string> streams;
  bool is_applicable = true;  // false: it was taken back (Azure Linux)
  std::string url;
  std::string description;
  std::vector<PatchOvalIssue> issues;
  bool is_in_words = false;  // its issues stand in the description alone (Rocky Linux)
  std::string module;        // "nodejs:18"; empty: none is asked for
  std::vector<PatchOvalCriterion> criteria;
};

// A package of one product and the versions that are affected: those below `fixed`, or up to `last_affected`, and from
// `introduced` on where there is one.
struct PatchOvalFix {
  std::string platform;
  std::string package;
  std::string fixed;
  std::string introduced = {};
  std::string last_affected = {};
};

// Takes a document in pieces; answers when it has ended. Holds all definitions and tests, some hundred bytes each. Not
// thread-safe.
class PatchOvalParser {
 public:
  explicit PatchOvalParser(std::string path);  // for errors
  ~PatchOvalParser();

  // Throws base::ParseError that names the line (see XmlReader), base::LimitExceeded.
  void parse(std::string_view bytes, XmlReader::Piece piece);

  [[nodiscard]] const std::vector<PatchOvalDefinition>& definitions() const;
  // Each package of a product once, or once for each of Oracle's builds of it (oracle_build.h), sorted; tests that are
  // about something else (a signature, a release) tell none.
  [[nodiscard]] std::vector<PatchOvalFix> fixes_of(const PatchOvalDefinition& definition) const;
  // Whether several notices ask one test about a package, and none of them names a version itself: as Rocky's files of
  // 2024 do. The test has the version of the last of them.
  [[nodiscard]] bool shares_tests() const;
  [[nodiscard]] const std::string& timestamp() const;  // empty: the document does not say

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
