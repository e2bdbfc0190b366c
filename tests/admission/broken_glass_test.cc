// What is told of a pod that was let in by a break-glass annotation.
#include "admission/broken_glass.h"

#include <gmock/gmock.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using ::testing::HasSubstr;
using testing::kNow;

const policy::BrokenGlass kGlass{.policy = "ClusterScanPolicy/default",
                                 .policy_generation = 4,
                                 .annotation = "shop.example/emergency",
                                 .why = "INC-7"};

Review review_of_pod() {
  Review review;
  review.uid = "705ab4f5-6393-11e8-b7cc-42010a800002";
  review.resource = "pods";
  review.ns = "shop";
  review.user = "eve";
  review.workload = policy::kubernetes_workload_kinds().find("", "pods", "");
  review.object.name = "web-x7k2p";
  review.object.uid = "0b5c";
  return review;
}

TEST(GlassUse, SaysWhoRanWhatAndWhy) {
  EXPECT_EQ(glass_use(kGlass, review_of_pod(), kNow), (crds::GlassUse{.time = base::format_rfc3339(kNow),
                                                                      .user = "eve",
                                                                      .object = "shop/pods/web-x7k2p",
                                                                      .why = "INC-7",
                                                                      .decision_id = "705ab4f5-6393",
                                                                      .policy_generation = 4}));
}

TEST(GlassUse, TextsAreEscapedAndFitTheStatus) {
  policy::BrokenGlass glass = kGlass;
  glass.why = "\x1b[2J" + std::string(5000, 'y');
  Review review = review_of_pod();
  review.user = std::string(5000, 'u');
  review.object.name = std::string(5000, 'n');
  const crds::GlassUse use = glass_use(glass, review, kNow);
  EXPECT_THAT(use.why, ::testing::StartsWith("\\u{1b}[2J"));
  EXPECT_LE(use.why.size(), 512U);
  EXPECT_LE(use.user.size(), 256U);
  EXPECT_LE(use.object.size(), 640U);
}

TEST(GlassEvent, IsAboutThePodByTheUidThatItWillHave) {
  const kubernetes::Event event = glass_event(kGlass, review_of_pod());
  EXPECT_EQ(event.regarding_type.api_version(), "v1");
  EXPECT_EQ(event.regarding_type.kind, "Pod");
  EXPECT_EQ(event.regarding, (kubernetes::ObjectKey{.ns = "shop", .name = "web-x7k2p"}));
  EXPECT_EQ(event.regarding_uid, "0b5c");
  EXPECT_EQ(event.reason, "GlassBroken");
  EXPECT_EQ(event.severity, kubernetes::EventSeverity::kWarning);
  EXPECT_EQ(event.note,
            "eve let it pass ClusterScanPolicy/default by the annotation shop.example/emergency: INC-7 (decision "
            "705ab4f5-6393)");
}

TEST(GlassEvent, OfAFurtherKindWithoutANameTheResourceIsToldInstead) {
  Review review = review_of_pod();
  review.group = "example.com";
  review.resource = "trains";
  review.workload = nullptr;
  review.object = {};
  const kubernetes::Event event = glass_event(kGlass, review);
  EXPECT_EQ(event.regarding_type.api_version(), "example.com/v1");
  EXPECT_EQ(event.regarding_type.kind, "trains");
  EXPECT_EQ(event.regarding.name, "trains");
  review.name = "express";
  EXPECT_EQ(glass_event(kGlass, review).regarding.name, "express");
}

}  // namespace
}  // namespace admission
