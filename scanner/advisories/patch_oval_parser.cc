#include "scanner/advisories/patch_oval_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/issue_names.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/notice_text.h"
#include "scanner/advisories/oracle_build.h"
#include "scanner/advisories/redhat_products.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kModule = "Module ";
constexpr std::string_view kIsEnabled = " is enabled";
constexpr std::string_view kCheckThat = "Check that ";

// Before the id of a variable that lists packages, where a package's name would stand.
constexpr std::string_view kVariable = "var:";

struct Test {
  std::string object;
  std::string state;
};

// What a state says of a version.
struct Bound {
  std::string operation;
  std::string version;
};
constexpr std::string_view kLessThan = "less than";
constexpr std::string_view kLessThanOrEqual = "less than or equal";
constexpr std::string_view kGreaterThan = "greater than";

bool is_bound(std::string_view operation) {
  return operation == kLessThan || operation == kLessThanOrEqual || operation == kGreaterThan;
}

// Azure Linux's files say nothing of the release but in versions: "0:2.4.9-1.azl3", "0:0.112-32.cm2" of CBL-Mariner.
bool is_azure(std::string_view platform) {
  return platform.starts_with("Azure Linux") || platform.starts_with("CBL-Mariner");
}

std::string azure_release(const PatchOvalFix& fix) {
  const std::string& version = fix.fixed.empty() ? fix.last_affected : fix.fixed;
  for (const std::string_view tag : {".azl", ".cm"}) {
    const std::size_t at = version.rfind(tag);
    if (at == std::string::npos) continue;
    const std::string_view number = std::string_view(version).substr(at + tag.size());
    return "Azure Linux " + std::string(number.substr(0, number.find_first_not_of("0123456789")));
  }
  return fix.platform;
}

// Other vendors' bounds of other kinds are tests of what is installed beside the package.
void add_bound(PatchOvalFix& fix, const Bound& bound) {
  std::string& place = bound.operation == kLessThan      ? fix.fixed
                       : bound.operation == kGreaterThan ? fix.introduced
                                                         : fix.last_affected;
  if (place.empty()) place = bound.version;
}

// Tests, objects, states and variables are read of these kinds alone: packages and their versions.
constexpr std::array<std::string_view, 7> kRead = {"rpminfo_test",     "rpminfo_object",  "rpminfo_state",
                                                   "dpkginfo_test",    "dpkginfo_object", "dpkginfo_state",
                                                   "constant_variable"};

bool is_read(std::string_view name) {
  return std::ranges::find(kRead, name) != kRead.end();
}

// "9.3/CVSS:3.1/AV:N/..." -> the vector.
std::string vector_of(std::string_view score) {
  const std::size_t slash = score.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(score.substr(slash + 1));
}

std::vector<std::string> vectors_of(const XmlAttributes& cve) {
  std::vector<std::string> vectors;
  for (const char* name : {"cvss4", "cvss3", "cvss2"}) vectors.push_back(vector_of(cve[name]));
  vectors.emplace_back(cve["cvss_vector"]);
  std::erase_if(vectors, [](const std::string& vector) { return vector.empty() || vector.size() > kVectorBytesMax; });
  return vectors;
}

// "Module nodejs:18 is enabled"
void read_comment(PatchOvalDefinition& definition, std::string_view comment) {
  if (!comment.starts_with(kModule) || !comment.ends_with(kIsEnabled)) return;
  comment.remove_prefix(kModule.size());
  comment.remove_suffix(kIsEnabled.size());
  definition.module = comment;
}

// "gzip is earlier than 0:1.10-9.el9_0" -> "0:1.10-9.el9_0"; empty: it names none.
std::string version_in(std::string_view comment) {
  constexpr std::string_view kIsEarlier = " is earlier than ";
  const std::size_t at = comment.find(kIsEarlier);
  return at == std::string_view::npos ? std::string() : std::string(comment.substr(at + kIsEarlier.size()));
}

