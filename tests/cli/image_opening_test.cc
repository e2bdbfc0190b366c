#include "cli/image_opening.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/support/layout_writer.h"

namespace cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// An image of these platforms that answers resolve() as a registry does: with what was wanted and is there.
class PlatformSource final : public registry::ImageSource {
 public:
  explicit PlatformSource(const std::vector<std::string>& platforms) {
    for (const std::string& platform : platforms) {
      all_.push_back({registry::parse_platform(platform), base::Digest::of(platform)});
    }
  }

  [[nodiscard]] registry::ResolvedImage resolve(const std::vector<registry::Platform>& wanted,
                                                const base::Patience& /*patience*/) override {
    registry::ResolvedImage image{.digest = base::Digest::of("index"), .manifests = {}, .skipped = {}};
    for (const auto& entry : all_) {
      if (wanted.empty() || registry::runs_on(entry.platform, wanted.front())) image.manifests.push_back(entry);
    }
    return image;
  }
  [[nodiscard]] registry::Manifest manifest(const base::Digest& /*digest*/,
                                            const base::Patience& /*patience*/) override {
    throw base::ParseError("no manifest is needed here");
  }
  void stream_blob(const registry::Descriptor& /*blob*/, const registry::OnBlobBytes& /*on_bytes*/,
                   const base::Patience& /*patience*/) override {
    throw base::ParseError("no blob is needed here");
  }
  [[nodiscard]] bool may_pull(const registry::Descriptor& /*blob*/, const base::Patience& /*patience*/) override {
    return false;
  }

 private:
  std::vector<registry::ResolvedImage::Entry> all_;
};

std::string chosen(const std::vector<std::string>& platforms, const std::string& wanted) {
  PlatformSource source(platforms);
  return choose_manifest(source, "shop/web:1", wanted).manifest.platform.text();
}

std::string error_of_choice(const std::vector<std::string>& platforms, const std::string& wanted) {
  try {
    return "chose " + chosen(platforms, wanted);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
}

TEST(ChooseManifest, TakesThePlatformThatWasNamed) {
  EXPECT_EQ(chosen({"linux/amd64", "linux/arm64", "linux/s390x"}, "linux/s390x"), "linux/s390x");
  EXPECT_EQ(chosen({"linux/arm/v6", "linux/arm/v7"}, "linux/arm/v7"), "linux/arm/v7");
}

TEST(ChooseManifest, TakesThisMachinesPlatformByItself) {
  const std::string platform = chosen({"linux/s390x", "linux/amd64", "linux/arm64"}, "");
  EXPECT_THAT(platform, testing::AnyOf("linux/amd64", "linux/arm64"));
}

TEST(ChooseManifest, TakesTheOnlyImageUnlessAnotherPlatformWasNamed) {
  EXPECT_EQ(chosen({"linux/s390x"}, ""), "linux/s390x");
  EXPECT_THAT(error_of_choice({"linux/s390x"}, "linux/amd64"), HasSubstr("shop/web:1 has no image for linux/amd64"));
}

TEST(ChooseManifest, TellsTheIndexThatLedThere) {
  PlatformSource source({"linux/amd64", "linux/arm64"});
  EXPECT_EQ(choose_manifest(source, "shop/web:1", "linux/arm64").index, base::Digest::of("index"));
}

TEST(ChooseManifest, ListsWhatThereIsToChoose) {
  EXPECT_THAT(error_of_choice({"linux/s390x", "windows/amd64"}, ""),
              AllOf(HasSubstr("--platform"), HasSubstr("linux/s390x, windows/amd64")));
  EXPECT_THAT(error_of_choice({}, ""), HasSubstr("none that runs"));
}

TEST(OpenImage, ReadsALayoutOnDisk) {
  const tests::TemporaryFolder folder;
  const base::Digest digest = tests::LayoutWriter(folder.path()).add_image("v1", {"layer"});
  const base::RealClock clock;
  ImageQuery command;
  command.image = "oci:" + folder.path().string() + ":v1";

  const auto source = open_image(command, nullptr, clock);

  const ChosenManifest chosen = choose_manifest(*source, command.image, "linux/amd64");
  EXPECT_EQ(chosen.manifest.digest, digest);
  EXPECT_EQ(chosen.index, std::nullopt) << "the tag names the manifest itself";
}

TEST(OpenImage, RefusesWhatIsNoReference) {
  const base::RealClock clock;
  for (const char* image : {"", "Shop//Web", "oci:/nowhere/at/all", "web:tag:tag"}) {
    ImageQuery command;
    command.image = image;
    EXPECT_THROW(static_cast<void>(open_image(command, nullptr, clock)), base::Error) << image;
  }
}

}  // namespace
}  // namespace cli
