#include "bench/made_images.h"

#include <fmt/core.h>

#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "scanner/advisories/signature.h"

namespace bench {
namespace {

using scanner::advisories::Advisory;
using scanner::advisories::BuildSource;

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
  for (const BuildSource& source : feed_sources(feeds)) {
    static_cast<void>(scanner::advisories::feed_of(source.format).read(source.path, reader));
  }
  return packages;
}

}  // namespace

Workplace::Workplace() {
  std::string name = std::filesystem::temp_directory_path() / "pratique-bench-XXXXXX";
  CHECK(::mkdtemp(name.data()) != nullptr);
  path = name;
  ::setenv("XDG_DATA_HOME", name.c_str(), 1);
}

Workplace::~Workplace() {
  std::filesystem::remove_all(path);
}

std::vector<BuildSource> feed_sources(const std::string& feeds) {
  return {{"debian-oval", feeds + "/debian/oval-definitions-bookworm-2023-07-14.xml.bz2"},
          {"osv", feeds + "/osv/PyPI.zip"},
          {"osv", feeds + "/osv/npm.zip"}};
}

std::shared_ptr<const scanner::advisories::Database> built_database(const std::vector<BuildSource>& sources,
                                                                    const std::filesystem::path& directory,
                                                                    const std::filesystem::path& output) {
  const std::filesystem::path key = directory / "key";
  if (!std::filesystem::exists(key)) static_cast<void>(scanner::advisories::make_signing_key(key));
  const scanner::advisories::BuildRequest request{
      .sources = sources, .key_path = key, .output_path = output, .on_progress = {}, .on_note = {}};
  static_cast<void>(scanner::advisories::build_database(request, base::RealClock()));
  return scanner::advisories::Database::open(request.output_path);
}

std::vector<scanner::Package> distinct_packages(const std::string& feeds, std::size_t count) {
  const auto named = named_packages(feeds);
  std::vector<scanner::Package> packages;
  for (std::size_t round = 0; packages.size() < count; ++round) {
    for (const auto& [key, versions] : named) {
      if (versions.empty()) continue;
      const std::string suffix = fmt::format("{}{}", key.first.starts_with("deb:") ? "+b" : ".post", round);
      const std::string version = round < versions.size()
                                      ? *std::next(versions.begin(), static_cast<std::ptrdiff_t>(round))
                                      : *versions.begin() + suffix;
      packages.push_back(made_package(key.first, key.second, version));
    }
  }
  packages.resize(count);
  return packages;
}

void add_packages(scanner::Inventory& image, const std::vector<scanner::Package>& packages, std::size_t count,
                  std::mt19937& random) {
  for (std::size_t index = 0; index < count; ++index) {
    image.packages.push_back(packages[random() % packages.size()]);
  }
}

scanner::Inventory empty_image() {
  scanner::Inventory image;
  image.distribution.id = "debian";
  image.distribution.version_id = "12";
  return image;
}

}  // namespace bench
