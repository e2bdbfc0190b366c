#include <fmt/format.h>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"

namespace tests::forge {
namespace {

constexpr const char* kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndex = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfig = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr const char* kAmd64 = R"({"os":"linux","architecture":"amd64"})";

std::string descriptor(const char* type, const std::string& digest, std::size_t size, const std::string& more = "") {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", type, digest, size, more);
}

// Stores the bytes and describes them.
std::string stored(LayoutWriter& layout, const char* type, const std::string& bytes, const std::string& more = "") {
  return descriptor(type, layout.add_blob(bytes).text(), bytes.size(), more);
}

std::string good_layer() {
  return gzip(good().archive());
}

std::string manifest_of(const std::string& config, const std::string& layers, const std::string& more = "") {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]{}}})", kManifest, config, layers,
                     more);
}

std::string index_of(const std::string& entries) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", kIndex, entries);
}

void name(LayoutWriter& layout, const std::string& bytes) {
  layout.add_entry("hostile", layout.add_blob(bytes), bytes.size());
}

// A manifest whose text is made of a good configuration and a good layer.
using Text = std::function<std::string(LayoutWriter& layout, const std::string& config, const std::string& layer)>;

HostileLayout with_manifest(std::string title, Text text) {
  return {std::move(title), [text = std::move(text)](LayoutWriter& layout) {
            name(layout, text(layout, stored(layout, kConfig, kAmd64), stored(layout, kLayer, good_layer())));
          }};
}

HostileLayout with_text(std::string title, std::string text) {
  return {std::move(title), [text = std::move(text)](LayoutWriter& layout) { name(layout, text); }};
}

HostileLayout with_layer(std::string title, const std::function<std::string(LayoutWriter&)>& layer) {
  return with_manifest(std::move(title), [layer](LayoutWriter& layout, const std::string& config, const std::string&) {
    return manifest_of(config, layer(layout));
  });
}

std::string good_manifest(LayoutWriter& layout) {
  return manifest_of(stored(layout, kConfig, kAmd64), stored(layout, kLayer, good_layer()));
}

HostileLayout with_index(std::string title, const std::function<std::string(LayoutWriter&)>& entries) {
  return {std::move(title), [entries](LayoutWriter& layout) { name(layout, index_of(entries(layout))); }};
}

std::string repeated(const std::string& text, int times, const char* between) {
  std::string all = text;
  for (int time = 1; time < times; ++time) all += between + text;
  return all;
}

HostileLayouts manifests() {
  return {
      with_manifest("manifest: as it should be", [](LayoutWriter&, const std::string& config,
                                                    const std::string& layer) { return manifest_of(config, layer); }),
      with_text("manifest: empty", ""),
      with_text("manifest: no JSON", "{\"schemaVersion\":"),
      with_text("manifest: an array", "[]"),
      with_text("manifest: 100,000 arrays deep", std::string(100'000, '[')),
      with_text("manifest: 5 MiB", "{\"schemaVersion\":2," + std::string(5 << 20, ' ') + "}"),
      with_text("manifest: of schema 1", R"({"schemaVersion":1,"name":"a","fsLayers":[]})"),
      with_text("manifest: without layers", fmt::format(R"({{"schemaVersion":2,"mediaType":"{}"}})", kManifest)),
      with_manifest("manifest: layers and manifests",
                    [](LayoutWriter&, const std::string& config, const std::string& layer) {
                      return manifest_of(config, layer, R"(,"manifests":[])");
                    }),
      with_manifest("manifest: its layers twice",
                    [](LayoutWriter&, const std::string& config, const std::string& layer) {
                      return manifest_of(config, layer, R"(,"layers":[])");
                    }),
      with_manifest("manifest: 1,001 layers",
                    [](LayoutWriter&, const std::string& config, const std::string& layer) {
                      return manifest_of(config, repeated(layer, 1001, ","));
                    }),
      with_manifest("config: with layers that are not those",
                    [](LayoutWriter& layout, const std::string&, const std::string& layer) {
                      return manifest_of(
                          stored(
                              layout, kConfig,
                              R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:)" +
                                  std::string(64, 'b') + R"("]}})"),
                          layer);
                    }),
      with_manifest("config: no JSON",
                    [](LayoutWriter& layout, const std::string&, const std::string& layer) {
                      return manifest_of(stored(layout, kConfig, "{"), layer);
                    }),
      with_manifest("config: of another machine",
                    [](LayoutWriter& layout, const std::string&, const std::string& layer) {
                      return manifest_of(stored(layout, kConfig, R"({"os":"plan9","architecture":"vax"})"), layer);
                    }),
      with_manifest("config: 7 MiB of empty objects",
                    [](LayoutWriter& layout, const std::string&, const std::string& layer) {
                      const std::string config =
                          R"({"os":"linux","architecture":"amd64","history":[)" + repeated("{}", 7 << 18, ",") + "]}";
                      return manifest_of(stored(layout, kConfig, config), layer);
                    }),
      with_manifest("manifest: 3 MiB of empty annotations",
                    [](LayoutWriter&, const std::string& config, const std::string& layer) {
                      return manifest_of(config, layer, R"(,"annotations":[)" + repeated("{}", 1 << 20, ",") + "]");
                    }),
      with_manifest("config: of a chart and no image",
                    [](LayoutWriter& layout, const std::string&, const std::string& layer) {
                      return manifest_of(stored(layout, "application/vnd.cncf.helm.config.v1+json", "{}"), layer);
                    }),
  };
}

