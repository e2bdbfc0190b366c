// What of an image is worth keeping: the layers' view of the extractors behind them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/report.h"

namespace scanner::layers {

// Paths are normal: no leading or trailing slash, no ".", ".." or empty part. Called for every entry of every layer.
class Selection {
 public:
  virtual ~Selection() = default;

  // A bit for each extractor that wants this path; 0: nobody.
  [[nodiscard]] virtual std::uint64_t wanted_by(std::string_view path) const = 0;

  // Whether a file of this path may turn out to be wanted under another name: the package databases may be reached
  // through links to directories.
  [[nodiscard]] virtual bool may_be_wanted(std::string_view path) const = 0;

  // What a file tells those that want this path. What is wrong with the content is a warning, never an exception.
  [[nodiscard]] virtual Extraction read(std::string_view path, std::string_view content) const = 0;

  // The same of what was recognised in the content of a file at this path (content_recogniser.h names the kinds).
  [[nodiscard]] virtual Extraction read_content(std::string_view kind, std::string_view path,
                                                std::string_view content) const = 0;

  // A bit, as in wanted_by(), for each extractor that is asked by read_content().
  [[nodiscard]] virtual std::uint64_t readers_of(std::string_view kind) const = 0;
  // The names of the extractors of these bits.
  [[nodiscard]] virtual std::vector<std::string> names_of(std::uint64_t extractors) const = 0;

  // The text behind which a program of this path tells its version (program_text.h); empty: nothing is looked for.
  [[nodiscard]] virtual std::string text_mark(std::string_view path) const = 0;

  // What there is to be read at this path by nobody yet ("Nix database"); empty: nothing known. Lives for ever.
  [[nodiscard]] virtual std::string_view unsupported_kind(std::string_view path) const = 0;

  // Wanted paths that do not depend on the image ("var/lib/dpkg/status"): they are looked up through links at the end.
  [[nodiscard]] virtual std::span<const std::string_view> fixed_paths() const = 0;

  // The same for directories all of whose files are wanted ("var/lib/dpkg/status.d").
  [[nodiscard]] virtual std::span<const std::string_view> fixed_directories() const = 0;
};

}  // namespace scanner::layers
