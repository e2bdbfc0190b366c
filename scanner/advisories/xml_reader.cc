// The only file that includes expat.
#include "scanner/advisories/xml_reader.h"

#include <expat.h>
#include <fmt/core.h>

#include <utility>

#include "base/error.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

std::string_view local_name(std::string_view name) {
  return name.substr(name.rfind(':') + 1);
}

}  // namespace

std::string_view XmlAttributes::operator[](std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (name == pair[0]) return pair[1];
  }
  return {};
}

// Receives expat's events. Nothing is thrown through the C library: an error is kept until it has returned.
struct XmlReader::State {
  std::string path;
  XmlEvents events;
  XML_Parser parser = XML_ParserCreate("UTF-8");
  std::string text;
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
    text.clear();
    events.on_start(name, XmlAttributes(attributes), depth);
  }

  void end(std::string_view name) {
    --depth;
    events.on_end(name, text);
    text.clear();
  }

  void characters(std::string_view more) {
    if (text.size() + more.size() <= kXmlTextBytesMax) text.append(more);
  }
};

XmlReader::XmlReader(std::string path, XmlEvents events) : state_(std::make_unique<State>()) {
  state_->path = std::move(path);
  state_->events = std::move(events);
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
  XML_SetStartDoctypeDeclHandler(state_->parser, [](void* state, const char*, const char*, const char*, int) {
    static_cast<State*>(state)->fail("a document type declaration");
  });
}

XmlReader::~XmlReader() = default;

void XmlReader::parse(std::string_view bytes, Piece piece) {
  const XML_Status status =
      XML_Parse(state_->parser, bytes.data(), static_cast<int>(bytes.size()), piece == Piece::kLast ? 1 : 0);
  if (!state_->error.empty()) throw base::ParseError(state_->error);
  if (status != XML_STATUS_OK) {
    throw base::ParseError(fmt::format("reading {}:{}: not XML: {}", state_->path, state_->line(),
                                       XML_ErrorString(XML_GetErrorCode(state_->parser))));
  }
}

void XmlReader::fail(const std::string& why) {
  state_->fail(why);
}

std::uint64_t XmlReader::line() const {
  return state_->line();
}

}  // namespace scanner::advisories
