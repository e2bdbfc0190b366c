// The first byte chooses one of the extractors that are tables of files, or another that reads one form, and with it a
// file; the rest is the content.
#include <array>

#include "scanner/inventory/java/java_extractor.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/opkg/opkg_extractor.h"
#include "scanner/inventory/portage/portage_extractor.h"
#include "tests/fuzz/extractor_checks.h"

namespace {

struct Target {
  std::unique_ptr<scanner::inventory::Extractor> (*make)();
  const char* path;
};

template <typename One>
std::unique_ptr<scanner::inventory::Extractor> make() {
  return std::make_unique<One>();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner::inventory;
  constexpr std::array kTargets = {Target{make_npm_lock_extractor, "package-lock.json"},
                                   Target{make_npm_lock_extractor, "yarn.lock"},
                                   Target{make_npm_lock_extractor, "pnpm-lock.yaml"},
                                   Target{make_npm_lock_extractor, "bun.lock"},
                                   Target{make_python_lock_extractor, "poetry.lock"},
                                   Target{make_python_lock_extractor, "Pipfile.lock"},
                                   Target{make_python_lock_extractor, "requirements.txt"},
                                   Target{make_ruby_extractor, "a/specifications/b.gemspec"},
                                   Target{make_ruby_extractor, "Gemfile.lock"},
                                   Target{make_php_extractor, "vendor/composer/installed.json"},
                                   Target{make_dotnet_extractor, "a.deps.json"},
                                   Target{make_dotnet_extractor, "packages.lock.json"},
                                   Target{make_java_lock_extractor, "gradle.lockfile"},
                                   Target{make_dart_extractor, "pubspec.lock"},
                                   Target{make_elixir_extractor, "mix.lock"},
                                   Target{make_swift_extractor, "Package.resolved"},
                                   Target{make_julia_extractor, "Manifest.toml"},
                                   Target{make<JavaExtractor>, "a.jar"},
                                   Target{make_npm_lock_extractor, "bun.lockb"},
                                   Target{make_cocoapods_extractor, "Podfile.lock"},
                                   Target{make<OpkgExtractor>, "usr/lib/opkg/status"},
                                   Target{make<PortageExtractor>, "var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS"}};
  if (size == 0) return 0;
  const Target& target = kTargets.at(data[0] % kTargets.size());
  tests::check_extractor(*target.make(), target.path, data + 1, size - 1);
  return 0;
}
