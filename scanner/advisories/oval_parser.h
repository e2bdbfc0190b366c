// The part of Debian's OVAL that Pratique reads, from a stream of bytes. https://www.debian.org/security/oval/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/xml_reader.h"

namespace scanner::advisories {

// One <definition>: an issue of one source package.
struct OvalDefinition {
  std::uint64_t line = 0;  // where it ends
  std::string title;       // "CVE-2023-0464 openssl"
  std::string platform;    // "Debian GNU/Linux 12"
  std::string description;
  std::string date;  // of the notice; empty for most
  std::vector<std::string> cves;
  std::string package;               // of the criterion "openssl DPKG is earlier than 3.0.9-1"
  std::optional<std::string> fixed;  // of the same; "0": no fix
};

// Not thread-safe.
class OvalParser {
 public:
  explicit OvalParser(std::string path);  // for errors
  ~OvalParser();

  using Piece = XmlReader::Piece;
  // The definitions that end in these bytes. Throws base::ParseError that names the line: not XML, not OVAL, a document
  // type declaration, elements too deep.
  [[nodiscard]] std::vector<OvalDefinition> parse(std::string_view bytes, Piece piece);
  // When the file was made; empty until it was read, or when it does not say.
  [[nodiscard]] const std::string& timestamp() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
