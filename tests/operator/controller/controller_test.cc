#include "operator/controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "tests/operator/controller/manual_clock.h"
#include "tests/support/eventually.h"

namespace pratique_operator::controller {
namespace {

using kubernetes::ObjectKey;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using tests::eventually;

const ObjectKey kKey{.ns = "shop", .name = "web"};

// Counts its calls and does what the test says.
class ScriptedReconciler final : public Reconciler {
 public:
  using Act = std::function<Result(int call, std::stop_token stop)>;
  explicit ScriptedReconciler(Act act) : act_(std::move(act)) {}

  Result reconcile(const ObjectKey&, std::stop_token stop) override { return act_(++calls_, std::move(stop)); }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  Act act_;
  std::atomic<int> calls_{0};
};

class ControllerTest : public testing::Test {
 protected:
  ControllerSettings settings() {
    ControllerSettings settings;
    settings.name = "image_scan";
    settings.workers = 2;
    settings.backoff.delay_min = milliseconds(1);
    settings.on_error = [this](const ObjectKey& key, const base::Error& error) {
      std::lock_guard lock(mutex_);
      errors_.push_back(key.text() + ": " + error.what());
    };
    return settings;
  }
  std::vector<std::string> errors() {
    std::lock_guard lock(mutex_);
    return errors_;
  }

  base::RealClock clock_;
  net::Metrics metrics_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

TEST_F(ControllerTest, ReconcilesWhatWasAddedBeforeAndAfterItsStart) {
  ScriptedReconciler reconciler([](int, const std::stop_token&) { return Result{}; });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  EXPECT_EQ(controller.depth(), 1U);
  EXPECT_THAT(metrics_.expose(), HasSubstr("workqueue_depth{name=\"image_scan\"} 1"));

  controller.start();
  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 1; }));
  controller.enqueue({.ns = "shop", .name = "other"}, Priority::kHigh);
  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 2; }));
  controller.stop();

  EXPECT_THAT(metrics_.expose(),
              HasSubstr("controller_runtime_reconcile_total{controller=\"image_scan\",result=\"success\"} 2"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("workqueue_adds_total{name=\"image_scan\"} 2"));
}

TEST_F(ControllerTest, TriesAgainWhatFailedAndTellsWhy) {
  ScriptedReconciler reconciler([](int call, const std::stop_token&) -> Result {
    if (call < 3) throw base::NetworkError("registry: refused");
    return {};
  });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey, Priority::kAdmission);
  controller.start();

  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 3; }));
  controller.stop();

  EXPECT_THAT(errors(), testing::ElementsAre("shop/web: registry: refused", "shop/web: registry: refused"));
  const std::string exposed = metrics_.expose();
  EXPECT_THAT(exposed, HasSubstr("controller_runtime_reconcile_total{controller=\"image_scan\",result=\"error\"} 2"));
  EXPECT_THAT(exposed, HasSubstr("controller_runtime_reconcile_errors_total{controller=\"image_scan\"} 2"));
  EXPECT_THAT(exposed, HasSubstr("workqueue_retries_total{name=\"image_scan\"} 2"));
}

TEST_F(ControllerTest, SurvivesADefectInAReconciler) {
  ScriptedReconciler reconciler([](int call, const std::stop_token&) -> Result {
    if (call == 1) throw std::out_of_range("map::at");
    return {};
  });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  controller.start();

  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 2; }));
  controller.stop();

  EXPECT_THAT(errors(), testing::ElementsAre("shop/web: unexpected: map::at"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("controller_runtime_reconcile_panics_total{controller=\"image_scan\"} 1"));
}

TEST_F(ControllerTest, ComesBackWhenTheResultAsksForIt) {
  ScriptedReconciler reconciler(
      [](int call, const std::stop_token&) { return call < 3 ? Result{.requeue_after = milliseconds(1)} : Result{}; });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  controller.start();

  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 3; }));
  controller.stop();

  EXPECT_THAT(metrics_.expose(), HasSubstr("result=\"requeue_after\"} 2"));
  EXPECT_THAT(errors(), testing::IsEmpty());
}

