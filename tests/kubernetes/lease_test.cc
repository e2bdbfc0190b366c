#include "kubernetes/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using tests::eventually;
using tests::FakeApiServer;

const ObjectKey kKey{.ns = "pratique-system", .name = "leader"};

nlohmann::json lease_of(const std::string& holder, int duration_seconds) {
  return {{"metadata", {{"namespace", kKey.ns}, {"name", kKey.name}, {"resourceVersion", "7"}}},
          {"spec", {{"holderIdentity", holder}, {"leaseDurationSeconds", duration_seconds}, {"leaseTransitions", 3}}}};
}

TEST(HeldByAnother, DependsOnTheHolderAndOnOurOwnClock) {
  struct Row {
    const char* name;
    nlohmann::json lease;
    std::chrono::nanoseconds unchanged_for;
    bool expected;
  };
  const Row rows[] = {
      {"another's, just changed", lease_of("other", 15), seconds(0), true},
      {"another's, nearly over", lease_of("other", 15), milliseconds(14'999), true},
      {"another's, over", lease_of("other", 15), seconds(15), false},
      {"ours", lease_of("me", 15), seconds(0), false},
      {"released", lease_of("", 1), seconds(0), false},
      {"without a spec", {{"metadata", {{"name", "leader"}}}}, seconds(0), false},
  };
  for (const Row& row : rows) EXPECT_EQ(held_by_another(row.lease, "me", row.unchanged_for), row.expected) << row.name;
}

TEST(MicroTime, HasSixDigits) {
  const base::SystemTime time = *base::parse_rfc3339("2026-01-31T08:00:00.000042Z");
  EXPECT_EQ(format_micro_time(time), "2026-01-31T08:00:00.000042Z");
}

// A Lease as an API server keeps it: versions, conflicts, and a switch that makes every request fail.
class LeaseServer {
 public:
  LeaseServer() {
    server_.answer_with([this](const net::ServerRequest& request) { return answer(request); });
  }

  [[nodiscard]] std::shared_ptr<ApiClient> client() const { return make_api_client(server_.config()); }
  void fail(bool failing) { failing_ = failing; }
  // So many writes from now on meet somebody else's.
  void conflict(int writes) { conflicts_ = writes; }
  [[nodiscard]] nlohmann::json spec() const {
    std::lock_guard lock(mutex_);
    return lease_.is_null() ? nlohmann::json::object() : lease_.at("spec");
  }
  [[nodiscard]] int writes() const { return version_; }
  // As if somebody else had written it.
  void set(const nlohmann::json& lease) {
    std::lock_guard lock(mutex_);
    lease_ = lease;
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
  }

 private:
  net::ServerResponse answer(const net::ServerRequest& request) {
    if (failing_) return status(500);
    std::lock_guard lock(mutex_);
    if (request.method == "GET") return lease_.is_null() ? status(404) : net::ServerResponse{.body = lease_.dump()};
    nlohmann::json next = nlohmann::json::parse(request.body);
    const bool is_current = lease_.is_null()
                                ? request.method == "POST"
                                : request.method == "PUT" && resource_version_of(next) == resource_version_of(lease_);
    if (!is_current) return status(409);
    if (conflicts_ > 0) {
      --conflicts_;
      return status(409);
    }
    lease_ = next;
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
    return {.body = lease_.dump()};
  }
  static net::ServerResponse status(int code) {
    net::ServerResponse response;
    response.status = code;
    response.body = R"({"kind":"Status","message":"scripted"})";
    return response;
  }

  mutable std::mutex mutex_;
  nlohmann::json lease_;
  std::atomic<int> version_{0};
  std::atomic<bool> failing_{false};
  std::atomic<int> conflicts_{0};
  FakeApiServer server_;
};

LeaseSettings quick() {
  return {.key = kKey,
          .identity = "me",
          .duration = milliseconds(1500),
          .renew_deadline = milliseconds(500),
          .retry_period = milliseconds(20)};
}

void until_stopped(const std::stop_token& stop) {
  while (!stop.stop_requested()) std::this_thread::yield();
}

TEST(LeaderElection, LeadsRenewsAndReleases) {
  LeaseServer server;
  net::Metrics metrics;
  LeaderElection election(server.client(), quick(), &metrics);
  std::stop_source stop;

  const LeaseEnd end = election.run(
      [&](const std::stop_token& lead_stop) {
        EXPECT_TRUE(election.is_leader());
        EXPECT_TRUE(election.holds_lease());
        EXPECT_THAT(metrics.expose(), HasSubstr("leader_election_master_status{name=\"leader\"} 1"));
        EXPECT_TRUE(eventually([&] { return server.writes() > 3; })) << "it is renewed";
        EXPECT_EQ(server.spec().at("holderIdentity"), "me");
        stop.request_stop();
        until_stopped(lead_stop);
      },
      stop.get_token());

  EXPECT_EQ(end, LeaseEnd::kStopped);
  EXPECT_FALSE(election.is_leader());
  EXPECT_FALSE(election.holds_lease());
  EXPECT_EQ(server.spec().at("holderIdentity"), "");
  EXPECT_THAT(metrics.expose(), HasSubstr("leader_election_master_status{name=\"leader\"} 0"));
}

TEST(LeaderElection, EndsWhenTheWorkEnds) {
  LeaseServer server;
  EXPECT_EQ(LeaderElection(server.client(), quick(), nullptr).run([](const std::stop_token&) {}, {}),
            LeaseEnd::kStopped);
  EXPECT_EQ(server.spec().at("holderIdentity"), "");
}

TEST(LeaderElection, PassesOnWhatTheWorkThrows) {
  LeaseServer server;
  LeaderElection election(server.client(), quick(), nullptr);
  EXPECT_THROW((void)election.run([](const std::stop_token&) { throw base::ConfigError("bad"); }, {}),
               base::ConfigError);
  EXPECT_EQ(server.spec().at("holderIdentity"), "") << "and is released nevertheless";
}

TEST(LeaderElection, IsLostWhenItCannotBeRenewed) {
  LeaseServer server;
  LeaderElection election(server.client(), quick(), nullptr);
  std::chrono::steady_clock::time_point failing_since;

  const LeaseEnd end = election.run(
      [&](const std::stop_token& lead_stop) {
        server.fail(true);
        failing_since = std::chrono::steady_clock::now();
        until_stopped(lead_stop);
      },
      {});

  EXPECT_EQ(end, LeaseEnd::kLost);
  EXPECT_FALSE(election.holds_lease());
  EXPECT_LT(std::chrono::steady_clock::now() - failing_since, quick().duration) << "before another may take it";
  EXPECT_THAT(election.last_error(), HasSubstr("scripted"));
  EXPECT_EQ(server.spec().at("holderIdentity"), "me") << "what is lost is not released";
}

TEST(LeaderElection, IsLostWhenAnotherHasTakenTheLease) {
  LeaseServer server;
  LeaderElection election(server.client(), quick(), nullptr);

  const LeaseEnd end = election.run(
      [&](const std::stop_token& lead_stop) {
        server.set(lease_of("other", 15));
        until_stopped(lead_stop);
      },
      {});

  EXPECT_EQ(end, LeaseEnd::kLost);
  EXPECT_EQ(server.spec().at("holderIdentity"), "other");
}

TEST(LeaderElection, SurvivesAShortFailure) {
  LeaseServer server;
  LeaderElection election(server.client(), quick(), nullptr);
  std::stop_source stop;

  const LeaseEnd end = election.run(
      [&](const std::stop_token& lead_stop) {
        server.fail(true);
        EXPECT_TRUE(eventually([&] { return !election.last_error().empty(); }));
        server.fail(false);
        EXPECT_TRUE(eventually([&] { return election.last_error().empty(); }));
        EXPECT_FALSE(lead_stop.stop_requested());
        stop.request_stop();
      },
      stop.get_token());

  EXPECT_EQ(end, LeaseEnd::kStopped);
}

TEST(LeaderElection, RidesOutAStormOfConflictsATryAPeriod) {
  constexpr int kConflicts = 8;
  LeaseServer server;
  server.conflict(kConflicts);
  LeaderElection election(server.client(), quick(), nullptr);
  std::chrono::steady_clock::time_point leading_since;
  std::chrono::steady_clock::duration renewed_after{};
  const auto start = std::chrono::steady_clock::now();

  const LeaseEnd end = election.run(
      [&](const std::stop_token& lead_stop) {
        leading_since = std::chrono::steady_clock::now();
        server.conflict(kConflicts);
        const int writes = server.writes();
        EXPECT_TRUE(eventually([&] { return server.writes() > writes; }));
        renewed_after = std::chrono::steady_clock::now() - leading_since;
        EXPECT_FALSE(lead_stop.stop_requested()) << "the lease is still its own";
      },
      {});

  EXPECT_EQ(end, LeaseEnd::kStopped);
  EXPECT_GE(leading_since - start, kConflicts * quick().retry_period);
  EXPECT_GE(renewed_after, kConflicts * quick().retry_period);
}

TEST(LeaderElection, WaitsWhileAnotherHoldsItAndTakesItWhenItRunsOut) {
  LeaseServer server;
  server.set(lease_of("other", 1));
  const auto start = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration waited{};
  nlohmann::json spec;

  (void)LeaderElection(server.client(), quick(), nullptr)
      .run(
          [&](const std::stop_token&) {
            waited = std::chrono::steady_clock::now() - start;
            spec = server.spec();
          },
          {});

  EXPECT_GE(waited, seconds(1));
  EXPECT_EQ(spec.at("holderIdentity"), "me");
  EXPECT_EQ(spec.at("leaseTransitions"), 4);
}

TEST(LeaderElection, DoesNotWaitForALeaseWhenItIsToStop) {
  LeaseServer server;
  server.set(lease_of("other", 3600));
  std::stop_source stop;
  LeaderElection election(server.client(), quick(), nullptr);
  std::jthread stopper([&] { stop.request_stop(); });

  EXPECT_EQ(election.run([](const std::stop_token&) { FAIL() << "must not lead"; }, stop.get_token()),
            LeaseEnd::kStopped);
  EXPECT_EQ(server.writes(), 1) << "and leaves the lease alone";
}

TEST(LeaderElectionDeathTest, EndsTheProcessWhenTheWorkOutlivesTheLease) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        LeaseServer server;
        LeaderElection election(server.client(), quick(), nullptr);
        (void)election.run(
            [&](const std::stop_token&) {
              server.fail(true);
              until_stopped({});
            },
            {});
      },
      "the leader's work ends before its lease");
}

}  // namespace
}  // namespace kubernetes
