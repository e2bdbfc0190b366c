#include "registry/verified_image_source.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/log.h"
#include "registry/limits.h"
#include "registry/manifest.h"

namespace registry {

namespace {

using Document = std::variant<Manifest, ImageIndex>;

void check_digest(const base::Digest& expected, const base::Digest& actual, const std::string& what) {
  if (expected == actual) return;
  throw base::ParseError(what + " " + expected.text() + ": the bytes have the digest " + actual.text() +
                         "; the registry or somebody on the way changed them");
}

void check_size(const Descriptor& descriptor, std::uint64_t actual, const std::string& what) {
  if (descriptor.size == actual) return;
  throw base::ParseError(what + " " + descriptor.digest.text() + ": " + std::to_string(actual) + " bytes, but its " +
                         "descriptor says " + std::to_string(descriptor.size));
}

bool is_wanted(const Platform& platform, const std::vector<Platform>& wanted) {
  return wanted.empty() ||
         std::any_of(wanted.begin(), wanted.end(), [&](const Platform& node) { return runs_on(platform, node); });
}

class VerifiedImageSource final : public ImageSource {
 public:
  VerifiedImageSource(std::unique_ptr<ContentStore> store, std::shared_ptr<KnownPlatforms> platforms)
      : store_(std::move(store)), platforms_(std::move(platforms)) {}

  ResolvedImage resolve(const std::vector<Platform>& wanted, const base::Patience& patience) override;
  Manifest manifest(const base::Digest& digest, const base::Patience& patience) override;
  void stream_blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) override;
  bool may_pull(const Descriptor& blob, const base::Patience& patience) override {
    return store_->has_blob(blob, patience);
  }
  Referrers referrers(const base::Digest& manifest, const base::Patience& patience) override;
  std::optional<Manifest> tagged_attachment(const base::Digest& manifest, std::string_view ending,
                                            const base::Patience& patience) override;
  std::vector<base::Digest> attestations(const base::Digest& index, const base::Digest& manifest,
                                         const base::Patience& patience) override;

 private:
  Document fetch(const base::Digest& digest, const Descriptor* descriptor, const base::Patience& patience);
  void collect(const Document& document, const std::optional<Platform>& stated, int depth, ResolvedImage& image);
  void collect_index(const ImageIndex& index, int depth, ResolvedImage& image);
  void collect_manifest(const Manifest& manifest, const std::optional<Platform>& stated, ResolvedImage& image);

  [[nodiscard]] std::optional<Platform> platform_of(const Descriptor& config);

  const std::unique_ptr<ContentStore> store_;
  const std::shared_ptr<KnownPlatforms> platforms_;  // may be null
  std::map<base::Digest, Manifest> manifests_;       // verified ones that resolve() has read
  std::map<base::Digest, ImageIndex> indexes_;       // likewise

