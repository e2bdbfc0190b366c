#include "registry/oci_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/layout_writer.h"

namespace registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class OciLayout : public ::testing::Test {
 protected:
  std::unique_ptr<ImageSource> source(const std::string& tag = "") {
    return make_oci_layout_source({.directory = folder_.path().string(), .tag = tag});
  }
  std::string config_error(const std::string& tag = "") {
    try {
      static_cast<void>(source(tag));
    } catch (const base::ConfigError& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  tests::TemporaryFolder folder_;
  tests::LayoutWriter layout_{folder_.path()};
};

TEST_F(OciLayout, ReadsTheOnlyImage) {
  const base::Digest digest = layout_.add_image("", {"one", "two"});

  const auto image_source = source();
  const ResolvedImage image = image_source->resolve({}, {});
  const Manifest manifest = image_source->manifest(digest, {});

  EXPECT_EQ(image.digest, digest);
  ASSERT_THAT(image.manifests, SizeIs(1));
  EXPECT_EQ(image.manifests[0].platform.text(), "linux/amd64");
  ASSERT_THAT(manifest.layers, SizeIs(2));
  EXPECT_EQ(read_blob(*image_source, manifest.layers[1], 10, {}), "two");
}

TEST_F(OciLayout, ReadsTheImageOfATag) {
  layout_.add_image("old", {"old"});
  const base::Digest digest = layout_.add_image("new", {"new"});

  EXPECT_EQ(source("new")->resolve({}, {}).digest, digest);
}

TEST_F(OciLayout, ListsTheTagsWhenNoneOrAnUnknownOneIsNamed) {
  layout_.add_image("old", {"old"});
  layout_.add_image("new", {"new"});

  EXPECT_THAT(config_error(), HasSubstr("its tags: old, new"));
  EXPECT_THAT(config_error("other"), HasSubstr("no tag other; its tags: old, new"));
}

TEST_F(OciLayout, NamesADirectoryThatIsNone) {
  std::filesystem::remove(folder_.path() / "oci-layout");

  EXPECT_THAT(config_error(), HasSubstr(folder_.path().string() + " is not an OCI image layout"));
}

TEST_F(OciLayout, RefusesABlobThatWasChanged) {
  const base::Digest digest = layout_.add_image("", {"layer"});
  const auto image_source = source();
  const Descriptor layer = image_source->manifest(digest, {}).layers.at(0);
  tests::write_file(layout_.blob_path(layer.digest), "LAYER");

  EXPECT_THROW(static_cast<void>(read_blob(*image_source, layer, 10, {})), base::ParseError);
}

TEST_F(OciLayout, RefusesAManifestThatWasChanged) {
  const base::Digest digest = layout_.add_image("", {"layer"});
  tests::write_file(layout_.blob_path(digest), "{}");

  EXPECT_THROW(static_cast<void>(source()->resolve({}, {})), base::ParseError);
}

TEST_F(OciLayout, NamesAMissingBlob) {
  const base::Digest digest = layout_.add_image("", {"layer"});
  const auto image_source = source();
  const Descriptor layer = image_source->manifest(digest, {}).layers.at(0);
  std::filesystem::remove(layout_.blob_path(layer.digest));

  EXPECT_THROW(static_cast<void>(read_blob(*image_source, layer, 10, {})), base::ConfigError);
}

TEST_F(OciLayout, EndsWhenStopped) {
  const base::Digest digest = layout_.add_image("", {"layer"});
  const auto image_source = source();
  const Descriptor layer = image_source->manifest(digest, {}).layers.at(0);
  std::stop_source stop;
  stop.request_stop();

  EXPECT_THROW(static_cast<void>(read_blob(*image_source, layer, 10, stop.get_token())), base::NetworkError);
}

TEST(ReadBlob, RefusesWhatIsTooLargeBeforeReading) {
  const tests::TemporaryFolder folder;
  tests::LayoutWriter layout(folder.path());
  const base::Digest digest = layout.add_image("", {"layer"});
  const auto image_source = make_oci_layout_source({.directory = folder.path().string()});
  const Descriptor layer = image_source->manifest(digest, {}).layers.at(0);

  EXPECT_THROW(static_cast<void>(read_blob(*image_source, layer, 4, {})), base::LimitExceeded);
}

struct Reference {
  std::string name;
  std::string text;
  std::string directory;
  std::string tag;
};
void PrintTo(const Reference& reference, std::ostream* out) {
  *out << reference.name;
}
class OciLayoutReferenceTest : public ::testing::TestWithParam<Reference> {};

TEST_P(OciLayoutReferenceTest, IsSplit) {
  const OciLayoutReference reference = parse_oci_layout_reference(GetParam().text);

  EXPECT_EQ(reference.directory, GetParam().directory);
  EXPECT_EQ(reference.tag, GetParam().tag);
}

INSTANTIATE_TEST_SUITE_P(Rows, OciLayoutReferenceTest,
                         ::testing::Values(Reference{"Directory", "images/app", "images/app", ""},
                                           Reference{"Tag", "images/app:v1", "images/app", "v1"},
                                           Reference{"ColonInDirectory", "a:b/c", "a:b/c", ""},
                                           Reference{"Both", "a:b/c:v1", "a:b/c", "v1"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace registry
