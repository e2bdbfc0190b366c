// The CPU of finding out what a new advisory database changes for 10,000 images, and the new rows of those that it
// changes (one in a hundred): one matcher, which answers each distinct package once, against matching image by image.
// Usage: bench_rematch FEEDS [IMAGES], FEEDS being shared/data/feeds. Packages and versions are those that the feeds
// name for Debian 12, PyPI and npm, so that look-ups find records and comparisons are real.
#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "scanner/advisories/database_builder.h"
#include "scanner/advisories/signature.h"
#include "scanner/matching/matcher.h"

namespace {

using scanner::advisories::Advisory;

constexpr std::size_t kPackagesOfAnImage = 300;
constexpr std::size_t kDistinctPackages = 60'000;
constexpr double kAim = 0.05;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// A directory of this run's own, for the database and its key.
struct Workplace {
  std::filesystem::path path;
  Workplace() {
    std::string name = std::filesystem::temp_directory_path() / "pratique-rematch-XXXXXX";
    CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
    ::setenv("XDG_DATA_HOME", name.c_str(), 1);
  }
  ~Workplace() { std::filesystem::remove_all(path); }
};

std::vector<scanner::advisories::BuildSource> sources_of(const std::string& feeds) {
  return {{"debian-oval", feeds + "/debian/oval-definitions-bookworm-2023-07-14.xml.bz2"},
          {"osv", feeds + "/osv/PyPI.zip"},
          {"osv", feeds + "/osv/npm.zip"}};
}

std::shared_ptr<const scanner::advisories::Database> built_database(const std::string& feeds,
                                                                    const std::filesystem::path& directory) {
  const std::string key = directory / "key";
  static_cast<void>(scanner::advisories::make_signing_key(key));
  const scanner::advisories::BuildRequest request{.sources = sources_of(feeds),
                                                  .key_path = key,
                                                  .output_path = directory / "database",
                                                  .on_progress = {},
                                                  .on_note = {}};
  static_cast<void>(scanner::advisories::build_database(request, base::RealClock()));
  return scanner::advisories::Database::open(request.output_path);
}

scanner::Package made_package(const std::string& ecosystem, const std::string& name, const std::string& version) {
  scanner::Package package;
  package.type = ecosystem.substr(0, ecosystem.find(':'));
  package.name = name;
  package.version = version;
  package.purl = fmt::format("pkg:{}/{}@{}", package.type, package.name, version);
  package.layer = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
  package.path = "var/lib/dpkg/status";
  return package;
}

// The packages that the feeds name, each with the versions that some record calls fixed.
std::map<std::pair<std::string, std::string>, std::set<std::string>> named_packages(const std::string& feeds) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> packages;
  const scanner::advisories::FeedReader reader{
      .on_advisory =
          [&](const Advisory& advisory) {
            std::set<std::string>& versions = packages[{advisory.ecosystem, advisory.package}];
            for (const auto& interval : advisory.intervals) {
              if (!interval.fixed.empty()) versions.insert(interval.fixed);
            }
          },
      .on_ecosystem = [](std::string_view) {},
      .on_threat = [](std::string_view, const scanner::advisories::Threat&) {},
      .on_ratings = [](std::string_view, const std::vector<scanner::advisories::Rating>&) {},
      .on_note = [](const scanner::advisories::FeedNote&) {},
      .on_progress = [](std::uint64_t, std::uint64_t) {}};
  for (const auto& source : sources_of(feeds)) {
    static_cast<void>(scanner::advisories::feed_of(source.format).read(source.path, reader));
  }
  return packages;
}

// A version of each package by turns, and when a package's versions are used up, rebuilds of its first.
std::vector<scanner::Package> distinct_packages(const std::string& feeds) {
  const auto named = named_packages(feeds);
  std::vector<scanner::Package> packages;
  for (std::size_t round = 0; packages.size() < kDistinctPackages; ++round) {
    for (const auto& [key, versions] : named) {
      if (versions.empty()) continue;
      const std::string suffix = fmt::format("{}{}", key.first.starts_with("deb:") ? "+b" : ".post", round);
      const std::string version = round < versions.size()
                                      ? *std::next(versions.begin(), static_cast<std::ptrdiff_t>(round))
                                      : *versions.begin() + suffix;
      packages.push_back(made_package(key.first, key.second, version));
    }
  }
  packages.resize(kDistinctPackages);
  return packages;
}

std::vector<scanner::Inventory> made_images(const std::vector<scanner::Package>& packages, std::size_t count) {
  std::mt19937 random(1);
  std::vector<scanner::Inventory> images(count);
  for (scanner::Inventory& image : images) {
    image.distribution.id = "debian";
    image.distribution.version_id = "12";
    for (std::size_t index = 0; index < kPackagesOfAnImage; ++index) {
      image.packages.push_back(packages[random() % packages.size()]);
    }
  }
  return images;
}

// What the images' reports remember of the last database: as if an advisory for every hundredth image had changed
// since.
std::vector<std::string> last_fingerprints(const std::shared_ptr<const scanner::advisories::Database>& database,
                                           const std::vector<scanner::Inventory>& images) {
  scanner::matching::Matcher matcher(database);
  std::vector<std::string> fingerprints;
  for (const scanner::Inventory& image : images) fingerprints.push_back(matcher.fingerprint(image));
  for (std::size_t index = 0; index < fingerprints.size(); index += 100) fingerprints[index] = "changed";
  return fingerprints;
}

int run(const std::string& feeds, std::size_t image_count) {
  const Workplace workplace;
  const auto database = built_database(feeds, workplace.path);
  const std::vector<scanner::Inventory> images = made_images(distinct_packages(feeds), image_count);
  const std::vector<std::string> last = last_fingerprints(database, images);

  std::size_t rows_of_changed = 0;
  const double start = cpu_seconds();
  scanner::matching::Matcher matcher(database);
  for (std::size_t index = 0; index < images.size(); ++index) {
    if (matcher.fingerprint(images[index]) == last[index]) continue;
    rows_of_changed += matcher.match(images[index]).vulnerabilities.size();
  }
  const double ours = cpu_seconds() - start;

  std::size_t rows = 0;
  for (std::size_t index = 0; index < images.size(); ++index) {
    const std::size_t found = scanner::matching::Matcher(database).match(images[index]).vulnerabilities.size();
    rows += found;
    if (last[index] == "changed") rows_of_changed -= found;
  }
  const double naive = cpu_seconds() - start - ours;

  CHECK(rows_of_changed == 0);  // both sides found the same
  const double ratio = ours / naive;
  fmt::print("{} images of {} packages, {} distinct, {} rows\n", image_count, kPackagesOfAnImage, kDistinctPackages,
             rows);
  fmt::print("rematch: ours {:.2f} s, naive {:.2f} s, ratio {:.3f}, aim {}\n", ours, naive, ratio, kAim);
  return ratio <= kAim ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_rematch FEEDS [IMAGES]\n");
    return 1;
  }
  return run(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000);
} catch (const base::Error& error) {
  fmt::print(stderr, "bench_rematch: {}\n", error.what());
  return 1;
}
