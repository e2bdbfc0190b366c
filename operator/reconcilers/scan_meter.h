// What scans have cost: counted when they happen, whatever becomes of the ImageScans that asked for them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/guarded.h"

namespace pratique_operator::reconcilers {

struct ScanCost {
  std::int64_t scans = 0;
  std::int64_t bytes = 0;    // compressed, as fetched
  std::int64_t seconds = 0;  // each scan's rounded up

  ScanCost& operator+=(const ScanCost& other) {
    scans += other.scans;
    bytes += other.bytes;
    seconds += other.seconds;
    return *this;
  }
  bool operator==(const ScanCost&) const = default;
};

// What the images of one registry have cost.
struct Metered {
  ScanCost total;                                // of all namespaces, also of those that are not below
  std::map<std::string, ScanCost> by_namespace;  // the namespaces whose ImageScans asked
  bool operator==(const Metered&) const = default;
};

// Since this program leads; it only rises. As long as registries and namespaces are named, so many entries there are.
// Thread-safe.
class ScanMeter {
 public:
  void add(const std::string& server, const std::string& ns, const ScanCost& cost) {
    metered_.with([&](auto& metered) {
      metered[server].total += cost;
      metered[server].by_namespace[ns] += cost;
    });
  }
  [[nodiscard]] Metered of(const std::string& server) const {
    return metered_.with([&](const auto& metered) {
      const auto found = metered.find(server);
      return found == metered.end() ? Metered() : found->second;
    });
  }

 private:
  base::Guarded<std::map<std::string, Metered>> metered_;  // by server: "registry:5000"
};

}  // namespace pratique_operator::reconcilers
