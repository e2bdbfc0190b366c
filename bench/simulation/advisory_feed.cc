#include "bench/simulation/advisory_feed.h"

#include <fstream>

#include "scanner/advisories/database_builder.h"

namespace bench::simulation {

namespace fs = std::filesystem;

AdvisoryFeed::AdvisoryFeed(const fs::path& folder) : folder_(folder) {
  fs::create_directories(folder_ / "feed");
  fs::create_directories(folder_ / "keys");
  fs::create_directories(installed());
  // Where others may write, no database is installed.
  fs::permissions(folder_, fs::perms::owner_all);
  const auto key = scanner::advisories::make_signing_key((folder_ / "key").string());
  fs::copy_file(key.public_path, folder_ / "keys" / "key.pub");
}

void AdvisoryFeed::add(const MadeAdvisory& advisory, base::SystemTime published) {
  std::ofstream(folder_ / "feed" / (advisory.id + ".json")) << osv_record(advisory, base::format_rfc3339(published));
}

void AdvisoryFeed::build(const base::Clock& clock) const {
  const scanner::advisories::BuildRequest request{.sources = {{.format = "osv", .path = folder_ / "feed"}},
                                                  .key_path = folder_ / "key",
                                                  .output_path = database(),
                                                  .on_progress = {},
                                                  .on_note = {}};
  static_cast<void>(scanner::advisories::build_database(request, clock));
}

}  // namespace bench::simulation
