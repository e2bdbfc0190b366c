#include "registry/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kDescriptor = R"({"mediaType":"t","digest":")" + kDigest + R"(","size":7})";

std::variant<Manifest, ImageIndex> parse(const std::string& text, const std::string& content_type = "") {
  return parse_manifest(text, base::Digest::of(text), content_type);
}

std::string repeat(const std::string& item, int times) {
  std::string list;
  for (int i = 0; i < times; ++i) list += (i == 0 ? "" : ",") + item;
  return list;
}

std::string manifest_of(const std::string& layers) {
  return R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[)" + layers + "]}";
}

TEST(ParseManifest, ReadsAnImageManifest) {
  const auto document =
      parse(manifest_of(kDescriptor), "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8");

  const auto& manifest = std::get<Manifest>(document);
  EXPECT_EQ(manifest.config.digest.text(), kDigest);
  EXPECT_EQ(manifest.config.size, 7U);
  ASSERT_THAT(manifest.layers, SizeIs(1));
  EXPECT_EQ(manifest.layers[0].media_type, "t");
}

TEST(ParseManifest, ReadsAnIndex) {
  const auto document = parse(R"({"schemaVersion":2,"manifests":[{"digest":")" + kDigest +
                              R"(","size":7,"platform":{"os":"linux","architecture":"arm","variant":"v7"}},)" +
                              R"({"digest":")" + kDigest + R"(","size":7,"mediaType":"application/x"}]})");

  const auto& index = std::get<ImageIndex>(document);
  ASSERT_THAT(index.entries, SizeIs(2));
  EXPECT_EQ(index.entries[0].descriptor.platform->text(), "linux/arm/v7");
  EXPECT_EQ(index.entries[0].skip_reason, "");
  EXPECT_THAT(index.entries[1].skip_reason, HasSubstr("application/x"));
}

struct Bad {
  std::string name;
  std::string text;
  std::string message;
  std::string content_type{};
};
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}
class BadManifest : public ::testing::TestWithParam<Bad> {};

TEST_P(BadManifest, IsRefusedWithItsReason) {
  try {
    static_cast<void>(parse(GetParam().text, GetParam().content_type));
    FAIL() << "was accepted";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("manifest " + base::Digest::of(GetParam().text).text()));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadManifest,
    ::testing::Values(
        Bad{"Empty", "", "malformed JSON"}, Bad{"NotAnObject", "[]", "not a JSON object"},
        Bad{"Schema1", R"({"schemaVersion":1,"fsLayers":[]})", "schema 1 is not supported"},
        Bad{"Neither", R"({"schemaVersion":2})", "either an image manifest or an index"},
        Bad{"Both", R"({"config":)" + kDescriptor + R"(,"layers":[],"manifests":[]})", "either an image manifest"},
        Bad{"MediaTypeDisagrees",
            R"({"mediaType":"application/vnd.oci.image.index.v1+json","config":)" + kDescriptor + R"(,"layers":[]})",
            "disagree"},
        Bad{"ContentTypeDisagrees", manifest_of(""), "disagree", "application/vnd.oci.image.index.v1+json"},
        Bad{"NoLayers", R"({"config":)" + kDescriptor + "}", "\"layers\" is missing"},
        Bad{"LayersNotAList", R"({"config":)" + kDescriptor + R"(,"layers":{}})", "\"layers\" is not a list"},
        Bad{"LayerNotAnObject", manifest_of("1"), "layer 1: not a JSON object"},
        Bad{"LayerWithoutDigest", manifest_of(R"({"size":1})"), "layer 1: \"digest\" is missing"},
        Bad{"Sha512", manifest_of(R"({"size":1,"digest":"sha512:)" + std::string(128, 'a') + "\"}"), "the digest"},
        Bad{"NegativeSize", manifest_of(R"({"size":-1,"digest":")" + kDigest + "\"}"), "the size"},
        Bad{"FractionalSize", manifest_of(R"({"size":1.5,"digest":")" + kDigest + "\"}"), "the size"},
        Bad{"DuplicateKey", R"({"layers":[],"config":)" + kDescriptor + R"(,"layers":[]})", "occurs twice"},
        Bad{"TooManyLayers", manifest_of(repeat(kDescriptor, 1001)), "1001 layers, at most 1000"},
        Bad{"TooManyEntries", R"({"manifests":[)" + repeat(kDescriptor, 101) + "]}", "101 manifests, at most 100"},
        Bad{"TooDeep", R"({"config":)" + std::string(65, '[') + std::string(65, ']') + "}", "deeper than 64"},
        Bad{"TooLarge", std::string((4 << 20) + 1, ' '), "larger than 4194304 bytes"},
        Bad{"PlatformNotAnObject", R"({"manifests":[{"size":1,"platform":"linux","digest":")" + kDigest + "\"}]}",
            "\"platform\" is not an object"}),
    [](const auto& row) { return row.param.name; });

