// The index.json of a layout that somebody hands to `oci:`: refused, or the digest of a manifest. The first byte
// chooses whether a tag is asked for.
#include <string>

#include "base/error.h"
#include "registry/oci_layout_store.h"

namespace {

// A layout of which all files but this one are missing.
class IndexAlone final : public registry::ImageFiles {
 public:
  explicit IndexAlone(std::string_view index) : index_(index) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::optional<std::uint64_t> size(const std::string& path) const override {
    if (path == "oci-layout") return 2;
    return path == "index.json" ? std::optional<std::uint64_t>(index_.size()) : std::nullopt;
  }
  void stream(const std::string& path, const registry::OnBlobBytes& on_bytes,
              const std::stop_token& /*stop*/) const override {
    if (path != "index.json") throw base::ConfigError("there is no " + path);
    on_bytes(std::as_bytes(std::span(index_)));
  }

 private:
  const std::string name_ = "layout";
  const std::string index_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view index(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string tag = (data[0] & 1U) == 0 ? "" : "web:1";
  try {
    static_cast<void>(registry::make_oci_layout_store(std::make_unique<IndexAlone>(index), tag));
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
