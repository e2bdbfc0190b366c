// What a report remembers of where its inventory is attached.
#include "operator/reconcilers/attached_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pratique_operator::reconcilers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

crds::ImageReport report(std::optional<bool> attached_sboms, const std::string& annotation = {}) {
  crds::ImageReport report;
  report.spec.scanner_version = "0.1.0+8";
  report.spec.attached_sboms = attached_sboms;
  if (!annotation.empty()) report.metadata.annotations[std::string(kAttachedTo)] = annotation;
  return report;
}

TEST(AttachedReports, OnlyWhatOurScannersReadWholeIsAttached) {
  EXPECT_TRUE(must_be_attached(report(false), "r/web"));
  EXPECT_TRUE(must_be_attached(report(true), "r/web"));
  EXPECT_FALSE(must_be_attached(report(std::nullopt), "r/web"));
}

TEST(AttachedReports, EachRepositoryIsRemembered) {
  EXPECT_EQ(attached_also_to(report(false), "r/web"), "0.1.0+8 r/web");
  const crds::ImageReport once = report(false, "0.1.0+8 r/web");
  EXPECT_THAT(attached_to(once), ElementsAre("r/web"));
  EXPECT_FALSE(must_be_attached(once, "r/web"));
  EXPECT_TRUE(must_be_attached(once, "r/other"));
  EXPECT_EQ(attached_also_to(once, "r/other"), "0.1.0+8 r/other r/web");
}

TEST(AttachedReports, WhatWasAttachedOfAnotherScanIsNotThisOne) {
  for (const char* value : {"0.1.0+7 r/web", "0.1.0+8+sboms r/web", "r/web", " ", "0.1.0+8"}) {
    EXPECT_THAT(attached_to(report(false, value)), IsEmpty()) << value;
    EXPECT_TRUE(must_be_attached(report(false, value), "r/web")) << value;
  }
  EXPECT_EQ(attached_also_to(report(true, "0.1.0+8 r/web"), "r/other"), "0.1.0+8+sboms r/other");
}

TEST(AttachedReports, NoMoreRepositoriesThanTheBound) {
  crds::ImageReport full = report(false);
  for (std::size_t i = 0; i < kAttachedRepositoriesMax; ++i) {
    EXPECT_TRUE(must_be_attached(full, "r/last")) << i;
    full = report(false, attached_also_to(full, "r/" + std::to_string(i)));
  }
  EXPECT_EQ(attached_to(full).size(), kAttachedRepositoriesMax);
  EXPECT_FALSE(must_be_attached(full, "r/last"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