// One <criteria> that is open.
struct Criteria {
  std::vector<std::string> platforms{};  // of which it asks that one is installed
  bool has_tests = false;                // of packages
};

// "Photon OS 3 is installed" -> "Photon OS 3"; empty where a package is asked for.
std::string_view platform_of(std::string_view comment) {
  constexpr std::string_view kIsInstalled = " is installed";
  if (!comment.ends_with(kIsInstalled)) return {};
  comment.remove_suffix(kIsInstalled.size());
  return release_named(comment) ? comment : std::string_view{};
}

// Releases by their CPEs, one name of each release.
constexpr std::size_t kStreamsMax = 64;  // (6)
void add_stream(std::vector<std::string>& streams, const std::string& cpe) {
  const std::optional<NamedRelease> release = release_named(cpe);
  if (!release || streams.size() == kStreamsMax) return;
  const bool is_known = std::ranges::any_of(streams, [&release](const std::string& stream) {
    return release_named(stream)->ecosystem == release->ecosystem;
  });
  if (!is_known) streams.push_back(cpe);
}

bool is_of_stream(const std::string& cpe) {
  return is_redhat_stream(release_named(cpe)->ecosystem);
}

// Rocky Linux has no elements for issues, and asks for no module.
bool tells_in_words(const PatchOvalDefinition& definition) {
  if (!definition.issues.empty()) return false;
  const std::optional<NamedRelease> release = release_named(definition.platform);
  return release && release->source == "rocky";
}

// Empty: none is named.
std::string_view cve_in(std::string_view text) {
  const std::vector<std::string_view> cves = cves_in(text);
  return cves.empty() ? std::string_view{} : cves.back();
}

std::vector<std::string> platforms_of(const PatchOvalDefinition& definition, const PatchOvalCriterion& criterion) {
  if (!definition.streams.empty()) return definition.streams;
  return criterion.platforms.empty() ? std::vector<std::string>{definition.platform} : criterion.platforms;
}

}  // namespace

struct PatchOvalParser::State {
  explicit State(std::string path)
      : reader(std::move(path),
               {.on_start = [this](std::string_view name, const XmlAttributes& attributes,
                                   int depth) { start(name, attributes, depth); },
                .on_end = [this](std::string_view name, const std::string& text) { end(name, text); }}) {}

  XmlReader reader;
  std::vector<PatchOvalDefinition> definitions{};
  std::optional<PatchOvalDefinition> current{};
  std::vector<Criteria> criteria{};  // those that are open, outermost first
  std::string element_id{};          // of the test, object or state that is open
  std::unordered_map<std::string, Test> tests{};
  std::unordered_map<std::string, std::string> packages{};  // by object; with "var:" before it, a variable's id
  std::unordered_map<std::string, std::vector<std::string>> variables{};
  std::string about{};                              // the release that the document is about, where it says so once
  std::size_t names = 0;                            // in variables
  std::unordered_map<std::string, Bound> bounds{};  // by state
  std::string operation{};                          // of the <evr> that is open; empty: none that is read
  std::string timestamp{};

  void start(std::string_view name, const XmlAttributes& attributes, int depth) {
    if (depth == 1 && name != "oval_definitions") return reader.fail("not an OVAL file");
    if (tests.size() + packages.size() + bounds.size() + definitions.size() + names > kFilesMax) {
      return reader.fail(fmt::format("more than {} definitions and tests", kFilesMax));
    }
    if (name == "definition") {
      current.emplace();
      is_about = attributes["class"] == "inventory";
    }
    if (current) return start_in_definition(name, attributes);
    if (is_read(name)) element_id = attributes["id"];
    if (element_id.empty()) return;
    if (name == "object") tests[element_id].object = attributes["object_ref"];
    if (name == "state") tests[element_id].state = attributes["state_ref"];
    if (name == "name" && !attributes["var_ref"].empty()) {
      packages.try_emplace(element_id, std::string(kVariable) + std::string(attributes["var_ref"]));
    }
    if (name == "evr") operation = is_bound(attributes["operation"]) ? attributes["operation"] : std::string_view{};
  }

