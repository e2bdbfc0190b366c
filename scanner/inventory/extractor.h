// The interface of an ecosystem: which files it wants, and what they say. Extractors are pure: the core walks, bounds,
// captures and catches; an extractor only reads the bytes that it is given.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/report.h"

namespace scanner::inventory {

// A file of the merged image, links resolved. Views live as long as the call.
struct ImageFile {
  std::string_view path;     // "var/lib/dpkg/status", no leading slash
  std::string_view content;  // whole; files past the capture limit never arrive but make a warning
  std::string_view layer;    // digest of the layer that holds it
};

struct Extraction {
  std::vector<Package> packages;
  std::vector<ScanWarning> warnings;
};

class Extractor {
 public:
  virtual ~Extractor() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "dpkg"
  // Raised when the same bytes give other packages; part of every cache key.
  [[nodiscard]] virtual int version() const = 0;
  // Whether this path, as the tar names it or as a link leads to it, is to be captured. Called for every entry of every
  // layer: cheap, no allocation.
  [[nodiscard]] virtual bool wants(std::string_view path) const = 0;
  // Reads one captured file. Throws base::ParseError for a file that cannot be read at all, which becomes a warning
  // that makes the image incomplete; what can be read of a broken file is returned with a warning instead.
  [[nodiscard]] virtual Extraction extract(const ImageFile& file, const Distribution& distribution) const = 0;
};

// Every extractor, in the order of the list in all_extractors.cc.
[[nodiscard]] const std::vector<std::unique_ptr<Extractor>>& all_extractors();

// Whether the file at this path is to be captured: some extractor wants it, or it is an os-release file.
[[nodiscard]] bool wanted(std::string_view path);

// A file of the merged image that unsupported.h recognised.
struct UnsupportedFile {
  std::string_view path;
  std::string_view kind;  // "rpm database", "Go program"
};

// What the walk kept of a merged image: each file once, by its own path where that is wanted, else by that of the link
// which leads to it.
struct ImageContent {
  std::vector<ImageFile> files;
  std::vector<UnsupportedFile> unsupported;
  std::uint64_t elf_files = 0;
};

struct ImageInventory {
  Distribution distribution;
  std::vector<Package> packages;      // sorted; unique
  std::vector<ScanWarning> warnings;  // sorted
};

// Runs every extractor over what it wants. Catches what they throw (one of the five places that catch).
[[nodiscard]] ImageInventory extract_all(const ImageContent& content);

}  // namespace scanner::inventory
