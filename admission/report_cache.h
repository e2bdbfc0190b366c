// The facts of the reports that decisions have asked for lately: many pods run few images. Thread-safe; bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "admission/kept_report.h"
#include "base/digest.h"
#include "base/guarded.h"

namespace admission {

class ReportCache {
 public:
  static constexpr std::size_t kReportsMax = 1024;

  // What is known of the manifest, or what `make` answers; null is not remembered. What `make` has read while the
  // report changed is answered and not remembered.
  [[nodiscard]] std::shared_ptr<const ReportFacts> of(const base::Digest& manifest,
                                                      const std::function<std::shared_ptr<const ReportFacts>()>& make);
  // After the report of this manifest, by its hex digits, has changed or gone.
  void forget(const std::string& hex);

 private:
  struct Known {
    std::unordered_map<std::string, std::shared_ptr<const ReportFacts>> reports;  // by hex digits
    std::uint64_t changes = 0;
  };
  base::Guarded<Known> known_;
};

}  // namespace admission
