// The interface of an ecosystem: which files it wants, and what they say. Extractors are pure: the core walks, bounds,
// captures and catches; an extractor only reads the bytes that it is given. A file is read when it ends, and only what
// it told is kept: memory does not grow with the files. docs/add-an-ecosystem.md goes through it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/inventory/limits.h"
#include "scanner/report.h"

namespace scanner::inventory {

// A file of an image. Views live as long as the call.
struct ImageFile {
  std::string_view path;     // "var/lib/dpkg/status", no leading slash; that of a link where only the link is wanted
  std::string_view content;  // whole; files past the capture limit never arrive but make a warning
  ArchiveLimits archives = {};
};

class Extractor {
 public:
  virtual ~Extractor() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "dpkg"
  // Raised when the same bytes give other packages; part of every cache key.
  [[nodiscard]] virtual int version() const = 0;
  // Whether this path, as the tar names it or as a link leads to it, is to be captured. Called for many entries of
  // every layer: cheap, no allocation.
  [[nodiscard]] virtual bool wants(std::string_view path) const = 0;
  // What every path that it wants ends with: one of these. It is asked about no other. Empty: wanted paths may end with
  // anything. Views live for ever.
  [[nodiscard]] virtual std::vector<std::string_view> endings() const { return {}; }
  // Reads one captured file. Throws base::ParseError for a file that cannot be read at all and base::LimitExceeded for
  // one that would cost too much, which become warnings that make the image incomplete; what can be read of a broken
  // file is returned with a warning instead.
  [[nodiscard]] virtual Extraction extract(const ImageFile& file) const = 0;

  // The kind of content that it reads wherever that lies, as the layers recognise it ("Go build information"); empty:
  // it reads files by their paths alone. Lives for ever.
  [[nodiscard]] virtual std::string_view content_kind() const { return {}; }

  // Wanted paths that are the same in every image: they are looked up through links to files and directories, too.
  // Views live for ever.
  [[nodiscard]] virtual std::span<const std::string_view> fixed_paths() const { return {}; }
  // The same for directories all of whose files are wanted.
  [[nodiscard]] virtual std::span<const std::string_view> fixed_directories() const { return {}; }

  // A wanted path for each form of file that it reads, for those who try what it makes of any bytes. Empty: it reads
  // content alone. Views live for ever.
  [[nodiscard]] virtual std::vector<std::string_view> example_paths() const { return {}; }
};

// Every extractor, in the order of the list in all_extractors.cc.
[[nodiscard]] const std::vector<std::unique_ptr<Extractor>>& all_extractors();

// What a file tells all the extractors that want it. Catches what they throw (one of the five places that catch): a bad
// file costs itself and a warning.
[[nodiscard]] Extraction read_file(const ImageFile& file);
// The same of what was recognised in a file's content; the path is the file's.
[[nodiscard]] Extraction read_content(std::string_view kind, const ImageFile& file);

// A file of the merged image that was read.
struct ReadFile {
  std::string_view path;         // by which it is wanted: its own, or that of a link that leads to it
  std::string_view layer;        // digest of the layer that holds it
  const Extraction* extraction;  // never null
};

// A file of the merged image that unsupported.h recognised.
struct UnsupportedFile {
  std::string_view path;
  std::string_view kind;  // "rpm database", "Go program"
};

// An ELF file of the merged image.
struct ProgramFile {
  std::string_view path;
  std::uint64_t bytes = 0;
  bool is_told = false;  // its content told packages
};

// What the walk kept of a merged image: each file once, by its own path where that is wanted, else by that of the link
// which leads to it. Borrows.
struct ImageContent {
  std::vector<ReadFile> files;
  std::vector<UnsupportedFile> unsupported;
  std::vector<ProgramFile> programs = {};
};

struct ImageInventory {
  Distribution distribution;
  std::vector<Package> packages;      // sorted; unique
  std::vector<ScanWarning> warnings;  // sorted
  ProgramCoverage programs;
};

// Puts together what the files told: where each package lies, whose distribution it is, what nobody could read.
[[nodiscard]] ImageInventory inventory_of(const ImageContent& content);

}  // namespace scanner::inventory