HostileLayouts layer_descriptors() {
  const std::string other_digest = "sha256:" + std::string(64, 'a');
  return {
      with_layer("layer: the digest of nothing that is there",
                 [other_digest](LayoutWriter&) { return descriptor(kLayer, other_digest, 100); }),
      with_layer("layer: larger than it says",
                 [](LayoutWriter& layout) {
                   return descriptor(kLayer, layout.add_blob(good_layer()).text(), good_layer().size() - 1);
                 }),
      with_layer("layer: smaller than it says",
                 [](LayoutWriter& layout) {
                   return descriptor(kLayer, layout.add_blob(good_layer()).text(), good_layer().size() + 1);
                 }),
      with_layer("layer: of another content than its digest",
                 [](LayoutWriter& layout) {
                   const base::Digest digest = layout.add_blob(good_layer());
                   std::string changed = good_layer();
                   changed.back() = static_cast<char>(changed.back() ^ 1);
                   write_file(layout.blob_path(digest), changed);
                   return descriptor(kLayer, digest.text(), changed.size());
                 }),
      with_layer("layer: a digest that leads out",
                 [](LayoutWriter&) { return descriptor(kLayer, "sha256:../../../../etc/passwd", 10); }),
      with_layer("layer: a digest of MD5",
                 [](LayoutWriter&) { return descriptor(kLayer, "md5:" + std::string(32, 'a'), 10); }),
      with_layer("layer: a digest in capitals",
                 [](LayoutWriter&) { return descriptor(kLayer, "sha256:" + std::string(64, 'A'), 10); }),
      with_layer("layer: a negative size",
                 [other_digest](LayoutWriter&) {
                   return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":-1}})", kLayer, other_digest);
                 }),
      with_layer("layer: a size that no number holds",
                 [other_digest](LayoutWriter&) {
                   return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":1e99}})", kLayer, other_digest);
                 }),
      with_layer("layer: of a type that nobody has",
                 [](LayoutWriter& layout) { return stored(layout, "application/x-unheard-of", good_layer()); }),
      with_layer("layer: encrypted",
                 [](LayoutWriter& layout) {
                   return stored(layout, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
                                 std::string(1000, '\xa5'));
                 }),
      with_layer("layer: elsewhere, by addresses",
                 [](LayoutWriter& layout) {
                   return stored(layout, kLayer, good_layer(),
                                 R"(,"urls":["http://169.254.169.254/latest/meta-data"])");
                 }),
  };
}

HostileLayouts indexes() {
  const std::string platform = R"(,"platform":{"os":"linux","architecture":"amd64"})";
  const auto good_entry = [platform](LayoutWriter& layout) {
    return stored(layout, kManifest, good_manifest(layout), platform);
  };
  return {
      with_index("index: as it should be", good_entry),
      with_index("index: of nothing", [](LayoutWriter&) { return std::string(); }),
      with_index("index: 10,000 entries",
                 [good_entry](LayoutWriter& layout) { return repeated(good_entry(layout), 10'000, ","); }),
      with_index("index: its entry is no manifest",
                 [platform](LayoutWriter& layout) { return stored(layout, kManifest, good_layer(), platform); }),
      with_index("index: a manifest that calls itself an index",
                 [platform](LayoutWriter& layout) { return stored(layout, kIndex, good_manifest(layout), platform); }),
      with_index("index: an index that calls itself a manifest",
                 [platform, good_entry](LayoutWriter& layout) {
                   return stored(layout, kManifest, index_of(good_entry(layout)), platform);
                 }),
      with_index("index: four deep",
                 [platform, good_entry](LayoutWriter& layout) {
                   std::string entry = good_entry(layout);
                   for (int depth = 0; depth < 3; ++depth) entry = stored(layout, kIndex, index_of(entry), platform);
                   return entry;
                 }),
      with_index("index: an attestation alone",
                 [](LayoutWriter& layout) {
                   return stored(layout, kManifest, good_manifest(layout),
                                 R"(,"platform":{"os":"unknown","architecture":"unknown"},)"
                                 R"("annotations":{"vnd.docker.reference.type":"attestation-manifest"})");
                 }),
      with_index("index: a platform that lies",
                 [](LayoutWriter& layout) {
                   return stored(layout, kManifest, good_manifest(layout),
                                 R"(,"platform":{"os":"linux","architecture":"s390x"})");
                 }),
      with_index("index: the entry's size is wrong",
                 [platform](LayoutWriter& layout) {
                   const std::string manifest = good_manifest(layout);
                   return descriptor(kManifest, layout.add_blob(manifest).text(), manifest.size() + 7, platform);
                 }),
      {"index: that names itself",
       [platform](LayoutWriter& layout) {
         const std::string other = "an index that is not there yet";
         const base::Digest digest = layout.add_blob(other);
         const std::string index = index_of(descriptor(kIndex, digest.text(), other.size(), platform));
         write_file(layout.blob_path(digest), index);
         layout.add_entry("hostile", digest, index.size());
       }},
      {"index: two that name each other",
       [platform](LayoutWriter& layout) {
         const std::string other = "an index that is not there yet";
         const base::Digest digest = layout.add_blob(other);
         const std::string index = index_of(descriptor(kIndex, digest.text(), other.size(), platform));
         write_file(layout.blob_path(digest), index_of(stored(layout, kIndex, index, platform)));
         name(layout, index);
       }},
      with_index("index: control characters in a platform",
                 [](LayoutWriter& layout) {
                   return stored(layout, kManifest, good_manifest(layout),
                                 R"(,"platform":{"os":"linux\u001b[2J","architecture":"amd64"})");
                 }),
  };
}

}  // namespace

HostileLayouts manifest_layouts() {
  return joined({manifests(), layer_descriptors(), indexes()});
}

}  // namespace tests::forge
