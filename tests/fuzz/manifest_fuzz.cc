// Manifests, indexes, lists of referrers and image configs, which come from the same hands.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "registry/limits.h"
#include "registry/manifest.h"

namespace {

void check_manifest(std::string_view bytes, const base::Digest& digest) {
  try {
    const auto document = registry::parse_manifest(bytes, digest, "");
    if (const auto* manifest = std::get_if<registry::Manifest>(&document)) {
      CHECK(manifest->layers.size() <= registry::kLayersMax);
    } else {
      CHECK(std::get<registry::ImageIndex>(document).entries.size() <= registry::kIndexEntriesMax);
    }
  } catch (const base::Error&) {
    return;
  }
}

void check_referrers(std::string_view bytes, const base::Digest& digest) {
  try {
    CHECK(registry::parse_referrers(bytes, digest).list.size() <= registry::kReferrersMax);
  } catch (const base::Error&) {
    return;
  }
}

void check_config(std::string_view bytes, const base::Digest& digest) {
  try {
    const auto platform = registry::find_config_platform(bytes, digest);
    CHECK(!platform || (!platform->os.empty() && !platform->architecture.empty()));
  } catch (const base::Error&) {
    return;
  }
}

void check_diff_ids(std::string_view bytes, const base::Digest& digest) {
  try {
    CHECK(registry::config_diff_ids(bytes, digest).size() <= registry::kLayersMax);
  } catch (const base::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const base::Digest digest = base::Digest::of(bytes);
  check_manifest(bytes, digest);
  check_referrers(bytes, digest);
  check_config(bytes, digest);
  check_diff_ids(bytes, digest);
  return 0;
}
