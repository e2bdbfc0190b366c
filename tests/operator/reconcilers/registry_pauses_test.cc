#include "operator/reconcilers/registry_pauses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHub = "docker.io";

class RegistryPausesTest : public testing::Test {
 protected:
  void throttle(std::optional<seconds> retry_after = {}) { pauses_.answered(kHub, 429, retry_after); }
  // One whole request. False: it was not let through.
  bool ask(int answer = 200, std::optional<seconds> retry_after = {}) {
    if (!is_let_in()) return false;
    pauses_.answered(kHub, answer, retry_after);
    return true;
  }
  bool is_let_in() {
    try {
      pauses_.enter(kHub);
      return true;
    } catch (const base::HttpError& error) {
      EXPECT_EQ(error.status(), 429);
      retry_after_ = error.retry_after();
      return false;
    }
  }
  [[nodiscard]] bool is_asked_now() const { return !pauses_.wait_of(kHub, "shop/web"); }

  tests::FakeClock clock_;
  net::Metrics metrics_;
  std::vector<std::string> told_;
  std::optional<seconds> retry_after_;  // of the last refusal
  RegistryPauses pauses_{clock_, metrics_, [this](const std::string& host) { told_.push_back(host); }};
};

TEST_F(RegistryPausesTest, WhoeverAnswersIsAsked) {
  EXPECT_TRUE(ask(200));
  EXPECT_TRUE(ask(404));
  EXPECT_TRUE(ask(503));
  EXPECT_TRUE(is_asked_now());
  EXPECT_EQ(pauses_.until(kHub), std::nullopt);
  EXPECT_THAT(told_, ElementsAre());
}

TEST_F(RegistryPausesTest, OneAnswerHoldsAllRequestsForAsLongAsItSays) {
  EXPECT_TRUE(ask(429, seconds(40)));
  EXPECT_THAT(told_, ElementsAre(kHub));
  EXPECT_EQ(pauses_.until(kHub), clock_.system_now() + seconds(40));

  clock_.advance(milliseconds(39'500));
  EXPECT_FALSE(is_let_in());
  EXPECT_EQ(retry_after_, seconds(1)) << "what is left, rounded up";
  EXPECT_FALSE(is_asked_now());

  clock_.advance(milliseconds(500));
  EXPECT_TRUE(is_let_in());
}

TEST_F(RegistryPausesTest, OtherRegistriesGoOn) {
  throttle(seconds(40));
  pauses_.enter("registry:5000");
  EXPECT_EQ(pauses_.wait_of("registry:5000", "shop/web"), std::nullopt);
}

TEST_F(RegistryPausesTest, OneProbeGoesAheadOfTheOthers) {
  throttle(seconds(10));
  clock_.advance(seconds(10));
  EXPECT_TRUE(is_asked_now());
  EXPECT_TRUE(is_let_in()) << "the probe";
  EXPECT_FALSE(is_let_in()) << "the next, while the probe has no answer";
  EXPECT_EQ(retry_after_, seconds(2));
  EXPECT_FALSE(is_asked_now());

  pauses_.answered(kHub, 200, {});
  EXPECT_THAT(told_, ElementsAre(kHub, kHub));
  EXPECT_TRUE(is_let_in());
  EXPECT_TRUE(is_let_in());
}

TEST_F(RegistryPausesTest, AProbeThatIsRefusedBeginsAnotherPause) {
  throttle(seconds(10));
  clock_.advance(seconds(10));
  EXPECT_TRUE(ask(429, seconds(20)));
  clock_.advance(seconds(19));
  EXPECT_FALSE(is_let_in());
}

// Its connection broke, or its process: nobody tells.
TEST_F(RegistryPausesTest, AProbeWithoutAnAnswerMakesWay) {
  throttle(seconds(10));
  clock_.advance(seconds(10));
  EXPECT_TRUE(is_let_in());
  clock_.advance(seconds(29));
  EXPECT_FALSE(is_let_in());
  clock_.advance(seconds(1));
  EXPECT_TRUE(is_let_in());
}

TEST_F(RegistryPausesTest, WhatWasUnderWayDoesNotEndThePause) {
  throttle(seconds(10));
  pauses_.answered(kHub, 200, {});
  EXPECT_FALSE(is_let_in());
}

TEST_F(RegistryPausesTest, AnswersThatCameTogetherAreOnePause) {
  throttle(seconds(30));
  throttle(seconds(10));
  clock_.advance(seconds(29));
  EXPECT_FALSE(is_let_in()) << "the longest counts";
  throttle();
  clock_.advance(seconds(29));
  EXPECT_FALSE(is_let_in());
  clock_.advance(seconds(1));
  EXPECT_TRUE(is_let_in()) << "and it is no second pause, which would be longer";
}

TEST_F(RegistryPausesTest, WhereTheRegistryDoesNotSayThePauseDoubles) {
  for (const int expected : {30, 60, 120, 240, 300, 300}) {
    throttle();
    EXPECT_EQ(pauses_.until(kHub), clock_.system_now() + seconds(expected));
    clock_.advance(seconds(expected));
  }
  EXPECT_TRUE(ask());
  throttle();
  EXPECT_EQ(pauses_.until(kHub), clock_.system_now() + seconds(300)) << "so soon it is the same trouble still";
  clock_.advance(seconds(300) + std::chrono::minutes(6));
  throttle();
  EXPECT_EQ(pauses_.until(kHub), clock_.system_now() + seconds(30));
}

TEST_F(RegistryPausesTest, NobodyIsHeldForLongerThanFiveMinutes) {
  throttle(std::chrono::hours(24));
  clock_.advance(seconds(300));
  EXPECT_TRUE(is_let_in());
}

TEST_F(RegistryPausesTest, EachComesBackAtATimeOfItsOwn) {
  throttle(seconds(100));
  std::set<milliseconds> waits;
  for (int i = 0; i < 100; ++i) {
    const auto wait = pauses_.wait_of(kHub, "shop/web-" + std::to_string(i));
    ASSERT_TRUE(wait);
    EXPECT_GE(*wait, seconds(100));
    EXPECT_LT(*wait, seconds(110));
    waits.insert(*wait);
  }
  EXPECT_GT(waits.size(), 90u);
}

TEST_F(RegistryPausesTest, IsCountedWithoutTheRegistrysName) {
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_registry_throttled_total 0"));
  throttle(seconds(10));
  pauses_.answered("registry:5000", 429, seconds(10));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_registry_throttled_total 2"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_registries_throttled 2"));
  clock_.advance(seconds(10));
  pauses_.answered("quay.io", 429, seconds(10));
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_registries_throttled 1")) << "two are over, asked or not";
  EXPECT_TRUE(ask());
  EXPECT_THAT(metrics_.expose(), HasSubstr("pratique_registries_throttled 1"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
