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
  const json scan = image_scan_for(one, testing::kNow);
  EXPECT_EQ(
      scan,
      (json{
          {"apiVersion", "pratique.dev/v1alpha1"},
          {"kind", "ImageScan"},
          {"metadata",
           {{"name", "web-1-abc"}, {"namespace", "shop"}, {"labels", {{"app.kubernetes.io/managed-by", "pratique"}}}}},
          {"spec", {{"image", "registry:5000/web:1"}, {"priority", "Admission"}, {"pullSecrets", {"login"}}}}}));
}

TEST(ImageScanFor, ANewResolutionIsAskedForByAnnotationAndTakesNothingOver) {
  ScanWish one = wish("shop", "web");
  one.kind = WishKind::kResolveAgain;
  const json scan = image_scan_for(one, testing::kNow);
  EXPECT_EQ(scan["metadata"]["annotations"]["pratique.dev/rescan-requested-at"], "2026-06-01T12:00:00Z");
  EXPECT_FALSE(scan["metadata"].contains("labels"));
  EXPECT_FALSE(scan["spec"].contains("priority"));
}

}  // namespace
}  // namespace admission
