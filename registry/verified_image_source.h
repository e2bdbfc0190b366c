// The one place where content is checked against its digest and size, for every kind of store. Private to registry/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "registry/image_source.h"
#include "registry/known_platforms.h"

namespace registry {

struct StoredManifest {
  std::string bytes;
  std::string content_type;  // empty when the store keeps none
};

// Where bytes come from, as they are: nothing is verified yet.
class ContentStore {
 public:
  virtual ~ContentStore() = default;
  // Until when a resolution that begins now must be done.
  [[nodiscard]] virtual base::SteadyTime resolution_deadline() const { return base::SteadyTime::max(); }
  // What the reference names; `expected` gets the digest that the store or the reference claims for it.
  [[nodiscard]] virtual StoredManifest root(std::optional<base::Digest>& expected, const base::Patience& patience) = 0;
  [[nodiscard]] virtual StoredManifest manifest(const base::Digest& digest, const base::Patience& patience) = 0;
  // Like has_blob() it may be called by several threads at once.
  virtual void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) = 0;
  [[nodiscard]] virtual bool has_blob(const Descriptor& blob, const base::Patience& patience) = 0;
  // A page of the index of what is attached to the manifest; empty: there is none. `next`, empty for the first page, is
  // then where the next one is; empty: that was the last.
  [[nodiscard]] virtual std::string referrers(const base::Digest& /*manifest*/, std::string& /*next*/,
                                              const base::Patience& /*patience*/) {
    return {};
  }
  // The manifest under a tag of the same repository; nullopt: there is no such tag.
  [[nodiscard]] virtual std::optional<StoredManifest> find_tag(const std::string& /*tag*/,
                                                               const base::Patience& /*patience*/) {
    return std::nullopt;
  }
};

// `platforms` null: each config is read.
[[nodiscard]] std::unique_ptr<ImageSource> make_verified_source(std::unique_ptr<ContentStore> store,
                                                                std::shared_ptr<KnownPlatforms> platforms = nullptr);

}  // namespace registry
