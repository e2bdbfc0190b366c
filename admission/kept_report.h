// An ImageReport as the webhook keeps it. There are as many as the cluster has images, so it holds what a decision
// needs and no more: its digest is the key it is kept under, and its findings are rows of the pool.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admission/row_pool.h"
#include "base/digest.h"
#include "policy/facts.h"

namespace admission {

// Immutable. Its findings live in the pool until it goes.
class KeptReport {
 public:
  // Of facts that are sorted by severity.
  KeptReport(const policy::ManifestFacts& facts, std::shared_ptr<RowPool> pool);

  // The facts of the manifest that it is kept for; the findings are borrowed from this report.
  [[nodiscard]] policy::ManifestFacts facts(const base::Digest& manifest) const;

 private:
  std::string platform_;
  std::string incomplete_because_;
  std::optional<std::int64_t> database_generation_;
  std::optional<policy::SeverityCounts> at_least_;
  bool complete_;
  std::int8_t coverage_;  // percent; negative: not known
  HeldRows rows_;
};
// Throws base::ParseError also where the digest does not fit the name.
[[nodiscard]] KeptReport decode_report(const nlohmann::json& object, const std::shared_ptr<RowPool>& pool);

// A report at a decision: what a policy judges, and what that is borrowed from.
struct ReportFacts {
  policy::ManifestFacts manifest;
  std::shared_ptr<const KeptReport> kept;  // null: the findings are nobody's, there are none
};

}  // namespace admission
