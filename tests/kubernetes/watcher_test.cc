#include "kubernetes/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::bookmark_line;
using tests::error_line;
using tests::FakeApiServer;
using tests::object_of;
using tests::watch_line;
using tests::WatchEnd;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};

// Runs a watcher against a scripted server and keeps what it says: "init", "list a@1", "done", "apply a@2", "delete
// a@3".
class WatcherRun {
 public:
  explicit WatcherRun(FakeApiServer& server, std::chrono::milliseconds idle_max = std::chrono::seconds(30),
                      std::chrono::seconds relist_after = std::chrono::hours(8))
      : server_(server),
        watcher_(make_api_client(server.config()), kType, settings(idle_max, relist_after),
                 [this](const ObjectEvent& event) { keep(event); }),
        thread_([this](std::stop_token stop) { watcher_.run(std::move(stop)); }) {}

  // What was said up to the request with this number (from 1), at which the script ends and the watcher rests.
  std::vector<std::string> at_rest(std::size_t requests) {
    EXPECT_EQ(server_.wait_for_requests(requests).size(), requests);
    std::lock_guard lock(mutex_);
    return said_;
  }
  [[nodiscard]] WatchStatus status() const { return watcher_.status(); }

 private:
  static WatcherSettings settings(std::chrono::milliseconds idle_max, std::chrono::seconds relist_after) {
    WatcherSettings settings;
    settings.scope.ns = "shop";
    settings.backoff_min = std::chrono::milliseconds(1);
    settings.backoff_max = std::chrono::milliseconds(4);
    settings.idle_max = idle_max;
    settings.relist_after_min = relist_after;
    settings.relist_after_max = relist_after;
    return settings;
  }

  void keep(const ObjectEvent& event) {
    static constexpr const char* kNames[] = {"init", "list", "done", "apply", "delete"};
    std::string text = kNames[static_cast<int>(event.type)];
    if (!event.object.is_null()) text += " " + key_of(event.object).name + "@" + resource_version_of(event.object);
    std::lock_guard lock(mutex_);
    said_.push_back(text);
  }

  FakeApiServer& server_;
  std::mutex mutex_;
  std::vector<std::string> said_;
  Watcher watcher_;
  std::jthread thread_;
};

// Otherwise the webhook took what it had just listed for as old as the machine's start, and denied by it for a second.
TEST(Watcher, BeforeItHeardAnythingItWasLastHeardWhenItWasMade) {
  FakeApiServer server;
  const base::SteadyTime before = std::chrono::steady_clock::now();
  const Watcher watcher(make_api_client(server.config()), kType, {}, [](const ObjectEvent&) {});
  EXPECT_GE(watcher.status().last_contact, before);
}

TEST(Watcher, ListsEveryPageAndThenWatchesFromTheListsVersion) {
  FakeApiServer server;
  server.then_list("5", {object_of("a", "1")}, "next page")
      .then_list("5", {object_of("b", "2")})
      .then_watch(watch_line("ADDED", object_of("c", "6")) + watch_line("MODIFIED", object_of("a", "7")) +
                      watch_line("DELETED", object_of("b", "8")),
                  WatchEnd::kCut);

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(4),
              ElementsAre("init", "list a@1", "list b@2", "done", "apply c@6", "apply a@7", "delete b@8"));
  EXPECT_THAT(server.requests()[0].target, HasSubstr("/api/v1/namespaces/shop/configmaps?limit=500"));
  EXPECT_THAT(server.requests()[1].target, HasSubstr("continue=next%20page"));
  EXPECT_THAT(server.requests()[2].target, HasSubstr("resourceVersion=5&timeoutSeconds="));
  EXPECT_THAT(server.requests()[2].target, HasSubstr("allowWatchBookmarks=true"));
}

// What may end a watch, and how the watcher has to go on: from this version, or by a list (the "100").
struct Ending {
  const char* name;
  std::string bytes;
  WatchEnd end;
  const char* goes_on_from;
};

class WatcherEnding : public testing::TestWithParam<Ending> {};

