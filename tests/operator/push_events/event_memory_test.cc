#include <gtest/gtest.h>

#include "operator/push_events/event_rate.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/stored_events.h"

namespace pratique_operator::push_events {
namespace {

const base::SteadyTime kStart{std::chrono::hours(1)};

ImageEvent event(const std::string& id) {
  return {.repository = "shop/web", .tag = "1", .id = id};
}

TEST(StoredEvents, KnowsWhatWasNotedForAsLongAsTheWindow) {
  StoredEvents stored;
  EXPECT_FALSE(stored.has("main", event("a"), kStart));
  stored.note("main", event("a"), kStart);
  EXPECT_TRUE(stored.has("main", event("a"), kStart + kReplayWindow));
  EXPECT_FALSE(stored.has("main", event("a"), kStart + kReplayWindow + std::chrono::seconds(1)));
}

TEST(StoredEvents, TellsApartWhatIsNotTheSameEvent) {
  StoredEvents stored;
  stored.note("main", event("a"), kStart);
  EXPECT_FALSE(stored.has("other", event("a"), kStart));
  EXPECT_FALSE(stored.has("main", event("b"), kStart));
  // An id that a sender uses twice hides nothing.
  for (const ImageEvent& other :
       {ImageEvent{.repository = "shop/api", .tag = "1", .id = "a"},
        ImageEvent{.repository = "shop/web", .tag = "2", .id = "a"},
        ImageEvent{.repository = "shop/web", .tag = "1", .digest = base::Digest::of("x"), .id = "a"},
        ImageEvent{.repository = "shop/web", .tag = "1", .action = EventAction::kDelete, .id = "a"}}) {
    EXPECT_FALSE(stored.has("main", other, kStart));
  }
}

TEST(StoredEvents, RemembersNothingWithoutAnId) {
  StoredEvents stored;
  stored.note("main", event(""), kStart);
  EXPECT_FALSE(stored.has("main", event(""), kStart));
}

TEST(StoredEvents, IsBounded) {
  StoredEvents stored;
  for (std::size_t i = 0; i <= kStoredEventsMax; ++i) stored.note("main", event(std::to_string(i)), kStart);
  EXPECT_FALSE(stored.has("main", event("0"), kStart));
  EXPECT_TRUE(stored.has("main", event("1"), kStart));
  EXPECT_TRUE(stored.has("main", event(std::to_string(kStoredEventsMax)), kStart));
}

TEST(EventRate, LetsABurstPassAndThenItsRate) {
  EventRate rate;
  for (int i = 0; i < static_cast<int>(kEventBurst); ++i) ASSERT_TRUE(rate.take("main", 1, kStart));
  EXPECT_FALSE(rate.take("main", 1, kStart));
  EXPECT_TRUE(rate.take("other", 1, kStart)) << "one sender does not use up another's";
  const base::SteadyTime later = kStart + std::chrono::seconds(1);
  for (int i = 0; i < static_cast<int>(kEventsPerSecond); ++i) ASSERT_TRUE(rate.take("main", 1, later));
  EXPECT_FALSE(rate.take("main", 1, later));
}

TEST(EventRate, TakesABodyWholeOrNotAtAll) {
  EventRate rate;
  ASSERT_TRUE(rate.take("main", static_cast<std::size_t>(kEventBurst) - 5, kStart));
  EXPECT_FALSE(rate.take("main", kEventsPerBodyMax, kStart));
  EXPECT_TRUE(rate.take("main", 5, kStart));
  EXPECT_TRUE(rate.take("main", 0, kStart)) << "what asks for nothing costs nothing";
}

TEST(EventRate, SavesUpNoMoreThanABurst) {
  EventRate rate;
  ASSERT_TRUE(rate.take("main", 1, kStart));
  const base::SteadyTime later = kStart + std::chrono::hours(24);
  EXPECT_TRUE(rate.take("main", static_cast<std::size_t>(kEventBurst), later));
  EXPECT_FALSE(rate.take("main", 1, later));
}

}  // namespace
}  // namespace pratique_operator::push_events