  // Of the resolve() that is running.
  std::vector<Platform> wanted_;
  base::Patience patience_;
};

ResolvedImage VerifiedImageSource::resolve(const std::vector<Platform>& wanted, const base::Patience& patience) {
  wanted_ = wanted;
  patience_ = patience.until(store_->resolution_deadline());
  std::optional<base::Digest> expected;
  const StoredManifest root = store_->root(expected, patience_);
  const base::Digest digest = base::Digest::of(root.bytes);
  if (expected) check_digest(*expected, digest, "manifest");
  ResolvedImage image{.digest = digest, .manifests = {}, .skipped = {}};
  const Document document = parse_manifest(root.bytes, digest, root.content_type);
  collect(document, std::nullopt, 0, image);
  image.is_artifact = std::holds_alternative<Manifest>(document) && image.manifests.empty();
  return image;
}

Manifest VerifiedImageSource::manifest(const base::Digest& digest, const base::Patience& patience) {
  const auto known = manifests_.find(digest);
  if (known != manifests_.end()) return known->second;
  Document document = fetch(digest, nullptr, patience);
  auto* manifest = std::get_if<Manifest>(&document);
  if (manifest == nullptr) {
    throw base::ParseError("manifest " + digest.text() + ": it is an index, not the manifest of one platform");
  }
  return std::move(*manifest);
}

Document VerifiedImageSource::fetch(const base::Digest& digest, const Descriptor* descriptor,
                                    const base::Patience& patience) {
  const StoredManifest stored = store_->manifest(digest, patience);
  check_digest(digest, base::Digest::of(stored.bytes), "manifest");
  if (descriptor != nullptr) check_size(*descriptor, stored.bytes.size(), "manifest");
  return parse_manifest(stored.bytes, digest, stored.content_type);
}

void VerifiedImageSource::collect(const Document& document, const std::optional<Platform>& stated, int depth,
                                  ResolvedImage& image) {
  if (const auto* index = std::get_if<ImageIndex>(&document)) {
    collect_index(*index, depth, image);
  } else {
    collect_manifest(std::get<Manifest>(document), stated, image);
  }
}

void VerifiedImageSource::collect_index(const ImageIndex& index, int depth, ResolvedImage& image) {
  if (depth >= kIndexDepthMax) {
    throw base::LimitExceeded("index " + index.digest.text() + ": indexes are nested deeper than " +
                              std::to_string(kIndexDepthMax) + " levels");
  }
  indexes_.insert_or_assign(index.digest, index);
  for (const IndexEntry& entry : index.entries) {
    const Descriptor& descriptor = entry.descriptor;
    const std::string name = descriptor.platform ? base::escape_text(descriptor.platform->text(), 200) : "no platform";
    std::string reason = entry.skip_reason;
    if (reason.empty() && descriptor.platform && !is_wanted(*descriptor.platform, wanted_)) reason = "not asked for";
    if (!reason.empty()) {
      image.skipped.push_back(descriptor.digest.text() + " (" + name + "): " + reason);
      continue;
    }
    if (image.manifests.size() >= kIndexEntriesMax) {
      throw base::LimitExceeded("index " + index.digest.text() + ": more than " + std::to_string(kIndexEntriesMax) +
                                " manifests below it");
    }
    collect(fetch(descriptor.digest, &descriptor, patience_), descriptor.platform, depth + 1, image);
  }
}

void VerifiedImageSource::collect_manifest(const Manifest& manifest, const std::optional<Platform>& stated,
                                           ResolvedImage& image) {
  const std::optional<Platform> platform = stated ? stated : platform_of(manifest.config);
  if (!platform) {
    image.skipped.push_back(manifest.digest.text() + ": not a container image (config of type " +
                            base::escape_text(manifest.config.media_type, 100) + ")");
    return;
  }
  manifests_.insert_or_assign(manifest.digest, manifest);
  image.manifests.push_back({.platform = *platform, .digest = manifest.digest, .layers = manifest.layers});
}

std::optional<Platform> VerifiedImageSource::platform_of(const Descriptor& config) {
  if (platforms_ != nullptr) {
    if (std::optional<Platform> known = platforms_->find(config.digest)) return known;
  }
  std::optional<Platform> read =
      find_config_platform(read_blob(*this, config, kConfigBytesMax, patience_), config.digest);
  if (read && platforms_ != nullptr) platforms_->keep(config.digest, *read);
  return read;
}

Referrers VerifiedImageSource::referrers(const base::Digest& manifest, const base::Patience& patience) {
  Referrers all;
  std::string next;
  for (int page = 0; page < kReferrerPagesMax; ++page) {
    const std::string index = store_->referrers(manifest, next, patience);
    if (index.empty()) return all;
    Referrers more = parse_referrers(index, manifest);
    const std::size_t taken = std::min(more.list.size(), kReferrersMax - all.list.size());
    all.complete = more.complete && taken == more.list.size();
    std::move(more.list.begin(), more.list.begin() + static_cast<std::ptrdiff_t>(taken), std::back_inserter(all.list));
    if (next.empty() || !all.complete) return all;
  }
  all.complete = false;
  return all;
}

std::optional<Manifest> VerifiedImageSource::tagged_attachment(const base::Digest& manifest, std::string_view ending,
                                                               const base::Patience& patience) {
  const std::string tag = "sha256-" + manifest.hex() + std::string(ending);
  const std::optional<StoredManifest> stored = store_->find_tag(tag, patience);
  if (!stored) return std::nullopt;
  Document document = parse_manifest(stored->bytes, base::Digest::of(stored->bytes), stored->content_type);
  auto* attachment = std::get_if<Manifest>(&document);
  if (attachment == nullptr)
    throw base::ParseError("tag " + tag + ": it is an index, not the manifest of an attachment");
  return std::move(*attachment);
}

std::vector<base::Digest> VerifiedImageSource::attestations(const base::Digest& index, const base::Digest& manifest,
                                                            const base::Patience& patience) {
  const auto known = indexes_.find(index);
  const Document document = known == indexes_.end() ? fetch(index, nullptr, patience) : Document(known->second);
  const auto* read = std::get_if<ImageIndex>(&document);
  if (read == nullptr)
    throw base::ParseError("manifest " + index.text() + ": it is the manifest of one platform, not an index");
  std::vector<base::Digest> found;
  for (const IndexEntry& entry : read->entries) {
    if (!entry.skip_reason.empty() && entry.attests == manifest) found.push_back(entry.descriptor.digest);
  }
  return found;
}

void VerifiedImageSource::stream_blob(const Descriptor& blob, const OnBlobBytes& on_bytes,
                                      const base::Patience& patience) {
  base::Sha256 hash;
  std::uint64_t received = 0;
  const auto take = [&](std::span<const std::byte> bytes) {
    received += bytes.size();
    if (received > blob.size) {
      throw base::ParseError("blob " + blob.digest.text() + ": more bytes than the " + std::to_string(blob.size) +
                             " that its descriptor says");
    }
    hash.update(bytes);
    on_bytes(bytes);
  };
  store_->blob(blob, take, patience);
  check_size(blob, received, "blob");
  check_digest(blob.digest, hash.finish(), "blob");
}

}  // namespace

std::unique_ptr<ImageSource> make_verified_source(std::unique_ptr<ContentStore> store,
                                                  std::shared_ptr<KnownPlatforms> platforms) {
  return std::make_unique<VerifiedImageSource>(std::move(store), std::move(platforms));
}

}  // namespace registry
