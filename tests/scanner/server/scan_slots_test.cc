#include "scanner/server/scan_slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace scanner::server {
namespace {

TEST(ScanSlots, RunAsManyAsThereAreAndQueueAFew) {
  std::counting_semaphore<8> started(0);
  std::counting_semaphore<8> may_end(0);
  ScanSlots slots(2, 1);  // its end waits for the jobs, which use the above
  const auto job = [&](std::stop_token) {
    started.release();
    may_end.acquire();
  };
  ASSERT_EQ(slots.submit(job), ScanSlots::Outcome::kAccepted);
  ASSERT_EQ(slots.submit(job), ScanSlots::Outcome::kAccepted);
  started.acquire();
  started.acquire();
  EXPECT_EQ(slots.counts().busy, 2U);

  EXPECT_EQ(slots.submit(job), ScanSlots::Outcome::kAccepted);
  EXPECT_EQ(slots.counts().queued, 1U);
  EXPECT_EQ(slots.submit(job), ScanSlots::Outcome::kFull);

  may_end.release();
  started.acquire();  // the queued one took the free slot
  EXPECT_EQ(slots.submit(job), ScanSlots::Outcome::kAccepted);
  may_end.release(3);
}

TEST(ScanSlots, WithoutAQueueAFreeSlotIsStillAPlace) {
  std::binary_semaphore may_end(0);
  ScanSlots slots(1, 0);
  EXPECT_EQ(slots.submit([&](std::stop_token) { may_end.acquire(); }), ScanSlots::Outcome::kAccepted);
  EXPECT_EQ(slots.submit([](std::stop_token) {}), ScanSlots::Outcome::kFull);
  may_end.release();
}

TEST(ScanSlots, WhoWillNotWaitGetsAFreeSlotOrNone) {
  std::binary_semaphore may_end(0);
  std::binary_semaphore ended(0);
  ScanSlots slots(1, 4);
  const auto refuse = ScanSlots::WhenBusy::kRefuse;
  EXPECT_EQ(slots.submit([&](std::stop_token) { may_end.acquire(); }, refuse), ScanSlots::Outcome::kAccepted);
  EXPECT_EQ(slots.submit([](std::stop_token) {}, refuse), ScanSlots::Outcome::kFull);
  EXPECT_EQ(slots.submit([&](std::stop_token) { ended.release(); }), ScanSlots::Outcome::kAccepted);
  may_end.release();
  ended.acquire();
}

TEST(ScanSlots, StopReachesRunningAndQueuedJobs) {
  std::atomic<int> stopped = 0;
  std::binary_semaphore started(0);
  ScanSlots slots(1, 1);
  ASSERT_EQ(slots.submit([&](std::stop_token stop) {
    std::binary_semaphore asked(0);
    const std::stop_callback callback(stop, [&] { asked.release(); });
    started.release();
    asked.acquire();
    ++stopped;
  }),
            ScanSlots::Outcome::kAccepted);
  started.acquire();
  ASSERT_EQ(slots.submit([&](std::stop_token stop) { stopped += stop.stop_requested() ? 1 : 0; }),
            ScanSlots::Outcome::kAccepted);

  slots.stop();

  EXPECT_EQ(stopped, 2);
  EXPECT_EQ(slots.submit([](std::stop_token) {}), ScanSlots::Outcome::kFull);
}

}  // namespace
}  // namespace scanner::server
