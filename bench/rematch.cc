// The CPU of finding out what a new advisory database changes for 10,000 images, and the new rows of those that it
// changes (one in a hundred): one matcher, which answers each distinct package once, against matching image by image.
// Usage: bench_rematch FEEDS [IMAGES], FEEDS being shared/data/feeds.
#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "base/error.h"
#include "bench/made_images.h"
#include "scanner/matching/matcher.h"

namespace {

constexpr std::size_t kPackagesOfAnImage = 300;
constexpr std::size_t kDistinctPackages = 60'000;
constexpr double kAim = 0.05;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::vector<scanner::Inventory> made_images(const std::vector<scanner::Package>& packages, std::size_t count) {
  std::mt19937 random(1);
  std::vector<scanner::Inventory> images(count, bench::empty_image());
  for (scanner::Inventory& image : images) bench::add_packages(image, packages, kPackagesOfAnImage, random);
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
  const bench::Workplace workplace;
  const auto database = bench::built_database(bench::feed_sources(feeds), workplace.path, workplace.path / "database");
  const std::vector<scanner::Inventory> images =
      made_images(bench::distinct_packages(feeds, kDistinctPackages), image_count);
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
