// ImageReports made of inventories and matches, and read back. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crds/image_report.h"
#include "crds/report_rows.h"
#include "operator/reconcilers/image_scan_status.h"
#include "scanner/matching/matcher.h"
#include "scanner/report.h"

namespace pratique_operator::reconcilers {

// What an inventory was matched with; absent where there is no database: such a report is unscanned.
struct Matched {
  std::uint64_t generation = 0;
  scanner::matching::MatchResult result{};
  std::string fingerprint = {};  // of the result; empty: nobody asked
};

// The whole object, both halves, at most crds::kImageReportBytesMax: the least severe rows are cut first, then
// packages, and what was cut makes it incomplete. `own_with_sboms`: of an inventory that our own scanners made, whether
// they read attached SBOMs; the report says so where the inventory is whole.
[[nodiscard]] crds::ImageReport build_report(const scanner::Inventory& inventory, const std::optional<Matched>& matched,
                                             std::optional<bool> own_with_sboms = {});

// The report with what its inventory, `inventory`, is matched with now. The packed inventory stays, which is most of
// the work of building one.
[[nodiscard]] crds::ImageReport matched_again(const crds::ImageReport& report, const scanner::Inventory& inventory,
                                              const Matched& matched);

// The packed halves; rows are worst first. Throw base::ParseError that names the report and the way out when theirs is
// damaged.
[[nodiscard]] std::vector<crds::ReportRow> report_rows_of(const crds::ImageReportSpec& report);
[[nodiscard]] scanner::Inventory inventory_of(const crds::ImageReportSpec& report);

// What the ImageScans' statuses and the findings need of a report. Throws base::ParseError.
[[nodiscard]] PlatformResult platform_result(const crds::ImageReport& report);

// What platform_result() would say of the report if its inventory were matched so, without the packing of one that
// nobody stores: nothing is cut. `inventory` is the report's.
[[nodiscard]] PlatformResult matched_result(const crds::ImageReport& report, const scanner::Inventory& inventory,
                                            const Matched& matched);

}  // namespace pratique_operator::reconcilers
