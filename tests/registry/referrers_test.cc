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

// A page of a list of referrers.
std::string page_of(std::size_t first, std::size_t count) {
  std::vector<std::string> entries;
  for (std::size_t i = first; i < first + count; ++i) entries.push_back(entry(std::to_string(i), "x/y"));
  return index_of(entries);
}

class ReferrersTest : public testing::Test {
 protected:
  std::unique_ptr<ImageSource> source() {
    return make_registry_source({.reference = registry_.reference("shop/web:1"), .policy = registry_.policy()}, clock_);
  }
  std::vector<std::string> referrers() {
    std::vector<std::string> lines;
    for (const Referrer& one : source()->referrers(kImage, {}).list) {
      lines.push_back(one.artifact_type + " " + one.digest.text());
    }
    return lines;
  }
  void answer(int status, const std::string& body = "", const std::string& link = "") {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.target.find("/referrers/") == std::string::npos) return std::nullopt;
      net::ServerResponse response{.status = status, .body = body};
      if (!link.empty()) response.headers["Link"] = link;
      return response;
    });
  }
  // So many pages of so many referrers; with a status the last one fails.
  void answer_pages(int pages, std::size_t each, int last = 200) {
    registry_.intercept(
        [this, pages, each, last](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
          constexpr std::string_view kPage = "?page=";
          if (request.target.find("/referrers/") == std::string::npos) return std::nullopt;
          const std::size_t query = request.target.find(kPage);
          asked_.push_back(query == std::string::npos ? "" : request.target.substr(query));
          const int page = query == std::string::npos ? 0 : std::stoi(request.target.substr(query + kPage.size()));
          net::ServerResponse response{.body = page_of(static_cast<std::size_t>(page) * each, each)};
          if (page + 1 == pages) response.status = last;
          if (page + 1 < pages) {
            response.headers["Link"] =
                "</v2/shop/web/referrers/" + kImage.text() + "?page=" + std::to_string(page + 1) + ">; rel=\"next\"";
          }
          return response;
        });
  }

  std::vector<std::string> asked_;  // queries of the pages; before the registry, whose thread fills it
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
  const Referrers all = parse_referrers(page_of(0, kReferrersMax), kImage);
  EXPECT_THAT(all.list, SizeIs(kReferrersMax));
  EXPECT_TRUE(all.complete);
  const Referrers more = parse_referrers(page_of(0, kReferrersMax + 1), kImage);
  EXPECT_THAT(more.list, SizeIs(kReferrersMax));
  EXPECT_FALSE(more.complete);
}

TEST_F(ReferrersTest, OfAllPagesAreRead) {
  answer_pages(3, 2);
  EXPECT_THAT(referrers(), SizeIs(6));
  EXPECT_EQ(asked_, (std::vector<std::string>{"", "?page=1", "?page=2"}));
}

TEST_F(ReferrersTest, OfTooManyPagesSayThatThereAreMore) {
  answer_pages(kReferrerPagesMax, 1);
  EXPECT_TRUE(source()->referrers(kImage, {}).complete);
  answer_pages(kReferrerPagesMax + 1, 1);
  const Referrers found = source()->referrers(kImage, {});
  EXPECT_THAT(found.list, SizeIs(kReferrerPagesMax));
  EXPECT_FALSE(found.complete);
}

TEST_F(ReferrersTest, OfFullPagesSayThatThereAreMore) {
  answer_pages(2, kReferrersMax / 2);
  EXPECT_TRUE(source()->referrers(kImage, {}).complete);
  answer_pages(3, kReferrersMax / 2);
  const Referrers found = source()->referrers(kImage, {});
  EXPECT_THAT(found.list, SizeIs(kReferrersMax));
  EXPECT_FALSE(found.complete);
  EXPECT_THAT(asked_, SizeIs(2 + 3));
}

TEST_F(ReferrersTest, APageElsewhereIsNotAskedFor) {
  for (const char* link : {"<http://elsewhere.example.com/v2/x>; rel=next", "</internal>; rel=\"next\""}) {
    answer(200, index_of({entry("a", "x/y")}), link);
    EXPECT_THROW(static_cast<void>(referrers()), base::ParseError) << link;
  }
}

TEST_F(ReferrersTest, APageThatFailsIsNotTheEnd) {
  answer_pages(2, 1, 404);
  EXPECT_THROW(static_cast<void>(referrers()), base::HttpError);
}

TEST_F(ReferrersTest, ATagOfCosignIsFound) {
  const base::Digest signed_statement =
      registry_.add_artifact("{}", "application/vnd.dsse.envelope.v1+json", "sha256-" + kImage.hex() + ".att");
  const auto found = source()->tagged_attachment(kImage, ".att", {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->digest, signed_statement);
  EXPECT_THAT(found->layers, SizeIs(1));
  EXPECT_EQ(source()->tagged_attachment(kImage, ".sbom", {}), std::nullopt);
}

TEST_F(ReferrersTest, ATagOfCosignThatIsAnIndexIsRefused) {
  registry_.add_manifest(index_of({}), tests::kOciIndexType, "sha256-" + kImage.hex() + ".att");
  EXPECT_THROW(static_cast<void>(source()->tagged_attachment(kImage, ".att", {})), base::ParseError);
}

// An entry of an index, as BuildKit writes those of attestations.
std::string attestation_entry(const std::string& of, const std::string& digest,
                              const std::string& type = "attestation-manifest",
                              const std::string& platform = "unknown") {
  return tests::descriptor_json(tests::kOciManifestType, base::Digest::of(of), of.size(),
                                R"(,"annotations":{"vnd.docker.reference.digest":")" + digest +
                                    R"(","vnd.docker.reference.type":")" + type + R"("},"platform":{"architecture":")" +
                                    platform + R"(","os":")" + platform + R"("})");
}

TEST_F(ReferrersTest, AnIndexSaysWhatItsAttestationsAreAbout) {
  const std::string image = kImage.text();
  const std::string index =
      index_of({attestation_entry("ours", image), attestation_entry("of another", base::Digest::of("another").text()),
                attestation_entry("of none", "sha256:short"), attestation_entry("of another kind", image, "signature"),
                attestation_entry("runs", image, "attestation-manifest", "linux"), entry("no annotations", "")});
  const base::Digest digest = registry_.add_manifest(index, tests::kOciIndexType);
  EXPECT_THAT(source()->attestations(digest, kImage, {}), ElementsAre(base::Digest::of("ours")));
}

TEST_F(ReferrersTest, AManifestHoldsNoAttestations) {
  const tests::FakeImage image = registry_.add_image("layer");
  EXPECT_THROW(static_cast<void>(source()->attestations(image.manifest, kImage, {})), base::ParseError);
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
