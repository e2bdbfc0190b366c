#include "registry/docker_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/compress.h"
#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"

namespace registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using tests::TarBuilder;

constexpr const char* kConfig = R"({"os":"linux","architecture":"arm64"})";

class DockerArchive : public ::testing::Test {
 protected:
  std::unique_ptr<ImageSource> source(const TarBuilder& archive, const std::string& image = "") {
    tests::write_file(folder_.path() / "image.tar", archive.archive());
    return make_docker_archive_source({.file = folder_.file("image.tar"), .image = image});
  }
  std::string error_of(const TarBuilder& archive, const std::string& image = "") {
    try {
      static_cast<void>(source(archive, image));
    } catch (const base::Error& error) {
      return error.what();
    }
    return "nothing";
  }
  tests::TemporaryFolder folder_;
};

TEST_F(DockerArchive, OfAnOldDockerIsReadByItsManifestWithLinksBetweenLayers) {
  TarBuilder archive;
  archive.file("0a/layer.tar", "one").symbolic_link("1b/layer.tar", "../0a/layer.tar");
  archive.file("2c/layer.tar", tests::gzip("two")).file("c.json", kConfig);
  archive.file(
      "manifest.json",
      R"([{"Config":"c.json","RepoTags":["shop/web:1"],"Layers":["0a/layer.tar","1b/layer.tar","2c/layer.tar"]}])");

  const auto image_source = source(archive);
  const ResolvedImage image = image_source->resolve({}, {});

  ASSERT_THAT(image.manifests, SizeIs(1));
  EXPECT_EQ(image.manifests[0].platform.text(), "linux/arm64");
  const Manifest manifest = image_source->manifest(image.manifests[0].digest, {});
  ASSERT_THAT(manifest.layers, SizeIs(3));
  EXPECT_EQ(manifest.layers[0].digest, base::Digest::of("one")) << "of an unpacked layer, its diff_id";
  EXPECT_EQ(read_blob(*image_source, manifest.layers[0], 10, {}), "one");
  EXPECT_EQ(read_blob(*image_source, manifest.layers[1], 10, {}), "one");
  EXPECT_THAT(manifest.layers[2].media_type, HasSubstr("gzip"));
  EXPECT_EQ(source(archive)->resolve({}, {}).digest, image.digest) << "the same file has the same digest";
}

TEST_F(DockerArchive, OfANewDockerIsReadAsTheLayoutThatItHolds) {
  const std::string layer = "one";
  const std::string config = kConfig;
  const auto descriptor = [](const std::string& type, const std::string& bytes) {
    return R"({"mediaType":"application/vnd.oci.image.)" + type + R"(","digest":")" + base::Digest::of(bytes).text() +
           R"(","size":)" + std::to_string(bytes.size());
  };
  const std::string manifest =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
      descriptor("config.v1+json", config) + "},\"layers\":[" + descriptor("layer.v1.tar", layer) + "}]}";
  TarBuilder archive;
  for (const std::string& blob : {layer, config, manifest}) {
    archive.file("blobs/sha256/" + base::Digest::of(blob).hex(), blob);
  }
  archive.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})").file("manifest.json", "[]");
  archive.file("index.json", R"({"schemaVersion":2,"manifests":[)" + descriptor("manifest.v1+json", manifest) +
                                 R"(,"annotations":{"io.containerd.image.name":"docker.io/library/web:1",
                                     "org.opencontainers.image.ref.name":"1"}}]})");

  for (const char* name : {"", "web:1", "library/web:1", "docker.io/library/web:1", "1"}) {
    EXPECT_EQ(source(archive, name)->resolve({}, {}).digest, base::Digest::of(manifest)) << name;
  }
  EXPECT_THAT(error_of(archive, "web:2"), HasSubstr("no tag web:2"));
}

TEST_F(DockerArchive, OfSeveralImagesOneIsNamed) {
  TarBuilder archive;
  archive.file("a.json", kConfig).file("b.json", R"({"os":"linux","architecture":"amd64"})").file("l.tar", "one");
  archive.file("manifest.json", R"([{"Config":"a.json","RepoTags":["web:1"],"Layers":["l.tar"]},
                                    {"Config":"b.json","RepoTags":["web:2","registry:5000/web:2"],"Layers":["l.tar"]}])");

  EXPECT_EQ(source(archive, "registry:5000/web:2")->resolve({}, {}).manifests.at(0).platform.text(), "linux/amd64");
  EXPECT_THAT(error_of(archive), HasSubstr("web:1, web:2, registry:5000/web:2"));
  EXPECT_THAT(error_of(archive, "web:3"), HasSubstr("none is web:3"));
}

TEST_F(DockerArchive, WhatIsNoneIsNamed) {
  const std::pair<const char*, const char*> rows[] = {
      {"[]", "lists no image"},
      {"{}", "lists no image"},
      {"[1]", "what is no image"},
      {R"([{"Layers":[]}])", "an image without \"Config\""},
      {R"([{"Config":"c.json","Layers":[]}])", "c.json, which is not in it"},
      {R"([{"Config":"c.json"}])", "without a list of \"Layers\""},
      {R"([{"Config":"c.json","Layers":[7]}])", "without a list of \"Layers\""},
      {R"([{"Config":"c.json","Layers":"l.tar"}])", "without a list of \"Layers\""},
      {R"([{"Config":"loop","Layers":[]}])", "loop, which is not in it"},
      {"[", "image.tar"},
  };
  for (const auto& [manifest, message] : rows) {
    TarBuilder archive;
    archive.symbolic_link("loop", "loop").file("manifest.json", manifest);
    EXPECT_THAT(error_of(archive), HasSubstr(message)) << manifest;
  }
  TarBuilder other;
  other.file("etc/passwd", "x");
  EXPECT_THAT(error_of(other), HasSubstr("no manifest.json in it"));
  EXPECT_THROW(static_cast<void>(make_docker_archive_source({.file = folder_.file("nowhere.tar")})), base::ConfigError);
  tests::write_file(folder_.path() / "packed.tar.gz", tests::gzip(std::string(2048, 'x')));
  try {
    static_cast<void>(make_docker_archive_source({.file = folder_.file("packed.tar.gz")}));
    ADD_FAILURE() << "was read";
  } catch (const base::ParseError& error) {
    EXPECT_THAT(error.what(), HasSubstr("unpacked first"));
  }
}

TEST(DockerArchiveReference, EndsItsFileAtTheFirstColon) {
  EXPECT_EQ(parse_docker_archive_reference("dir/web.tar").file, "dir/web.tar");
  const DockerArchiveReference named = parse_docker_archive_reference("web.tar:registry:5000/web:1");
  EXPECT_EQ(named.file, "web.tar");
  EXPECT_EQ(named.image, "registry:5000/web:1");
}

}  // namespace
}  // namespace registry
