// Servers whose history is no straight line: whatever happens to them, what a store holds ends equal to a fresh list,
// without a storm of lists and without a hot loop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/guarded.h"
#include "kubernetes/reflector.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_api_server.h"
#include "tests/support/versioned_api_server.h"

namespace kubernetes {
namespace {

using testing::Contains;
using testing::Not;
using tests::eventually;
using tests::VersionedApiServer;
using Watches = VersionedApiServer::Watches;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};
constexpr std::chrono::milliseconds kIdleMax{200};

class History : public testing::Test {
 protected:
  History() {
    for (const char* name : {"a", "b", "c"}) server_.put(name, "1");
    reflector_.emplace(make_api_client(server_.config()), settings());
    EXPECT_TRUE(ends_equal());
    EXPECT_TRUE(eventually([&] { return server_.open_watches() == 1; }));
  }
  ~History() override { reflector_.reset(); }

  Reflector<std::string>::Settings settings() {
    Reflector<std::string>::Settings settings;
    settings.type = kType;
    settings.watch.scope.ns = "shop";
    settings.watch.backoff_min = std::chrono::milliseconds(5);
    settings.watch.backoff_max = std::chrono::milliseconds(20);
    settings.watch.idle_max = kIdleMax;
    settings.decode = [](const nlohmann::json& object) { return object.at("data").at("value").get<std::string>(); };
    settings.callbacks.on_change = [this](const ObjectKey& key, const auto&, const auto& now) {
      told_.with([&](auto& told) { told.push_back(key.name + "=" + (now ? *now : "-")); });
    };
    return settings;
  }
  [[nodiscard]] VersionedApiServer::Values kept() const {
    VersionedApiServer::Values values;
    reflector_->store().for_each([&](const ObjectKey& key, const std::string& value) { values[key.name] = value; });
    return values;
  }
  // As somebody sees it who asks only now.
  [[nodiscard]] VersionedApiServer::Values fresh_list() const {
    VersionedApiServer::Values values;
    (void)make_api_client(server_.config())
        ->list(
            kType, {.ns = "shop", .label_selector = {}, .field_selector = {}},
            [&](const nlohmann::json& item) {
              values[key_of(item).name] = item.at("data").at("value").get<std::string>();
            },
            [&] { values.clear(); }, {});
    return values;
  }
  [[nodiscard]] bool ends_equal() const {
    return eventually([&] { return reflector_->synced() && kept() == server_.values(); });
  }
  [[nodiscard]] std::vector<std::string> told() const {
    return told_.with([](const auto& told) { return told; });
  }
  [[nodiscard]] std::uint64_t lists() const { return reflector_->status().lists; }

  VersionedApiServer server_;
  base::Guarded<std::vector<std::string>> told_;
  std::optional<Reflector<std::string>> reflector_;
};

// What a restore of etcd from a snapshot does: its versions fall, and the API servers are started again.
TEST_F(History, AServerThatWasRestoredIsListedOnce) {
  const VersionedApiServer::Backup backup = server_.backup();
  server_.put("a", "lost");
  server_.put("d", "lost");
  server_.remove("b");
  ASSERT_TRUE(ends_equal());

  server_.restore(backup, Watches::kCut);

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), (VersionedApiServer::Values{{"a", "1"}, {"b", "1"}, {"c", "1"}}));
  server_.put("a", "2");
  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
  EXPECT_EQ(lists(), 2U);
}

// The watch goes on from a version that the server has no more, and nothing says so.
TEST_F(History, AWatchThatIsSilentBecauseTheVersionsFellIsNotSilentForEver) {
  const VersionedApiServer::Backup backup = server_.backup();
  for (int i = 0; i < 10; ++i) server_.write_elsewhere();
  server_.put("a", "lost");
  ASSERT_TRUE(ends_equal());
  server_.end_watches();
  ASSERT_TRUE(eventually([&] { return server_.open_watches() == 1; }));

  server_.restore(backup, Watches::kKept);
  server_.put("b", "2");

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
  EXPECT_EQ(lists(), 2U);
}

TEST_F(History, AVersionThatIsGivenOutASecondTimeIsNotTakenForTheFirst) {
  const VersionedApiServer::Backup backup = server_.backup();
  server_.put("a", "first");
  server_.put("b", "lost");
  ASSERT_TRUE(ends_equal());

  server_.fall_silent();
  server_.restore(backup, Watches::kKept);
  server_.put("a", "second");

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept().at("a"), "second");
  EXPECT_EQ(lists(), 2U);
}

TEST_F(History, EventsOfAServerThatBeginsAnewAreNotTakenForWhatFollows) {
  const VersionedApiServer::Backup backup = server_.backup();
  server_.put("a", "lost");
  server_.put("b", "lost");
  ASSERT_TRUE(ends_equal());

  server_.restore(backup, Watches::kKept);
  server_.put("c", "2");

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
}

