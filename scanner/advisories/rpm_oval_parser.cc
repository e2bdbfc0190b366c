#include "scanner/advisories/rpm_oval_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kModule = "Module ";
constexpr std::string_view kIsEnabled = " is enabled";

struct Test {
  std::string object;
  std::string state;
};

// "9.3/CVSS:3.1/AV:N/..." -> the vector.
std::string vector_of(std::string_view score) {
  const std::size_t slash = score.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(score.substr(slash + 1));
}

std::string vector_of(const XmlAttributes& cve) {
  for (const char* name : {"cvss4", "cvss3", "cvss2"}) {
    if (!cve[name].empty()) return vector_of(cve[name]);
  }
  return std::string(cve["cvss_vector"]);
}

// "Module nodejs:18 is enabled"
void read_comment(RpmOvalDefinition& definition, std::string_view comment) {
  if (!comment.starts_with(kModule) || !comment.ends_with(kIsEnabled)) return;
  comment.remove_prefix(kModule.size());
  comment.remove_suffix(kIsEnabled.size());
  definition.module = comment;
}

}  // namespace

struct RpmOvalParser::State {
  explicit State(std::string path)
      : reader(std::move(path),
               {.on_start = [this](std::string_view name, const XmlAttributes& attributes,
                                   int depth) { start(name, attributes, depth); },
                .on_end = [this](std::string_view name, const std::string& text) { end(name, text); }}) {}

  XmlReader reader;
  std::vector<RpmOvalDefinition> definitions{};
  std::optional<RpmOvalDefinition> current{};
  std::string element_id{};  // of the test, object or state that is open
  std::unordered_map<std::string, Test> tests{};
  std::unordered_map<std::string, std::string> packages{};  // by object
  std::unordered_map<std::string, std::string> versions{};  // by state; those alone that are an upper bound
  bool is_upper_bound = false;
  std::string timestamp{};

  void start(std::string_view name, const XmlAttributes& attributes, int depth) {
    if (depth == 1 && name != "oval_definitions") return reader.fail("not an OVAL file");
    if (tests.size() + packages.size() + versions.size() + definitions.size() > kFilesMax) {
      return reader.fail(fmt::format("more than {} definitions and tests", kFilesMax));
    }
    if (name == "definition") current.emplace();
    if (current) return start_in_definition(name, attributes);
    if (name == "rpminfo_test" || name == "rpminfo_object" || name == "rpminfo_state") element_id = attributes["id"];
    if (element_id.empty()) return;
    if (name == "object") tests[element_id].object = attributes["object_ref"];
    if (name == "state") tests[element_id].state = attributes["state_ref"];
    if (name == "evr") is_upper_bound = attributes["operation"] == "less than";
  }

  void start_in_definition(std::string_view name, const XmlAttributes& attributes) {
    if (name == "reference" && attributes["source"] != "CVE" && current->id.empty()) {
      current->id = attributes["ref_id"];
      current->url = attributes["ref_url"];
    }
    if (name == "reference" && attributes["source"] == "CVE") add_issue(attributes["ref_id"]);
    if (name == "issued") current->issued = attributes["date"];
    if (name == "advisory" && current->platform.empty()) current->platform = attributes["from"];
    if (name == "cve") {
      pending_impact = attributes["impact"].empty() ? attributes["priority"] : attributes["impact"];
      pending_vector = vector_of(attributes);
    }
    if (name == "criterion") {
      current->tests.emplace_back(attributes["test_ref"]);
      read_comment(*current, attributes["comment"]);
    }
    if (current->tests.size() > kVersionsMax)
      reader.fail(fmt::format("a definition of more than {} tests", kVersionsMax));
  }

  RpmOvalIssue* add_issue(std::string_view cve) {
    const auto known = std::ranges::find(current->issues, cve, &RpmOvalIssue::cve);
    if (known != current->issues.end()) return &*known;
    if (cve.empty() || current->issues.size() == kAliasesMax) return nullptr;
    return &current->issues.emplace_back(RpmOvalIssue{.cve = std::string(cve), .impact = {}, .vector = {}});
  }

  void end(std::string_view name, const std::string& text) {
    if (name == "timestamp") timestamp = text;
    if (current) return end_in_definition(name, text);
    if (name == "name" && !element_id.empty()) packages.try_emplace(element_id, text);
    if (name == "evr" && is_upper_bound && !element_id.empty()) versions.try_emplace(element_id, text);
    if (name == "rpminfo_test" || name == "rpminfo_object" || name == "rpminfo_state") element_id.clear();
  }

  void end_in_definition(std::string_view name, const std::string& text) {
    if (name == "title") current->title = text;
    if (name == "platform") current->platform = text;
    if (name == "severity") current->severity = text;
    if (name == "cve") {
      if (RpmOvalIssue* const issue = add_issue(text))
        *issue = {.cve = text, .impact = pending_impact, .vector = pending_vector};
    }
    if (name == "definition") {
      current->line = reader.line();
      definitions.push_back(*std::exchange(current, std::nullopt));
    }
  }

 private:
  std::string pending_impact{};
  std::string pending_vector{};
};

RpmOvalParser::RpmOvalParser(std::string path) : state_(std::make_unique<State>(std::move(path))) {}

RpmOvalParser::~RpmOvalParser() = default;

void RpmOvalParser::parse(std::string_view bytes, XmlReader::Piece piece) {
  state_->reader.parse(bytes, piece);
}

const std::vector<RpmOvalDefinition>& RpmOvalParser::definitions() const {
  return state_->definitions;
}

std::vector<RpmOvalFix> RpmOvalParser::fixes_of(const RpmOvalDefinition& definition) const {
  std::map<std::string, std::string> fixes;
  for (const std::string& id : definition.tests) {
    const auto test = state_->tests.find(id);
    if (test == state_->tests.end()) continue;
    const auto package = state_->packages.find(test->second.object);
    const auto version = state_->versions.find(test->second.state);
    if (package == state_->packages.end() || version == state_->versions.end()) continue;
    fixes.try_emplace(package->second, version->second);
  }
  std::vector<RpmOvalFix> result;
  for (const auto& [package, version] : fixes) result.push_back({.package = package, .version = version});
  return result;
}

const std::string& RpmOvalParser::timestamp() const {
  return state_->timestamp;
}

}  // namespace scanner::advisories
