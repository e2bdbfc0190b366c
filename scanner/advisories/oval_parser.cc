#include "scanner/advisories/oval_parser.h"

#include <utility>

#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kEarlierThan = " DPKG is earlier than ";

// "openssl DPKG is earlier than 3.0.9-1"
void read_criterion(OvalDefinition& definition, std::string_view comment) {
  const std::size_t at = comment.find(kEarlierThan);
  if (at == std::string::npos) return;
  definition.package = comment.substr(0, at);
  definition.fixed = comment.substr(at + kEarlierThan.size());
}

}  // namespace

struct OvalParser::State {
  explicit State(std::string path)
      : reader(std::move(path),
               {.on_start = [this](std::string_view name, const XmlAttributes& attributes,
                                   int depth) { start(name, attributes, depth); },
                .on_end = [this](std::string_view name, const std::string& text) { end(name, text); }}) {}

  XmlReader reader;
  std::vector<OvalDefinition> finished{};
  std::optional<OvalDefinition> current{};
  std::string timestamp{};

  void start(std::string_view name, const XmlAttributes& attributes, int depth) {
    if (depth == 1 && name != "oval_definitions") return reader.fail("not an OVAL file");
    if (name == "definition") current.emplace();
    if (!current) return;
    if (name == "criterion") read_criterion(*current, attributes["comment"]);
    if (name == "date") current->date = attributes["date"];
    if (name == "reference" && attributes["source"] == "CVE" && current->cves.size() < kAliasesMax) {
      current->cves.emplace_back(attributes["ref_id"]);
    }
  }

  void end(std::string_view name, const std::string& text) {
    if (name == "timestamp") timestamp = text;
    if (current && name == "title") current->title = text;
    if (current && name == "platform") current->platform = text;
    if (current && name == "description") current->description = text;
    if (current && name == "definition") {
      current->line = reader.line();
      finished.push_back(*std::exchange(current, std::nullopt));
    }
  }
};

OvalParser::OvalParser(std::string path) : state_(std::make_unique<State>(std::move(path))) {}

OvalParser::~OvalParser() = default;

std::vector<OvalDefinition> OvalParser::parse(std::string_view bytes, Piece piece) {
  state_->reader.parse(bytes, piece);
  return std::exchange(state_->finished, {});
}

const std::string& OvalParser::timestamp() const {
  return state_->timestamp;
}

}  // namespace scanner::advisories