  void start_in_definition(std::string_view name, const XmlAttributes& attributes) {
    if (name == "reference" && attributes["source"] != "CVE" && current->id.empty()) {
      current->id = attributes["ref_id"];
      current->url = attributes["ref_url"];
    }
    if (name == "reference" && attributes["source"] == "CVE") add_issue(cve_in(attributes["ref_id"]));
    if (name == "issued") current->issued = attributes["date"];
    if (name == "advisory" && current->platform.empty() && attributes["from"].starts_with("cpe:")) {
      current->platform = attributes["from"];
    }
    if (name == "cve") {
      pending_impact = attributes["impact"].empty() ? attributes["priority"] : attributes["impact"];
      pending_vectors = vectors_of(attributes);
    }
    if (name == "criteria") criteria.emplace_back();
    if (name == "criterion") add_criterion(attributes["comment"], attributes["test_ref"]);
    if (current->criteria.size() > kVersionsMax)
      reader.fail(fmt::format("a definition of more than {} tests", kVersionsMax));
  }

  // What a test is asked of is told by the comments before it: in the same criteria, or in those around.
  void add_criterion(std::string_view comment, std::string_view test) {
    read_comment(*current, comment);
    if (criteria.empty()) return;
    if (const std::string_view platform = platform_of(comment); !platform.empty()) {
      criteria.back().platforms.emplace_back(platform);
      return;
    }
    std::string fixed;
    if (tells_in_words(*current)) {
      // One test stands for the version and for the signature, of all notices about a package.
      fixed = version_in(comment);
      if (fixed.empty() && !comment.empty()) return;
    }
    criteria.back().has_tests = true;
    const auto with_platform =
        std::find_if(criteria.rbegin(), criteria.rend(), [](const Criteria& one) { return !one.platforms.empty(); });
    current->criteria.push_back(
        {.platforms = with_platform == criteria.rend() ? std::vector<std::string>{} : with_platform->platforms,
         .test = std::string(test),
         .fixed = std::move(fixed)});
  }

  // Criteria that only say which products is meant say it for those around them.
  void end_criteria() {
    if (criteria.empty()) return;
    const Criteria ended = std::move(criteria.back());
    criteria.pop_back();
    if (criteria.empty()) return;
    if (ended.has_tests) {
      criteria.back().has_tests = true;
    } else {
      std::ranges::copy(ended.platforms, std::back_inserter(criteria.back().platforms));
    }
  }

  PatchOvalIssue* add_issue(std::string_view cve) {
    const auto known = std::ranges::find(current->issues, cve, &PatchOvalIssue::cve);
    if (known != current->issues.end()) return &*known;
    if (cve.empty() || current->issues.size() == kAliasesMax) return nullptr;
    return &current->issues.emplace_back(PatchOvalIssue{.cve = std::string(cve), .impact = {}, .vectors = {}});
  }

  void end(std::string_view name, const std::string& text) {
    if (name == "timestamp") timestamp = text;
    if (current) return end_in_definition(name, text);
    if (name == "name" && !element_id.empty()) packages.try_emplace(element_id, text);
    if (name == "value" && !element_id.empty()) {
      variables[element_id].push_back(text);
      ++names;
    }
    if (name == "evr" && !operation.empty() && !element_id.empty())
      bounds.try_emplace(element_id, Bound{.operation = operation, .version = text});
    if (is_read(name)) element_id.clear();
  }

  void end_in_definition(std::string_view name, const std::string& text) {
    if (name == "title") current->title = text;
    if (name == "platform") current->platform = text;
    if (name == "description") current->description = text;
    if (name == "severity") current->severity = text;
    if (name == "patchable") current->is_applicable = text != "Not Applicable";
    if (name == "advisory_date") current->issued = text;
    if (name == "cve") {
      PatchOvalIssue* const issue = add_issue(cve_in(text));
      if (issue != nullptr) *issue = {.cve = issue->cve, .impact = pending_impact, .vectors = pending_vectors};
    }
    if (name == "cpe") add_stream(current->streams, text);
    if (name == "criteria") end_criteria();
    if (name == "definition" && is_about) {
      if (current->title.starts_with(kCheckThat)) about = current->title.substr(kCheckThat.size());
      current.reset();
    } else if (name == "definition") {
      end_definition();
      definitions.push_back(*std::exchange(current, std::nullopt));
    }
  }

