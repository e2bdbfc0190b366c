// The only file that includes expat.
#include "scanner/advisories/oval_parser.h"

#include <expat.h>
#include <fmt/core.h>

#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kEarlierThan = " DPKG is earlier than ";

std::string_view local_name(std::string_view name) {
  return name.substr(name.rfind(':') + 1);
}

std::string attribute(const char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (name == attributes[0]) return attributes[1];
  }
  return {};
}

// "openssl DPKG is earlier than 3.0.9-1"
void read_criterion(OvalDefinition& definition, const std::string& comment) {
  const std::size_t at = comment.find(kEarlierThan);
  if (at == std::string::npos) return;
  definition.package = comment.substr(0, at);
  definition.fixed = comment.substr(at + kEarlierThan.size());
}

}  // namespace

// Receives expat's events. Nothing is thrown through the C library: an error is kept until it has returned.
struct OvalParser::State {
  std::string path;
  XML_Parser parser = XML_ParserCreate("UTF-8");
  std::vector<OvalDefinition> finished;
  std::optional<OvalDefinition> current;
  std::string text;
  std::string timestamp;
  std::string error;
  int depth = 0;

  ~State() { XML_ParserFree(parser); }

  [[nodiscard]] std::uint64_t line() const { return XML_GetCurrentLineNumber(parser); }

  void fail(const std::string& why) {
    if (error.empty()) error = fmt::format("reading {}:{}: {}", path, line(), why);
    XML_StopParser(parser, XML_FALSE);
  }

  void start(std::string_view name, const char** attributes) {
    if (++depth > kXmlDepthMax) return fail(fmt::format("elements deeper than {}", kXmlDepthMax));
    if (depth == 1 && name != "oval_definitions") return fail("not an OVAL file");
    text.clear();
    if (name == "definition") current.emplace();
    if (!current) return;
    if (name == "criterion") read_criterion(*current, attribute(attributes, "comment"));
    if (name == "date") current->date = attribute(attributes, "date");
    if (name == "reference" && attribute(attributes, "source") == "CVE" && current->cves.size() < kAliasesMax) {
      current->cves.push_back(attribute(attributes, "ref_id"));
    }
  }

  void end(std::string_view name) {
    --depth;
    if (name == "timestamp") timestamp = text;
    if (current && name == "title") current->title = text;
    if (current && name == "platform") current->platform = text;
    if (current && name == "description") current->description = text;
    if (current && name == "definition") {
      current->line = line();
      finished.push_back(*std::exchange(current, std::nullopt));
    }
    text.clear();
  }

  void characters(std::string_view more) {
    if (text.size() + more.size() <= kXmlTextBytesMax) text.append(more);
  }
};

OvalParser::OvalParser(std::string path) : state_(std::make_unique<State>()) {
  state_->path = std::move(path);
  CHECK(state_->parser != nullptr);
  XML_SetUserData(state_->parser, state_.get());
  XML_SetElementHandler(
      state_->parser,
      [](void* state, const char* name, const char** attributes) {
        static_cast<State*>(state)->start(local_name(name), attributes);
      },
      [](void* state, const char* name) { static_cast<State*>(state)->end(local_name(name)); });
  XML_SetCharacterDataHandler(state_->parser, [](void* state, const char* text, int size) {
    static_cast<State*>(state)->characters({text, static_cast<std::size_t>(size)});
  });
  // OVAL has none; without one there are no entities that grow.
  XML_SetStartDoctypeDeclHandler(state_->parser, [](void* state, const char*, const char*, const char*, int) {
    static_cast<State*>(state)->fail("a document type declaration");
  });
}

OvalParser::~OvalParser() = default;

std::vector<OvalDefinition> OvalParser::parse(std::string_view bytes, Piece piece) {
  const XML_Status status =
      XML_Parse(state_->parser, bytes.data(), static_cast<int>(bytes.size()), piece == Piece::kLast ? 1 : 0);
  if (!state_->error.empty()) throw base::ParseError(state_->error);
  if (status != XML_STATUS_OK) {
    throw base::ParseError(fmt::format("reading {}:{}: not XML: {}", state_->path, state_->line(),
                                       XML_ErrorString(XML_GetErrorCode(state_->parser))));
  }
  return std::exchange(state_->finished, {});
}

const std::string& OvalParser::timestamp() const {
  return state_->timestamp;
}

}  // namespace scanner::advisories
