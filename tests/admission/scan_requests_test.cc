#include "admission/scan_requests.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admission/limits.h"
#include "tests/admission/reviews.h"

namespace admission {
namespace {

using Answer = WishLimiter::Answer;
using nlohmann::json;

ScanWish wish(const std::string& ns, const std::string& name) {
  return {.ns = ns, .name = name, .image = "registry:5000/web:1", .pull_secrets = {}};
}

base::SteadyTime at(std::chrono::milliseconds since) {
  return base::SteadyTime{} + std::chrono::hours(1) + since;
}

TEST(WishLimiter, TheSameScanIsAskedForOnceInAWhile) {
  WishLimiter limiter;
  EXPECT_EQ(limiter.judge(wish("shop", "web"), at({})), Answer::kPass);
  EXPECT_EQ(limiter.judge(wish("shop", "web"), at(kScanRequestPause - std::chrono::milliseconds(1))),
            Answer::kRepeated);
  EXPECT_EQ(limiter.judge(wish("bank", "web"), at({})), Answer::kPass) << "another namespace's is another scan";
  EXPECT_EQ(limiter.judge(wish("shop", "web"), at(kScanRequestPause)), Answer::kPass);
}

TEST(WishLimiter, ANamespaceMayAskForABurstAndThenSlowly) {
  WishLimiter limiter;
  int number = 0;
  const auto ask = [&](const std::string& ns, std::chrono::milliseconds since) {
    return limiter.judge(wish(ns, std::to_string(number++)), at(since));
  };
  for (int i = 0; i < static_cast<int>(kScanRequestBurst); ++i) EXPECT_EQ(ask("shop", {}), Answer::kPass);
  EXPECT_EQ(ask("shop", {}), Answer::kTooMany);
  EXPECT_EQ(ask("bank", {}), Answer::kPass) << "others are not slowed down";
  EXPECT_EQ(ask("shop", kScanRequestInterval), Answer::kPass);
  EXPECT_EQ(ask("shop", kScanRequestInterval), Answer::kTooMany);
}

TEST(WishLimiter, WhatWasTooManyMayBeAskedForLater) {
  WishLimiter limiter;
  for (int i = 0; i < static_cast<int>(kScanRequestBurst); ++i) {
    (void)limiter.judge(wish("shop", std::to_string(i)), at({}));
  }
  EXPECT_EQ(limiter.judge(wish("shop", "late"), at({})), Answer::kTooMany);
  EXPECT_EQ(limiter.judge(wish("shop", "late"), at(kScanRequestInterval)), Answer::kPass);
}

TEST(ImageScanFor, AWishIsAnImageScanOfOurs) {
  ScanWish one = wish("shop", "web-1-abc");
  one.pull_secrets = {"login"};
  const json scan = image_scan_for(one);
  EXPECT_EQ(
      scan,
      (json{
          {"apiVersion", "pratique.dev/v1alpha1"},
          {"kind", "ImageScan"},
          {"metadata",
           {{"name", "web-1-abc"}, {"namespace", "shop"}, {"labels", {{"app.kubernetes.io/managed-by", "pratique"}}}}},
          {"spec", {{"image", "registry:5000/web:1"}, {"priority", "High"}, {"pullSecrets", {"login"}}}}}));
}

TEST(ImageScanFor, OneThatARequestWaitsForGoesFirst) {
  ScanWish one = wish("shop", "web");
  one.urgency = WishUrgency::kWaiting;
  EXPECT_EQ(image_scan_for(one)["spec"]["priority"], "Admission");
}

TEST(ImageScanFor, APersonsOwnIsNotTakenOver) {
  ScanWish one = wish("shop", "web");
  one.kind = WishKind::kAddSecrets;
  one.pull_secrets = {"login"};
  const json scan = image_scan_for(one);
  EXPECT_FALSE(scan["metadata"].contains("labels"));
  EXPECT_EQ(scan["spec"], (json{{"image", "registry:5000/web:1"}, {"pullSecrets", {"login"}}}));
}

TEST(PatchFor, ANewResolutionIsAskedForByAnnotationAlone) {
  ScanWish one = wish("shop", "web");
  one.kind = WishKind::kResolveAgain;
  EXPECT_EQ(patch_for(one, testing::kNow),
            (json{{"metadata",
                   {{"annotations",
                     {{"pratique.dev/rescan-requested-at", "2026-06-01T12:00:00Z"},
                      {"pratique.dev/resolution-requested-at", "2026-06-01T12:00:00Z"}}}}}}));
}

TEST(PatchFor, AHurryChangesThePriorityAlone) {
  ScanWish one = wish("shop", "web");
  one.kind = WishKind::kHurry;
  EXPECT_EQ(patch_for(one, testing::kNow), (json{{"spec", {{"priority", "Admission"}}}}));
}

TEST(PatchFor, WhatIsToBeMadeIsNoPatch) {
  for (const WishKind kind : {WishKind::kScan, WishKind::kAddSecrets}) {
    ScanWish one = wish("shop", "web");
    one.kind = kind;
    EXPECT_EQ(patch_for(one, testing::kNow), std::nullopt);
  }
}

TEST(WishLimiter, AHurryIsNotHeldBackByTheWishBefore) {
  WishLimiter limiter;
  EXPECT_EQ(limiter.judge(wish("shop", "web"), {}), WishLimiter::Answer::kPass);
  ScanWish hurry = wish("shop", "web");
  hurry.kind = WishKind::kHurry;
  EXPECT_EQ(limiter.judge(hurry, {}), WishLimiter::Answer::kPass);
  EXPECT_EQ(limiter.judge(hurry, {}), WishLimiter::Answer::kRepeated);
}

}  // namespace
}  // namespace admission
