#include "admission/report_cache.h"

#include <gtest/gtest.h>

namespace admission {
namespace {

std::shared_ptr<const ReportFacts> facts(const std::string& platform) {
  ReportFacts made;
  made.manifest.platform = platform;
  return std::make_shared<const ReportFacts>(std::move(made));
}

class ReportCacheTest : public testing::Test {
 protected:
  std::shared_ptr<const ReportFacts> ask(const std::string& of, const std::string& answer) {
    return cache_.of(base::Digest::of(of), [&] {
      ++made_;
      return facts(answer);
    });
  }
  ReportCache cache_;
  int made_ = 0;
};

TEST_F(ReportCacheTest, MakesThemOnce) {
  const auto first = ask("a", "linux/amd64");
  EXPECT_EQ(ask("a", "other"), first);
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(ask("b", "linux/arm64")->manifest.platform, "linux/arm64");
}

TEST_F(ReportCacheTest, MakesAChangedOneAnew) {
  (void)ask("a", "old");
  (void)ask("b", "stays");
  cache_.forget(base::Digest::of("a").hex());
  EXPECT_EQ(ask("a", "new")->manifest.platform, "new");
  EXPECT_EQ(ask("b", "other")->manifest.platform, "stays");
}

// A decision that has read the old report must not put it back.
TEST_F(ReportCacheTest, RemembersNothingThatChangedMeanwhile) {
  const base::Digest digest = base::Digest::of("a");
  const auto answered = cache_.of(digest, [&] {
    cache_.forget(digest.hex());
    return facts("old");
  });
  EXPECT_EQ(answered->manifest.platform, "old");
  EXPECT_EQ(ask("a", "new")->manifest.platform, "new");
}

TEST_F(ReportCacheTest, RemembersNoAbsence) {
  EXPECT_EQ(cache_.of(base::Digest::of("a"), [] { return nullptr; }), nullptr);
  EXPECT_EQ(ask("a", "now")->manifest.platform, "now");
}

TEST_F(ReportCacheTest, IsBounded) {
  for (std::size_t i = 0; i <= ReportCache::kReportsMax; ++i) (void)ask(std::to_string(i), "x");
  const int before = made_;
  (void)ask(std::to_string(ReportCache::kReportsMax), "x");
  EXPECT_EQ(made_, before) << "the last one is known";
  (void)ask("0", "x");
  EXPECT_EQ(made_, before + 1);
}

}  // namespace
}  // namespace admission
