// The advisory database of the simulated world: a feed of OSV records in a folder, and real databases that are built of
// it and signed, where the operator looks for them.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "bench/simulation/software.h"
#include "scanner/advisories/signature.h"

namespace bench::simulation {

class AdvisoryFeed {
 public:
  // The folder must be there and empty.
  explicit AdvisoryFeed(const std::filesystem::path& folder);

  void add(const MadeAdvisory& advisory, base::SystemTime published);
  // A new generation, of all that was added.
  void build(const base::Clock& clock) const;

  [[nodiscard]] std::string database() const { return folder_ / "advisories.db"; }
  [[nodiscard]] std::string keys() const { return folder_ / "keys"; }
  // The operator's own folder.
  [[nodiscard]] std::string installed() const { return folder_ / "installed"; }
  [[nodiscard]] std::string fetched() const { return folder_ / "fetched"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace bench::simulation
