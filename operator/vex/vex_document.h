// What somebody says about vulnerabilities in products: OpenVEX 0.2.0 (https://github.com/openvex/spec), the VEX
// profile of CSAF 2.0 (OASIS) and the vulnerabilities of CycloneDX 1.4 to 1.6, read into one form. Pure; hostile input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crds/vex_source.h"

namespace pratique_operator::vex {

inline constexpr std::size_t kDocumentBytesMax = 16 << 20;
inline constexpr std::size_t kStatementsMax = 20'000;  // of one vulnerability in one product

enum class Status { kAffected, kUnderInvestigation, kNotAffected, kFixed };

// An image, packages, or packages of an image.
struct Product {
  std::string repository;  // glob on "host/path"; empty: any
  std::string digest;      // of an index or platform manifest; empty: any
  std::string package;     // canonical purl without qualifiers; empty: the whole image
  auto operator<=>(const Product&) const = default;
};

// One vulnerability in one product.
struct Statement {
  std::vector<std::string> names;  // of the vulnerability; the first is the one it is called by here
  Product product;
  Status status = Status::kAffected;
  std::string justification;  // of kNotAffected: one of OpenVEX' words; empty: not told
  std::string impact;         // in words; may be empty
  bool operator==(const Statement&) const = default;
};

struct Document {
  std::string author;
  std::string updated;  // as the document says
  std::vector<Statement> statements;
  std::size_t not_understood = 0;  // products that are no purl, and statements without what they need
};

// Of statements about the same vulnerability (by any of its names) and product the last one counts; the others are
// left out, and so is one that clears a product of which a later one calls a part affected. Throws base::ParseError for what is no document of the format, base::LimitExceeded.
[[nodiscard]] Document read_document(crds::VexFormat format, std::string_view text);

}  // namespace pratique_operator::vex
