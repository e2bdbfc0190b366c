// What is attached to a manifest: by the registry's API, by the tag that stands in for it, and in forms that are none.
#include <gmock/gmock.h>

#include "base/error.h"
#include "registry/limits.h"
#include "registry/manifest.h"
#include "registry/registry_client.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const base::Digest kImage = base::Digest::of("image");

std::string entry(const std::string& of, const std::string& artifact_type) {
  return tests::descriptor_json(tests::kOciManifestType, base::Digest::of(of), of.size(),
                                R"(,"artifactType":")" + artifact_type + "\"");
}

std::string index_of(const std::vector<std::string>& entries) {
  std::string text = R"({"schemaVersion":2,"manifests":[)";
  for (const std::string& one : entries) text += (text.ends_with('[') ? "" : ",") + one;
  return text + "]}";
}

class ReferrersTest : public testing::Test {
 protected:
  std::vector<std::string> referrers() {
    const auto source =
        make_registry_source({.reference = registry_.reference("shop/web:1"), .policy = registry_.policy()}, clock_);
    std::vector<std::string> lines;
    for (const Referrer& one : source->referrers(kImage, {})) {
      lines.push_back(one.artifact_type + " " + one.digest.text());
    }
    return lines;
  }
  void answer(int status, const std::string& body = "") {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.target.find("/referrers/") == std::string::npos) return std::nullopt;
      return net::ServerResponse{.status = status, .body = body};
    });
  }

  tests::FakeRegistry registry_;
  base::RealClock clock_;
};

TEST_F(ReferrersTest, AreThoseOfTheApi) {
  answer(200, index_of({entry("a", "application/spdx+json"), entry("b", "")}));
  EXPECT_THAT(referrers(),
              ElementsAre("application/spdx+json " + base::Digest::of("a").text(), " " + base::Digest::of("b").text()));
}

TEST_F(ReferrersTest, AreThoseOfTheTagWhereThereIsNoApi) {
  registry_.add_manifest(index_of({entry("a", "x/y")}), tests::kOciIndexType, "sha256-" + kImage.hex());
  for (const int status : {303, 400, 404, 405}) {
    answer(status);
    EXPECT_THAT(referrers(), ElementsAre("x/y " + base::Digest::of("a").text())) << status;
  }
}

TEST_F(ReferrersTest, AreNoneWhereNeitherIsThere) {
  answer(404);
  EXPECT_THAT(referrers(), IsEmpty());
}

TEST_F(ReferrersTest, ARegistryThatFailsHasNotSaidThatThereAreNone) {
  answer(500, "oops");
  EXPECT_THROW(static_cast<void>(referrers()), base::HttpError);
}

TEST_F(ReferrersTest, WhatIsNoListIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"manifests":7})", R"({"manifests":[7]})",
                           R"({"manifests":[{"digest":"sha256:1","size":1}]})"}) {
    EXPECT_THROW(static_cast<void>(parse_referrers(body, kImage)), base::ParseError) << body;
  }
}

TEST_F(ReferrersTest, AreBounded) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < 2 * kIndexEntriesMax; ++i) entries.push_back(entry(std::to_string(i), "x/y"));
  EXPECT_THAT(parse_referrers(index_of(entries), kImage), SizeIs(kIndexEntriesMax));
}

TEST_F(ReferrersTest, AManifestSaysWhatItIsAttachedTo) {
  const std::string config = tests::descriptor_json("application/vnd.oci.empty.v1+json", base::Digest::of("{}"), 2);
  const std::string subject = tests::descriptor_json(tests::kOciManifestType, kImage, 5);
  const auto parse = [](const std::string& text) {
    return std::get<Manifest>(parse_manifest(text, base::Digest::of(text), tests::kOciManifestType));
  };
  EXPECT_EQ(parse(R"({"config":)" + config + R"(,"layers":[],"subject":)" + subject + "}").subject, kImage);
  EXPECT_EQ(parse(R"({"config":)" + config + R"(,"layers":[]})").subject, std::nullopt);
  EXPECT_EQ(parse(R"({"config":)" + config + R"(,"layers":[],"subject":null})").subject, std::nullopt);
  EXPECT_THROW(parse(R"({"config":)" + config + R"(,"layers":[],"subject":{"digest":"x","size":1}})"),
               base::ParseError);
}

}  // namespace
}  // namespace registry