// Behind a load balancer one API server may be behind the others.
TEST_F(History, ALaggingReplicaTakesNothingBack) {
  const VersionedApiServer::Backup before = server_.backup();
  server_.put("a", "2");
  server_.remove("b");
  ASSERT_TRUE(ends_equal());
  told_.with([](auto& told) { told.clear(); });

  server_.lag(before, 2);
  server_.cut_watches();
  server_.put("c", "2");

  EXPECT_TRUE(ends_equal());
  EXPECT_THAT(told(), testing::ElementsAre("c=2"));
  EXPECT_EQ(lists(), 1U);
}

TEST_F(History, ALaggingReplicaThatIsListedAfterACompactionTakesNothingBack) {
  const VersionedApiServer::Backup before = server_.backup();
  server_.put("a", "2");
  ASSERT_TRUE(ends_equal());
  told_.with([](auto& told) { told.clear(); });

  server_.lag(before, 2);
  server_.put("c", "2");
  server_.compact_under_watches();

  EXPECT_TRUE(ends_equal());
  EXPECT_THAT(told(), Not(Contains("a=1")));
}

// One that lags for longer than it is asked is taken for restored. What it does not know yet, it tells later.
TEST_F(History, AReplicaThatLagsForLongIsBelievedAndEndsEqualAllTheSame) {
  const VersionedApiServer::Backup before = server_.backup();
  server_.put("a", "2");
  server_.remove("b");
  ASSERT_TRUE(ends_equal());
  told_.with([](auto& told) { told.clear(); });

  server_.lag(before, 4);
  server_.cut_watches();

  EXPECT_TRUE(eventually([&] { return lists() == 2; }));
  EXPECT_TRUE(ends_equal());
  EXPECT_THAT(told(), Contains("a=1"));
  EXPECT_EQ(kept(), fresh_list());
}

TEST_F(History, ACompactionUnderAWatchIsListedOnce) {
  server_.put("a", "2");
  server_.compact_under_watches();
  server_.put("b", "2");
  server_.remove("c");

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
  EXPECT_EQ(lists(), 2U);
}

TEST_F(History, ACompactionWhileNobodyIsThereIsListedOnce) {
  server_.refuse(1'000'000, {.status = 503});
  server_.cut_watches();
  server_.put("a", "2");
  server_.remove("c");
  server_.compact();
  server_.put("d", "1");
  server_.refuse(0, {});

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
  EXPECT_EQ(lists(), 2U);
}

// Steps that a server may take at any time, by chance; after each restore the watcher gets the time to ask, since
// nobody can tell versions that were given out again from those of before.
class HistoryAtRandom : public History, public testing::WithParamInterface<unsigned> {
 protected:
  void step() {
    switch (std::uniform_int_distribution(0, 15)(random_)) {
      case 0:
        return server_.cut_watches();
      case 1:
        return server_.end_watches();
      case 2:
        return server_.fall_silent();
      case 3:
        ++reasons_to_list_;
        return server_.compact_under_watches();
      case 4:
        ++reasons_to_list_;
        return server_.compact();
      case 5:
        return server_.refuse(3, {.status = 429, .headers = {}, .body = "slowly"});
      case 6:
        return server_.lag(backup_, 2);
      case 7:
        return go_back();
      case 8:
        return server_.tell_bookmark();
      case 9:
        return server_.write_elsewhere();
      case 10:
        return server_.remove(any_name());
      default:
        return server_.put(any_name(), std::to_string(++value_));
    }
  }
  void go_back() {
    server_.put("last", std::to_string(++value_));
    ASSERT_TRUE(ends_equal());
    const std::uint64_t lists_before = lists();
    ++reasons_to_list_;
    server_.restore(backup_, random_() % 2 == 0 ? Watches::kCut : Watches::kKept);
    server_.end_watches();
    ASSERT_TRUE(eventually([&] { return lists() > lists_before; }));
    backup_ = server_.backup();
  }
  std::string any_name() { return std::string(1, static_cast<char>('a' + random_() % 6)); }

  std::minstd_rand random_{GetParam() + 1};
  VersionedApiServer::Backup backup_ = server_.backup();
  int value_ = 1;
  std::uint64_t reasons_to_list_ = 0;
};

TEST_P(HistoryAtRandom, EndsEqualToAFreshList) {
  constexpr int kSteps = 60;

  for (int i = 0; i < kSteps; ++i) ASSERT_NO_FATAL_FAILURE(step());
  server_.put("last", "of all");

  EXPECT_TRUE(ends_equal());
  EXPECT_EQ(kept(), fresh_list());
  EXPECT_LE(lists(), 1 + 2 * reasons_to_list_) << "no storm of lists";
  const VersionedApiServer::Counts counts = server_.counts();
  EXPECT_LE(counts.lists + counts.looks + counts.watches, 6 * kSteps) << "no hot loop";
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryAtRandom, testing::Range(0U, 8U));

}  // namespace
}  // namespace kubernetes
