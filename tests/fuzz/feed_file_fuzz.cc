// Feed files of each format: the first byte chooses the format, the rest is the file.
#include <array>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "scanner/advisories/feed.h"
#include "tests/fuzz/scratch_directory.h"

namespace {

struct Format {
  const char* feed;
  const char* file;
};
constexpr std::array<Format, 17> kFormats{{{"osv", "a.zip"},
                                           {"osv", "a.json"},
                                           {"alpine-secdb", "main.json"},
                                           {"debian-oval", "a.xml"},
                                           {"debian-oval", "a.xml.bz2"},
                                           {"patch-oval", "b.xml"},
                                           {"kev", "kev.json"},
                                           {"epss", "epss.csv"},
                                           {"epss", "epss.csv.gz"},
                                           {"nvd", "nvd.json"},
                                           {"cve-list", "cve.json"},
                                           {"debian-tracker", "tracker.json"},
                                           {"csaf-vex", "vex.json"},
                                           {"updateinfo", "updateinfo.xml"},
                                           {"updateinfo", "updateinfo.xml.zst"},
                                           {"arch-tracker", "arch.json"},
                                           {"endoflife", "eol.json"}}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Format& format = kFormats[data[0] % kFormats.size()];
  const std::string path = tests::scratch_directory() + "/" + format.file;
  tests::write_scratch_file(path, {reinterpret_cast<const char*>(data + 1), size - 1});
  const scanner::advisories::FeedReader reader{
      .on_advisory =
          [](const scanner::advisories::Advisory& advisory) {
            CHECK(!advisory.id.empty() && !advisory.package.empty());
          },
      .on_ecosystem = [](std::string_view ecosystem) { CHECK(!ecosystem.empty()); },
      .on_threat =
          [](std::string_view cve, const scanner::advisories::Threat& threat) {
            CHECK(!cve.empty() && !(threat.exploited_since.empty() && threat.epss.empty()));
          },
      .on_ratings = [](std::string_view cve, const std::vector<scanner::advisories::Rating>&) { CHECK(!cve.empty()); },
      .on_note = [](const scanner::advisories::FeedNote&) {},
      .on_progress = [](std::uint64_t, std::uint64_t) {}};
  try {
    static_cast<void>(scanner::advisories::feed_of(format.feed).read(path, reader));
  } catch (const base::Error&) {
    return 0;  // refused
  }
  return 0;
}