TEST_F(ControllerTest, WaitsAtLeastAsLongAsTheOtherSideAsks) {
  ScriptedReconciler reconciler(
      [](int, const std::stop_token&) -> Result { throw base::HttpError("registry: 429", 429, {}, seconds(3600)); });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  controller.start();

  EXPECT_TRUE(eventually([&] { return errors().size() == 1; }));
  controller.enqueue({.ns = "shop", .name = "other"});
  EXPECT_TRUE(eventually([&] { return errors().size() == 2; }));
  controller.stop();

  EXPECT_EQ(reconciler.calls(), 2) << "the first key was not tried again";
}

TEST_F(ControllerTest, GoesOnWhenTheConditionCannotBeWritten) {
  ControllerSettings failing = settings();
  failing.on_error = [](const ObjectKey&, const base::Error&) { throw base::NetworkError("API server: refused"); };
  ScriptedReconciler reconciler([](int call, const std::stop_token&) -> Result {
    if (call < 3) throw base::NetworkError("registry: refused");
    return {};
  });
  Controller controller(failing, reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  controller.start();

  EXPECT_TRUE(eventually([&] { return reconciler.calls() == 3; }));
  controller.stop();
  EXPECT_THAT(metrics_.expose(), HasSubstr("controller_runtime_reconcile_errors_total{controller=\"image_scan\"} 4"));
}

TEST_F(ControllerTest, StopsItsReconcilersAndDoesNotCallThatAFailure) {
  std::atomic<bool> inside{false};
  ScriptedReconciler reconciler([&](int, const std::stop_token& stop) -> Result {
    inside = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    throw base::NetworkError("stopped");
  });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.enqueue(kKey);
  controller.start();
  EXPECT_TRUE(eventually([&] { return inside.load(); }));
  EXPECT_THAT(metrics_.expose(), HasSubstr("controller_runtime_active_workers{controller=\"image_scan\"} 1"));
  controller.enqueue(kKey);
  EXPECT_THAT(metrics_.expose(), Not(HasSubstr("workqueue_unfinished_work_seconds{name=\"image_scan\"} 0\n")));

  controller.stop();

  EXPECT_THAT(errors(), testing::IsEmpty());
  EXPECT_THAT(metrics_.expose(), HasSubstr("controller_runtime_active_workers{controller=\"image_scan\"} 0"));
}

TEST_F(ControllerTest, WorksStepByStepWithoutThreads) {
  ManualClock clock;
  ScriptedReconciler reconciler([](int call, const std::stop_token&) {
    if (call == 1) throw base::ParseError("not yet");
    return Result{.requeue_after = seconds(90)};
  });
  Controller controller(settings(), reconciler, clock, metrics_);
  EXPECT_FALSE(controller.step({}));
  EXPECT_EQ(controller.next_due(), std::nullopt);

  controller.enqueue(kKey);
  EXPECT_EQ(controller.next_due(), clock.steady_now());
  EXPECT_TRUE(controller.step({}));
  EXPECT_THAT(errors(), testing::ElementsAre("shop/web: not yet"));
  EXPECT_FALSE(controller.step({})) << "it backs off";

  clock.advance(*controller.next_due() - clock.steady_now());
  EXPECT_TRUE(controller.step({}));
  EXPECT_EQ(controller.next_due(), clock.steady_now() + seconds(90));
  EXPECT_EQ(reconciler.calls(), 2);
}

TEST_F(ControllerTest, NeverRunsOneKeyTwiceAtOnce) {
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  ScriptedReconciler reconciler([&](int, const std::stop_token&) {
    if (inside.fetch_add(1) != 0) overlapped = true;
    std::this_thread::yield();
    inside.fetch_sub(1);
    return Result{};
  });
  Controller controller(settings(), reconciler, clock_, metrics_);
  controller.start();
  for (int i = 0; i < 2000; ++i) controller.enqueue(kKey);
  EXPECT_TRUE(eventually([&] { return controller.depth() == 0; }));
  controller.stop();
  EXPECT_FALSE(overlapped);
  EXPECT_GE(reconciler.calls(), 1);
}

}  // namespace
}  // namespace pratique_operator::controller
