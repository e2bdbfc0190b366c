// Collects what could not be looked at while an image is read: equal warnings are counted, the number is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/report.h"

namespace scanner::layers {

class WarningList {
 public:
  explicit WarningList(std::size_t warnings_max) : warnings_max_(warnings_max) {}

  // `path` is escaped here. Warnings of the same reason and message become one that names the first path and counts.
  void add(std::string_view reason, std::string_view path, std::string_view message);
  // One that another list collected.
  void add(const ScanWarning& warning);

  [[nodiscard]] const std::vector<ScanWarning>& warnings() const { return warnings_; }

 private:
  std::size_t warnings_max_;
  std::vector<ScanWarning> warnings_;
};

}  // namespace scanner::layers
