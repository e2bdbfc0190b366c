#include "operator/reconcilers/drift_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kJudged = "sha256:" + std::string(64, '1');
const std::string kPlatform = "sha256:" + std::string(64, '2');
const std::string kOld = "sha256:" + std::string(64, '3');
const std::string kOlder = "sha256:" + std::string(64, '4');

crds::ImageScanStatus status_of(const std::string& reference = "registry:5000/web:1") {
  crds::ImageScanStatus status;
  status.image = reference;
  status.digest = kJudged;
  status.platforms = {{.platform = "linux/amd64", .digest = kPlatform, .report = "r"}};
  return status;
}

RunningImage running(const std::string& pod, const std::string& digest) {
  return {.pod = pod, .container = "main", .digest = digest};
}

DesiredRows rows_of(std::vector<NamespaceImage> images) {
  return desired_rows("shop", images, {}, {}, {}, tests::FakeClock::kStart);
}

TEST(DriftRows, NothingIsSaidOfWhatRunsAsItWasJudged) {
  EXPECT_THAT(drifted_images(status_of(), {running("a", kJudged), running("b", kPlatform)}), IsEmpty());
  EXPECT_THAT(drifted_images({}, {running("a", kOld)}), IsEmpty()) << "nothing is resolved yet";
}

TEST(DriftRows, IsOneImageForEachOtherDigest) {
  const auto images = drifted_images(
      status_of(), {running("c", kOld), running("a", kOlder), running("b", kOld), running("d", kJudged)});

  ASSERT_THAT(images, SizeIs(2));
  EXPECT_EQ(images[0].digest, kOld);
  EXPECT_THAT(images[0].workloads, SizeIs(2));
  EXPECT_EQ(images[0].workloads[0], (crds::FindingWorkload{.kind = "Pod", .name = "b", .container = "main"}));
  EXPECT_EQ(images[1].digest, kOlder);
  EXPECT_FALSE(images[1].decides);
}

TEST(DriftRows, AreOneFindingOfTheReference) {
  const DesiredRows desired =
      rows_of(drifted_images(status_of(), {running("a", kOld), running("b", kOlder), running("c", kOlder)}));

  ASSERT_THAT(desired.rows, SizeIs(1));
  const crds::Finding& row = desired.rows[0];
  EXPECT_THAT(row.metadata.name, testing::StartsWith("digestdrift-"));
  EXPECT_EQ(row.spec.package.name, "registry:5000/web:1");
  EXPECT_EQ(row.spec.package.type, "oci");
  EXPECT_THAT(row.spec.installed_versions, ElementsAre(kOld, kOlder));
  EXPECT_THAT(row.spec.fixed_versions, ElementsAre(kJudged));
  EXPECT_EQ(row.spec.severity, crds::Severity::kMedium);
  EXPECT_EQ(row.spec.image_count, 2);
  EXPECT_EQ(row.spec.workload_count, 3);
  EXPECT_THAT(row.spec.remediation, testing::HasSubstr("restart the pods"));
}

TEST(DriftRows, TwoReferencesAreTwoFindings) {
  std::vector<NamespaceImage> images = drifted_images(status_of(), {running("a", kOld)});
  for (NamespaceImage& image : drifted_images(status_of("registry:5000/web:2"), {running("b", kOld)})) {
    images.push_back(std::move(image));
  }

  EXPECT_THAT(rows_of(images).rows, SizeIs(2));
}

TEST(DriftRows, NoPolicyDeniesOnThem) {
  RowJudges judges;
  judges.denied_from = [](const policy::FindingFacts&, const NamespaceImage&, base::SystemTime) {
    return std::optional(base::SystemTime::min());
  };
  const DesiredRows desired =
      desired_rows("shop", drifted_images(status_of(), {running("a", kOld)}), {}, judges, {}, tests::FakeClock::kStart);

  ASSERT_THAT(desired.rows, SizeIs(1));
  EXPECT_FALSE(desired.rows[0].status->blocking);
}

// The reports of what runs may still be there, or be damaged: neither says anything of a row that is about no report.
TEST(DriftRows, EndsAsFixedWhateverTheReportsSay) {
  const auto images = drifted_images(status_of(), {running("a", kOld)});
  const DesiredRows before = rows_of(images);
  KnownRows known;
  known.emplace(before.rows[0].metadata.name, known_row(before.rows[0]));
  const NamespaceImage old_image{.reference = "registry:5000/web@" + kOld,
                                 .digest = kOld,
                                 .workloads = {},
                                 .rows = std::make_shared<const std::vector<crds::ReportRow>>()};
  const auto fixed = [&](const std::vector<UnreadableImage>& unreadable) {
    return diff_rows(desired_rows("shop", {old_image}, known, {}, {}, tests::FakeClock::kStart, unreadable), known,
                     tests::FakeClock::kStart)
        .fixed;
  };

  EXPECT_THAT(fixed({}), SizeIs(1));
  EXPECT_THAT(fixed({{.reference = "registry:5000/other", .digest = kOlder, .why = "damaged"}}), SizeIs(1));
}

TEST(DriftRows, ALongReferenceStaysWithinItsField) {
  const auto images = drifted_images(status_of("registry:5000/" + std::string(400, 'w') + ":1"), {running("a", kOld)});

  EXPECT_EQ(images.at(0).rows->at(0).package.size(), 256U);
  EXPECT_GT(images.at(0).reference.size(), 400U);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
