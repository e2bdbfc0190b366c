// What a scanner can read of an image, as a number in `scannerVersion`: "0.1.0+1" is release 0.1.0 with extractors 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Rises by one with whatever lets the same image have other packages or warnings than before: a new extractor, another
// kind of file that is read, a corrected parser, another rule of merging layers. Who makes such a change raises it in
// the same commit; tests/scanner/inventory/inventory_test.cc reminds of it when an extractor comes or goes. The
// operator has what an older one read scanned again, so that a release that reads nothing new costs no registry a byte.
inline constexpr int kExtractorsVersion = 13;

// What a version reads otherwise than the one before it: the files of the extractors of these names
// (inventory::Extractor::name) alone, or, where it names none, any file. It names none where another set of files is
// read, where content is recognised otherwise, where layers merge otherwise, where something changed that extractors
// share, and where a hole in a parser was closed: what came out of the hole may have said anything.
struct ExtractorsChange {
  int version = 0;
  std::vector<std::string_view> extractors;
};
using ExtractorsHistory = std::vector<ExtractorsChange>;

// Up to kExtractorsVersion, the newest last, from the newest on that names no extractors or an older one: what is older
// is not comparable.
[[nodiscard]] const ExtractorsHistory& extractors_history();

// Of this build.
[[nodiscard]] std::string scanner_version();

// Of a `scannerVersion`; 0 where it tells none, as before there were numbers.
[[nodiscard]] int extractors_version(std::string_view scanner_version);

}  // namespace scanner
