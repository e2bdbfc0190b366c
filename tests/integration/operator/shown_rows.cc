#include "tests/integration/operator/shown_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crds/finding.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/control_plane.h"

namespace tests {

using nlohmann::json;

std::map<std::string, json> shown_rows(const std::string& ns) {
  std::map<std::string, json> rows;
  (void)InstalledOperator::instance().admin()->list(
      crds::kFinding, {.ns = ns, .label_selector = {}, .field_selector = {}},
      [&](const json& item) {
        json row = {{"labels", item.at("metadata").value("labels", json::object())},
                    {"spec", item.at("spec")},
                    {"status", item.value("status", json::object())}};
        for (const char* time : {"firstSeen", "lastSeen", "observedGeneration"}) row["status"].erase(time);
        row["spec"].erase("images");
        rows[item.at("metadata").at("name").get<std::string>()] = std::move(row);
      },
      [&] { rows.clear(); }, {});
  return rows;
}

std::map<std::string, json> fresh_rows(const std::string& ns, std::size_t count) {
  (void)kubectl_or_throw({"delete", "findings", "--all", "-n", ns});
  EXPECT_TRUE(eventually([&] { return shown_rows(ns).size() == count; }, std::chrono::seconds(40)));
  EXPECT_TRUE(operator_rests(std::chrono::seconds(3)));
  return shown_rows(ns);
}

bool all_rows_are(const std::string& ns, const std::string& state) {
  const std::map<std::string, json> rows = shown_rows(ns);
  return !rows.empty() && std::ranges::all_of(rows, [&](const auto& row) {
    return row.second.at("status").value("state", "") == state;
  });
}

}  // namespace tests
