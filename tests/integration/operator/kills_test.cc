// The leader is killed at each write that it makes on the way from a push to a row, once before the API server has it
// and once before the leader knows that it has: whoever leads next finishes, and nothing is lost, doubled or stuck.
// PRATIQUE_KILL_ROUNDS goes through all points so many times (default: once).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "crds/image_report.h"
#include "crds/object_names.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/integration/operator/shown_rows.h"
#include "tests/support/api_server_proxy.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::Moment;
using tests::state_of;

// Longer than it takes to notice that nobody leads, to lead and to catch up.
constexpr std::chrono::seconds kPatience{40};

// What makes the leader write, and where it dies of it.
struct Point {
  const char* line;
  enum class Cause { kPush, kMendingPush, kLostRows, kWorkload, kDatabase } cause;
};
constexpr Point kPoints[] = {
    {"PATCH imagescans", Point::Cause::kPush},             // the event is stored
    {"PATCH scanregistries/status", Point::Cause::kPush},  // and noted
    {"PUT imagescans/status", Point::Cause::kPush},        // resolved, being scanned
    {"PATCH imagereports", Point::Cause::kPush},           // scanned
    {"POST findings", Point::Cause::kLostRows},            // a row
    {"PUT findings/status", Point::Cause::kLostRows},      // and what it says
    {"PUT findings", Point::Cause::kPush},                 // a row of before, of one more image
    {"PATCH findings", Point::Cause::kMendingPush},        // a row whose last image has gone
    {"PATCH findings/status", Point::Cause::kMendingPush},
    {"PATCH clusterscanpolicies/status", Point::Cause::kWorkload},
    {"PUT vulnerabilitydatabases/status", Point::Cause::kDatabase},
    {"PUT leases", Point::Cause::kPush},
};

class Kills : public ::testing::Test {
 protected:
  Kills() {
    const std::string account = (tests::control_plane_folder() / "pratique-operator.kubeconfig").string();
    cluster_.start_anew(
        {.kubeconfig = proxy_.kubeconfig_like(account, (tests::control_plane_folder() / "proxied.kubeconfig").string()),
         .options = {"--lease-seconds", "2"}});
    EXPECT_TRUE(eventually([&] { return post(R"({"events":[]})"); }));
  }
  ~Kills() override { cluster_.start_anew({}); }