TEST_P(WatcherEnding, GoesOnWhereItWas) {
  const Ending& ending = GetParam();
  FakeApiServer server;
  server.then_list("5", {}).then_watch(ending.bytes, ending.end).then_list("100", {});

  WatcherRun run(server);

  (void)run.at_rest(4);
  const bool lists = std::string(ending.goes_on_from) == "100";
  EXPECT_THAT(server.requests()[2].target, HasSubstr(lists ? "?limit=500" : "?limit=1"));
  EXPECT_THAT(server.requests()[3].target, HasSubstr("resourceVersion=" + std::string(ending.goes_on_from) + "&"));
}

const std::string kOneEvent = watch_line("ADDED", object_of("a", "6"));

INSTANTIATE_TEST_SUITE_P(
    Each, WatcherEnding,
    testing::Values(
        Ending{"server_timeout", kOneEvent, WatchEnd::kClosed, "6"}, Ending{"cut", kOneEvent, WatchEnd::kCut, "6"},
        Ending{"cut_before_any_event", "", WatchEnd::kCut, "5"},
        Ending{"closed_before_any_event", "", WatchEnd::kClosed, "5"},
        Ending{"cut_in_a_line", kOneEvent + kOneEvent.substr(0, 20), WatchEnd::kCut, "6"},
        Ending{"bookmark", kOneEvent + bookmark_line("90"), WatchEnd::kClosed, "90"},
        Ending{"error_that_is_not_410", kOneEvent + error_line(500, "InternalError"), WatchEnd::kClosed, "6"},
        Ending{"gone", kOneEvent + error_line(410, "Expired"), WatchEnd::kClosed, "100"},
        Ending{"garbage", kOneEvent + "{\"type\":\n", WatchEnd::kClosed, "100"},
        Ending{"event_without_version", watch_line("ADDED", {{"metadata", {{"name", "a"}}}}), WatchEnd::kClosed, "100"},
        Ending{"older_event", kOneEvent + watch_line("ADDED", object_of("b", "4")), WatchEnd::kSilent, "100"},
        Ending{"unknown_type", watch_line("NEWS", object_of("a", "9")), WatchEnd::kCut, "5"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Watcher, ListsAgainWhenTheWatchIsRefusedAsTooOld) {
  FakeApiServer server;
  server.then_list("5", {object_of("a", "1")}).then_status(410, "Expired").then_list("9", {object_of("b", "8")});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(4), ElementsAre("init", "list a@1", "done", "init", "list b@8", "done"));
  EXPECT_EQ(run.status().lists, 2U);
  EXPECT_EQ(run.status().interruptions, 1U);
}

TEST(Watcher, MakesItsListAnewWhenItIsTime) {
  FakeApiServer server;
  server.then_list("5", {}).then_watch(kOneEvent, WatchEnd::kClosed).then_list("9", {object_of("b", "8")});

  WatcherRun run(server, std::chrono::seconds(30), std::chrono::seconds(0));

  EXPECT_THAT(run.at_rest(4), ElementsAre("init", "done", "apply a@6", "init", "list b@8", "done"));
  EXPECT_EQ(run.status().interruptions, 0U);
}

// A replica that lags behind catches up while it is asked again; what it said meanwhile is not taken.
TEST(Watcher, TakesNoOlderListUntilTheServerInsists) {
  FakeApiServer server;
  server.then_list("5", {object_of("a", "5")}).then_status(410, "Expired");
  server.then_list("3", {}).then_list("3", {}).then_list("9", {object_of("a", "5")});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(6), ElementsAre("init", "list a@5", "done", "init", "init", "init", "list a@5", "done"));
  EXPECT_EQ(run.status().interruptions, 3U);
}

TEST(Watcher, BelievesTheThirdOlderAnswer) {
  FakeApiServer server;
  server.then_list("5", {object_of("a", "5")}).then_watch("", WatchEnd::kCut);
  for (int i = 0; i < 3; ++i) server.then_list("3", {});
  server.then_list("3", {object_of("a", "2")});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(7), ElementsAre("init", "list a@5", "done", "init", "list a@2", "done"));
  EXPECT_THAT(server.requests()[6].target, HasSubstr("resourceVersion=3&"));
}