TEST(ConfigPlatform, IsFoundInAnImageConfigAlone) {
  const base::Digest digest = base::Digest::of("");

  EXPECT_EQ(find_config_platform(R"({"os":"linux","architecture":"arm64","variant":"v8"})", digest)->text(),
            "linux/arm64/v8");
  EXPECT_EQ(find_config_platform(R"({"name":"chart"})", digest), std::nullopt);
  EXPECT_EQ(find_config_platform("not json", digest), std::nullopt);
  EXPECT_EQ(find_config_platform("{}", digest), std::nullopt);
}

TEST(ConfigDiffIds, AreDigestsInOrderOrNone) {
  const base::Digest digest = base::Digest::of("");
  const std::string one = base::Digest::of("one").text();
  const std::string two = base::Digest::of("two").text();
  const auto config_of = [](const std::string& list) {
    return R"({"rootfs":{"type":"layers","diff_ids":)" + list + "}}";
  };

  EXPECT_THAT(config_diff_ids(config_of(R"([")" + two + R"(",")" + one + R"("])"), digest),
              ::testing::ElementsAre(base::Digest::of("two"), base::Digest::of("one")));
  EXPECT_THAT(config_diff_ids(config_of("[]"), digest), ::testing::IsEmpty());
  for (const std::string& wrong :
       {std::string("not json"), std::string("[]"), std::string("{}"), std::string(R"({"rootfs":[]})"),
        std::string(R"({"rootfs":{}})"), config_of("{}"), config_of("[7]"), config_of(R"(["sha256:12"])"),
        config_of(R"([")" + one + R"(",null])")}) {
    EXPECT_THROW(static_cast<void>(config_diff_ids(wrong, digest)), base::ParseError) << wrong;
  }
}

struct Runs {
  std::string image;
  std::string node;
  bool runs;
};
class RunsOn : public ::testing::TestWithParam<Runs> {};

TEST_P(RunsOn, ComparesVariantsWhereBothHaveOne) {
  EXPECT_EQ(runs_on(parse_platform(GetParam().image), parse_platform(GetParam().node)), GetParam().runs);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RunsOn,
    ::testing::Values(Runs{"linux/amd64", "linux/amd64", true}, Runs{"linux/amd64", "linux/arm64", false},
                      Runs{"windows/amd64", "linux/amd64", false}, Runs{"linux/arm64/v8", "linux/arm64", true},
                      Runs{"linux/arm64", "linux/arm64/v8", true}, Runs{"linux/arm/v6", "linux/arm/v7", false},
                      Runs{"linux/arm/v7", "linux/arm", true}));

TEST(ParsePlatform, RefusesWhatIsNone) {
  for (const std::string text : {"", "linux", "linux/", "/amd64", "linux/amd64/", "linux/amd64/v1/x", "a b/c"}) {
    EXPECT_THROW(static_cast<void>(parse_platform(text)), base::ParseError) << text;
  }
}

}  // namespace
}  // namespace registry