  void end_definition() {
    if (current->platform.empty()) current->platform = about;
    current->line = reader.line();
    if (std::ranges::none_of(current->streams, is_of_stream)) current->streams.clear();
    current->is_in_words = tells_in_words(*current);
    if (!current->is_in_words) return;
    for (const std::string_view cve : cves_told_in(current->description)) add_issue(cve);
    current->module = stream_of_title(current->title);
  }

  // What the test asks of a version; nullopt: it is about something else.
  [[nodiscard]] std::optional<Bound> bound_of(const std::string& test) const {
    const auto found = tests.find(test);
    if (found == tests.end()) return std::nullopt;
    const auto bound = bounds.find(found->second.state);
    return bound == bounds.end() ? std::nullopt : std::optional(bound->second);
  }

  // The packages of an object: one, or those of a variable.
  [[nodiscard]] std::vector<std::string> packages_of(const std::string& object) const {
    const auto found = packages.find(object);
    if (found == packages.end()) return {};
    if (!found->second.starts_with(kVariable)) return {found->second};
    const auto list = variables.find(found->second.substr(kVariable.size()));
    return list == variables.end() ? std::vector<std::string>() : list->second;
  }

 private:
  bool is_about = false;  // the definition that is open says whom the document is about
  std::string pending_impact{};
  std::vector<std::string> pending_vectors{};
};

PatchOvalParser::PatchOvalParser(std::string path) : state_(std::make_unique<State>(std::move(path))) {}

PatchOvalParser::~PatchOvalParser() = default;

void PatchOvalParser::parse(std::string_view bytes, XmlReader::Piece piece) {
  state_->reader.parse(bytes, piece);
}

const std::vector<PatchOvalDefinition>& PatchOvalParser::definitions() const {
  return state_->definitions;
}

std::vector<PatchOvalFix> PatchOvalParser::fixes_of(const PatchOvalDefinition& definition) const {
  const bool has_ranges = is_azure(definition.platform);
  std::map<std::tuple<std::string, std::string, OracleBuild>, PatchOvalFix> fixes;
  for (const PatchOvalCriterion& criterion : definition.criteria) {
    std::optional<Bound> bound = state_->bound_of(criterion.test);
    if (!bound || !(has_ranges || bound->operation == kLessThan)) continue;
    if (!criterion.fixed.empty()) bound->version = criterion.fixed;
    for (const std::string& platform : platforms_of(definition, criterion)) {
      for (const std::string& package : state_->packages_of(state_->tests.at(criterion.test).object))
        add_bound(fixes[{platform, package, oracle_build_of(bound->version)}], *bound);
    }
  }
  std::vector<PatchOvalFix> result;
  for (auto& [place, fix] : fixes) {
    std::tie(fix.platform, fix.package, std::ignore) = place;
    if (has_ranges) fix.platform = azure_release(fix);
    result.push_back(std::move(fix));
  }
  return result;
}

bool PatchOvalParser::shares_tests() const {
  std::unordered_map<std::string_view, const PatchOvalDefinition*> askers;
  for (const PatchOvalDefinition& definition : state_->definitions) {
    if (!definition.is_in_words) continue;
    for (const PatchOvalCriterion& criterion : definition.criteria) {
      if (!criterion.fixed.empty() || !state_->bound_of(criterion.test)) continue;
      if (askers.try_emplace(criterion.test, &definition).first->second != &definition) return true;
    }
  }
  return false;
}

const std::string& PatchOvalParser::timestamp() const {
  return state_->timestamp;
}

}  // namespace scanner::advisories
