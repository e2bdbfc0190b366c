// Images that nobody built, of packages and versions that the shared feeds name for Debian 12, PyPI and npm: so that
// look-ups find records and comparisons are real. What benchmarks of matching and of large clusters share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/advisories/database_builder.h"
#include "scanner/report.h"

namespace bench {

// A directory of this run's own, for databases and their key; also where the user's trusted keys are written.
struct Workplace {
  std::filesystem::path path;
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
};

// `feeds` is shared/data/feeds.
[[nodiscard]] std::vector<scanner::advisories::BuildSource> feed_sources(const std::string& feeds);

// Builds the signed database `output` with the key beside it, `directory`/key, which is made if it is not there.
[[nodiscard]] std::shared_ptr<const scanner::advisories::Database> built_database(
    const std::vector<scanner::advisories::BuildSource>& sources, const std::filesystem::path& directory,
    const std::filesystem::path& output);

// A version of each package that the feeds name by turns, and when a package's versions are used up, rebuilds of its
// first.
[[nodiscard]] std::vector<scanner::Package> distinct_packages(const std::string& feeds, std::size_t count);

// Appends `count` of the packages, drawn at random, to the image.
void add_packages(scanner::Inventory& image, const std::vector<scanner::Package>& packages, std::size_t count,
                  std::mt19937& random);

// An image of Debian 12 without packages.
[[nodiscard]] scanner::Inventory empty_image();

}  // namespace bench
