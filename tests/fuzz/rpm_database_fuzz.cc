// The first byte chooses the form of the database, the rest is the file.
#include <array>

#include "scanner/inventory/rpm/rpm_extractor.h"
#include "tests/fuzz/extractor_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kPaths = {"var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite",
                                 "var/lib/rpmmanifest/container-manifest-2"};
  if (size == 0) return 0;
  tests::check_extractor(scanner::inventory::RpmExtractor(), kPaths.at(data[0] % kPaths.size()), data + 1, size - 1);
  return 0;
}
