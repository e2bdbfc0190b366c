// What every extractor does with texts from a package database: it accepts names and versions that can be one, and
// counts what it could not read, one warning a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scanner/report.h"

namespace scanner::inventory {

// Printable ASCII without blanks, neither empty nor longer than kNameBytesMax or kVersionBytesMax.
[[nodiscard]] bool is_name(std::string_view text);
[[nodiscard]] bool is_version(std::string_view text);

// A part of one file that could not be read: counted, with the first one's place and reason told.
class BrokenParts {
 public:
  // `where`: "line 12". Texts may come from the file: they are escaped.
  void add(const std::string& where, std::string_view what);

  // A package past kPackagesMax, which an image may have at most.
  void leave_out(std::size_t packages = 1) { left_out_ += packages; }

  // Reads one part of the file; what it throws costs that part. `unit` and `number` name it: "page", 12.
  template <typename Step>
  void attempt(std::string_view unit, std::uint64_t number, Step step) {
    try {
      step();
    } catch (const base::Error& error) {
      add(std::string(unit) + " " + std::to_string(number), error.what());
    }
  }

  // Warnings that make the image incomplete: one of what could not be read and one of what is past the limit, if there
  // was anything.
  void append_to(std::vector<ScanWarning>& warnings, std::string_view path) const;

 private:
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
  std::string first_;
};

}  // namespace scanner::inventory