TEST(Watcher, BeginsTheListAnewWhenALaterPageIsTooOld) {
  FakeApiServer server;
  server.then_list("5", {object_of("a", "1")}, "old").then_status(410, "Expired").then_list("9", {object_of("b", "8")});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(4), ElementsAre("init", "list a@1", "init", "list b@8", "done"));
  EXPECT_EQ(run.status().interruptions, 0U);
}

// After which the pauses are those of every failure.
TEST(Watcher, ListsAgainWhenNoListComesToItsEnd) {
  FakeApiServer server;
  for (int i = 0; i < 4; ++i) server.then_list("5", {object_of("a", "1")}, "old").then_status(410, "Expired");
  server.then_list("9", {object_of("b", "8")});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(10), testing::Contains("done").Times(1));
  EXPECT_EQ(run.status().interruptions, 1U);
  EXPECT_EQ(run.status().lists, 1U);
}

TEST(Watcher, TriesTheListAgainAndSaysWhyItFailed) {
  FakeApiServer server;
  server.then_status(403, "Forbidden").then({.status = 200, .headers = {}, .body = "<html>"});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(3), ElementsAre("init", "init", "init"));
  EXPECT_EQ(run.status().interruptions, 2U);
  EXPECT_THAT(run.status().last_error, HasSubstr("not a JSON object"));
  EXPECT_EQ(run.status().state, WatchState::kInitPage);
}

TEST(Watcher, NoticesAHalfOpenConnectionByItsSilence) {
  FakeApiServer server;
  server.then_list("5", {}).then_watch(kOneEvent, WatchEnd::kSilent).then_list("6", {});

  WatcherRun run(server, std::chrono::milliseconds(1000));

  EXPECT_THAT(run.at_rest(4), ElementsAre("init", "done", "apply a@6"));
  EXPECT_THAT(server.requests()[3].target, HasSubstr("resourceVersion=6"));
  EXPECT_EQ(run.status().interruptions, 1U);
}

TEST(Watcher, WaitsAsLongAsA429AsksFor) {
  FakeApiServer server;
  server.then_status(429, "TooManyRequests", {{"Retry-After", "1"}});
  const auto start = std::chrono::steady_clock::now();

  WatcherRun run(server);

  (void)run.at_rest(2);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(Watcher, ResumesAWatchThatWasRefusedAfterAsLongAsA429AsksFor) {
  FakeApiServer server;
  server.then_list("5", {}).then_status(429, "TooManyRequests", {{"Retry-After", "1"}}).then_list("5", {});
  const auto start = std::chrono::steady_clock::now();

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(4), ElementsAre("init", "done"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_THAT(server.requests()[3].target, HasSubstr("resourceVersion=5&"));
}

TEST(Watcher, DoesNotGiveUpWhenEachWatchEndsAtOnce) {
  FakeApiServer server;
  server.then_list("5", {});
  for (int i = 0; i < 20; ++i) server.then_watch("", WatchEnd::kClosed).then_list("5", {});

  WatcherRun run(server);

  EXPECT_THAT(run.at_rest(42), ElementsAre("init", "done"));
  EXPECT_EQ(run.status().interruptions, 20U) << "each of them was followed by a pause";
}

// The list comes, and the watch from its version is too old already.
TEST(Watcher, MakesNoStormOfListsWhenEachWatchIsTooOld) {
  FakeApiServer server;
  for (int i = 0; i < 6; ++i) server.then_list("5", {}).then_status(410, "Expired");
  const auto start = std::chrono::steady_clock::now();
  WatcherSettings settings;
  settings.backoff_min = std::chrono::milliseconds(25);
  Watcher watcher(make_api_client(server.config()), kType, settings, [](const ObjectEvent&) {});

  const std::jthread thread([&](std::stop_token stop) { watcher.run(std::move(stop)); });

  EXPECT_EQ(server.wait_for_requests(11).size(), 11U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(25 + 50 + 100 + 200 + 400) * 4 / 5);
}

}  // namespace
}  // namespace kubernetes
