// XML as a stream of elements, bounded in depth and text. Documents with a type declaration are refused: without one
// there are no entities that grow.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace scanner::advisories {

// Of the element that starts; lives as long as the call.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  // Empty where there is none.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;

 private:
  const char** pairs_;
};

struct XmlEvents {
  // Names are without their prefix. `depth` of the root is 1.
  std::function<void(std::string_view name, const XmlAttributes& attributes, int depth)> on_start;
  // `text` is what stood directly before the end, in that element.
  std::function<void(std::string_view name, const std::string& text)> on_end;
};

// Not thread-safe.
class XmlReader {
 public:
  XmlReader(std::string path, XmlEvents events);  // the path is for errors
  ~XmlReader();

  enum class Piece { kMore, kLast };
  // Throws base::ParseError that names the line: not XML, what fail() was called with, a document type declaration,
  // elements too deep.
  void parse(std::string_view bytes, Piece piece);

  // Called by an event to refuse the document; parse() throws it.
  void fail(const std::string& why);
  // Where the reader is.
  [[nodiscard]] std::uint64_t line() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