  // As a registry does: whichever replica takes it, and again until one has. Whether one has now.
  bool post(const std::string& body) {
    const auto taken = [&](int port) { return cluster_.send_event(port, followed_.scan_registry(), body); };
    std::vector<int> ports = cluster_.events_ports();
    if (!proxy_.struck()) ports.insert(ports.begin(), cluster_.leader().events_port());
    return std::ranges::any_of(ports, taken);
  }
  // To the leader first as long as it is to die.
  void push(const std::string& tag, const tests::FakeImage& image) {
    const json target{{"mediaType", tests::kOciManifestType},
                      {"digest", image.manifest.text()},
                      {"repository", "shop/web"},
                      {"tag", tag}};
    const std::string body = json{{"events", {{{"id", tag}, {"action", "push"}, {"target", target}}}}}.dump();
    ASSERT_TRUE(eventually(
        [&] {
          cluster_.replace_the_dead();
          return post(body);
        },
        kPatience));
    pushed_[tag] = image.manifest.text();
    last_pushed_ = tag;
  }
  // An image like no other, with findings or without.
  tests::FakeImage add_image(const std::string& tag, bool vulnerable) {
    tests::TarBuilder tar;
    tar.file("of", ns_ + tag + (vulnerable ? "" : " mended"));
    if (!vulnerable) return registry_.add_image(tests::gzip(tar.archive()), tag);
    return registry_.add_image(tests::gzip(tar.bytes() + tests::sample_layer()), tag);
  }
  [[nodiscard]] kubernetes::ObjectKey scan_of(const std::string& tag) const {
    return {ns_, crds::image_scan_name(registry_.reference("shop/web:" + tag))};
  }
  [[nodiscard]] std::string digest_of(const std::string& tag) const {
    const auto stored = cluster_.admin()->get(crds::kImageScan, scan_of(tag));
    if (!stored) return "no ImageScan";
    const auto scan = stored->get<crds::ImageScan>();
    return state_of(scan.status.conditions, crds::kScanned) == "True/Scanned" ? scan.status.digest : "not scanned";
  }
  void cause(Point::Cause cause, const std::string& tag) {
    switch (cause) {
      case Point::Cause::kPush:
        return push(tag, add_image(tag, true));
      case Point::Cause::kMendingPush:
        for (const auto& [known, digest] : std::map(pushed_)) push(known, add_image(known, false));
        return;
      case Point::Cause::kLostRows:
        (void)tests::kubectl_or_throw({"delete", "findings", "--all", "-n", ns_});
        return;
      case Point::Cause::kWorkload:
        (void)tests::kubectl_or_throw({"create", "deployment", "app-" + tag, "-n", ns_, "--replicas=1",
                                       "--image=" + registry_.host() + "/shop/web:" + last_pushed_});
        return;
      case Point::Cause::kDatabase:
        return cluster_.set_database_file(cluster_.build_database());
    }
  }
  // One point: something happens, the leader dies of it, another takes over.
  void die_at(const Point& point, Moment moment) {
    const std::string name = std::string(moment == Moment::kBeforeWrite ? "before " : "after ") + point.line;
    SCOPED_TRACE(name);
    std::cout << "killed " << name << std::endl;
    proxy_.arm(point.line, moment, cluster_.leader().pid());
    cause(point.cause, "v" + std::to_string(++points_));
    EXPECT_TRUE(eventually([&] { return proxy_.struck(); }, kPatience)) << "nothing was written at " << name;
    cluster_.replace_the_dead();
    for (const auto& [tag, digest] : pushed_) {
      EXPECT_TRUE(eventually([&] { return digest_of(tag) == digest; }, kPatience)) << tag << ": " << digest_of(tag);
    }
  }
  [[nodiscard]] bool has_open_rows() const {
    const std::map<std::string, json> all = tests::shown_rows(ns_);
    return std::ranges::any_of(all,
                               [](const auto& row) { return row.second.at("status").value("state", "") == "Open"; });
  }
  [[nodiscard]] std::set<std::string> reported_digests() const {
    std::set<std::string> digests;
    (void)cluster_.admin()->list(
        crds::kImageReport, {.ns = {}, .label_selector = {}, .field_selector = {}},
        [&](const json& item) { digests.insert(item.at("spec").at("digest").get<std::string>()); },
        [&] { digests.clear(); }, {});
    return digests;
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::ApiServerProxy proxy_{tests::ControlPlane::instance().config()};
  tests::FollowedNamespace followed_{"kills"};
  const std::string& ns_ = followed_.name();
  tests::FakeRegistry& registry_ = followed_.registry();
  std::map<std::string, std::string> pushed_;  // tag -> digest
  std::string last_pushed_;
  int points_ = 0;
};

int rounds() {
  const char* text = std::getenv("PRATIQUE_KILL_ROUNDS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

TEST_F(Kills, AtEachWriteLoseNothingAndDoubleNothing) {
  int kills = 0;
  for (int round = 0; round < rounds(); ++round) {
    for (const Point& point : kPoints) {
      for (const Moment moment : {Moment::kBeforeWrite, Moment::kAfterWrite}) {
        die_at(point, moment);
        ++kills;
        // What was mended is pushed again, so that there is something to mend.
        if (point.cause != Point::Cause::kMendingPush) continue;
        cause(Point::Cause::kPush, "v" + std::to_string(++points_));
        EXPECT_TRUE(eventually([&] { return has_open_rows(); }, kPatience));
      }
    }
  }
  RecordProperty("kills", kills);

  EXPECT_TRUE(eventually([&] { return tests::shown_rows(ns_).size() == 2; }, kPatience));
  EXPECT_TRUE(tests::operator_rests(std::chrono::seconds(4)));
  const std::map<std::string, json> after_the_kills = tests::shown_rows(ns_);
  for (const auto& [tag, digest] : pushed_) {
    EXPECT_EQ(digest_of(tag), digest);
    EXPECT_TRUE(reported_digests().contains(digest)) << tag;
  }
  EXPECT_EQ(after_the_kills, tests::fresh_rows(ns_, after_the_kills.size()));
}

}  // namespace
}  // namespace pratique_operator
