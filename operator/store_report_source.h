// The report API's documents, from the watches' stores.
#pragma once

#include "operator/report_api/report_documents.h"
#include "operator/watches.h"

namespace pratique_operator {

class StoreReportSource final : public report_api::ReportSource {
 public:
  explicit StoreReportSource(const Watches& watches) : watches_(watches) {}  // borrowed

  [[nodiscard]] std::vector<std::shared_ptr<const crds::ImageReport>> list(const std::string& after,
                                                                           std::size_t limit) const override;
  [[nodiscard]] std::shared_ptr<const crds::ImageReport> get(const std::string& name) const override;
  [[nodiscard]] std::vector<std::string> references(const std::string& digest) const override;
  [[nodiscard]] std::vector<report_api::ImageUser> users(const std::string& digest) const override;

 private:
  const Watches& watches_;
};

}  // namespace pratique_operator
