#include "operator/reconcilers/discovery_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/secrets.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"
#include "tests/support/fake_registry.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const kubernetes::ObjectKey kMain{.ns = {}, .name = "main"};

// A registry whose repositories and tags the test says; every tag is an image of the fake's content.
class DiscoveryReconcilerTest : public testing::Test {
 protected:
  using Answer = std::optional<net::ServerResponse>;

  DiscoveryReconcilerTest() {
    registry_.intercept([this](const net::ServerRequest& request) { return answer(request); });
    for (const char* tag : {"1", "2", "3"}) image_.insert_or_assign(tag, registry_.add_image(tag, tag).manifest);
    holds_ = {{"shop/web", {"1", "2"}}, {"shop/api", {"1"}}, {"bank/api", {"3"}}};
    put_registry({{"repositories", {"shop/*"}}});
  }
  Answer answer(const net::ServerRequest& request) {
    if (const auto refused = refuses_.find(std::string(request.path())); refused != refuses_.end())
      return refused->second;
    if (request.path() == "/v2/_catalog") {
      json names = json::array();
      for (const auto& [repository, tags] : holds_) names.push_back(repository);
      return net::ServerResponse{.body = json{{"repositories", names}}.dump()};
    }
    for (const auto& [repository, tags] : holds_) {
      if (request.path() == "/v2/" + repository + "/tags/list") {
        return net::ServerResponse{.body = json{{"name", repository}, {"tags", tags}}.dump()};
      }
    }
    return std::nullopt;
  }
  void put_registry(const json& discovery, const json& more = json::object()) {
    json spec = {{"server", registry_.host()},
                 {"namespace", "shop"},
                 {"tls", {{"plainHTTP", true}}},
                 {"rateLimit", {{"requestsPerSecond", 1000}}}};
    if (!discovery.is_null()) spec["discovery"] = discovery;
    spec.update(more);
    api_.put(crds::kScanRegistry, {{"metadata", {{"name", "main"}, {"generation", ++generation_}}}, {"spec", spec}});
    api_.feed(registries_, crds::kScanRegistry);
  }
  // As the controller does it.
  std::optional<std::chrono::milliseconds> reconcile() {
    std::optional<std::chrono::milliseconds> next;
    try {
      next = reconciler_.reconcile(kMain, {}).requeue_after;
    } catch (const base::Error& error) {
      reconciler_.report_failure(kMain, error);
    }
    api_.feed(registries_, crds::kScanRegistry);
    api_.feed(scans_, crds::kImageScan);
    return next;
  }
  void each_new_scan_takes(std::chrono::seconds time) {
    api_.refuse(
        [this, time](const std::string& line) {
          if (line.starts_with("apply imagescans/")) clock_.advance(time);
          return false;
        },
        0, "");
  }
  // What the operator makes of the ImageScans meanwhile: each tag resolved to what it means now.
  void resolve_all() {
    for (json scan : api_.all(crds::kImageScan)) {
      const base::ImageReference reference =
          base::parse_image_reference(scan.at("spec").at("image").get<std::string>());
      scan["status"] = {{"image", reference.text()}, {"digest", image_.at(reference.tag).text()}};
      scan["metadata"].erase("annotations");
      api_.put(crds::kImageScan, scan);
      const auto decoded = scan.get<crds::ImageScan>();
      index_.change(nullptr, &decoded);
    }
    api_.feed(scans_, crds::kImageScan);
    api_.forget_writes();
  }
  void put_scan(const std::string& repository_and_tag, const json& labels, const std::string& priority = "Normal") {
    const base::ImageReference reference = registry_.reference(repository_and_tag);
    api_.put(crds::kImageScan,
             {{"metadata", {{"name", crds::image_scan_name(reference)}, {"namespace", "shop"}, {"labels", labels}}},
              {"spec", {{"image", reference.text()}, {"priority", priority}}}});
    api_.feed(scans_, crds::kImageScan);
  }
  [[nodiscard]] std::string priority_of(const std::string& repository_and_tag) {
    const std::string name = crds::image_scan_name(registry_.reference(repository_and_tag));
    return api_.at(crds::kImageScan, {.ns = "shop", .name = name}).at("spec").value("priority", "");
  }
  // "shop/web:1" of those that discovery keeps.
  [[nodiscard]] std::vector<std::string> discovered() {
    std::vector<std::string> images;
    for (const json& scan : api_.all(crds::kImageScan)) {
      if (scan.at("metadata").value("labels", json::object()).value(kMadeForDiscoveryLabel, "") != "main") continue;
      images.push_back(scan.at("spec").at("image").get<std::string>().substr(registry_.host().size() + 1));
    }
    return images;
  }
  [[nodiscard]] std::vector<std::string> asked_again() {
    std::vector<std::string> images;
    for (const json& scan : api_.all(crds::kImageScan)) {
      if (!scan.at("metadata").value("annotations", json::object()).contains(crds::kRescanRequestedAt)) continue;
      images.push_back(scan.at("spec").at("image").get<std::string>().substr(registry_.host().size() + 1));
    }
    return images;
  }
  [[nodiscard]] crds::ScanRegistryStatus status() { return registries_.get(kMain)->status; }
  [[nodiscard]] std::string said() {
    const crds::ScanRegistryStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, "Discovered");
    return found == nullptr ? "absent" : found->status + " " + found->reason + ": " + found->message;
  }
  [[nodiscard]] std::size_t requests() const { return registry_.seen().size(); }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  tests::FakeRegistry registry_;
  std::map<std::string, std::vector<std::string>> holds_;
  std::map<std::string, base::Digest> image_;
  std::map<std::string, net::ServerResponse> refuses_;
  int generation_ = 0;
  ScanIndex index_;
  kubernetes::Store<crds::ScanRegistry> registries_{
      [](const json& object) { return object.get<crds::ScanRegistry>(); }};
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  net::Metrics metrics_;
  RegistryPauses pauses_{clock_, metrics_, [](const std::string&) {}};
  DiscoveryReconciler reconciler_{{.registries = registries_,
                                   .all_registries = [this] { return ScanRegistries{registries_.get(kMain)}; },
                                   .provider_credential = {},
                                   .scans = scans_,
                                   .index = index_,
                                   .api = api_,
                                   .clock = clock_,
                                   .events = events_,
                                   .pauses = pauses_}};
};

TEST_F(DiscoveryReconcilerTest, MakesAnImageScanOfEachImageThatIsAskedFor) {
  EXPECT_EQ(reconcile(), std::chrono::hours(1));
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:1", "shop/web:2", "shop/api:1"));
  EXPECT_EQ(said(), "True Listed: 2 repositories, 3 images");
  EXPECT_EQ(status().last_discovery, "2026-01-31T08:00:00Z");
  EXPECT_THAT(events_.lines(), ElementsAre("Normal Discovered on main"));
}

TEST_F(DiscoveryReconcilerTest, WalksAgainWhenTheIntervalIsOver) {
  reconcile();
  resolve_all();
  const std::size_t before = requests();
  clock_.advance(std::chrono::minutes(50));
  EXPECT_EQ(reconcile(), std::chrono::minutes(10));
  EXPECT_EQ(requests(), before);
  clock_.advance(std::chrono::minutes(10));
  holds_["shop/web"].push_back("3");
  reconcile();
  EXPECT_THAT(discovered(), Contains("shop/web:3"));
}

// What is pushed behind its back is found within the interval, however long a walk takes.
TEST_F(DiscoveryReconcilerTest, TheIntervalBeginsWithTheWalk) {
  each_new_scan_takes(std::chrono::minutes(10));
  EXPECT_EQ(reconcile(), std::chrono::milliseconds(0)) << "the first of two repositories";
  EXPECT_EQ(reconcile(), std::chrono::minutes(30));
  EXPECT_EQ(status().last_discovery, "2026-01-31T08:00:00Z");
  EXPECT_EQ(reconcile(), std::chrono::minutes(30)) << "by what the object says, as a new leader does";

  clock_.advance(std::chrono::minutes(30));
  holds_ = {{"shop/web", {"3"}}};
  each_new_scan_takes(std::chrono::hours(2));
  EXPECT_EQ(reconcile(), std::chrono::seconds(1)) << "it is time for the next";
  EXPECT_EQ(status().last_discovery, "2026-01-31T09:00:00Z");
}

TEST_F(DiscoveryReconcilerTest, ALongWalkMakesWayBetweenTwoRepositories) {
  each_new_scan_takes(DiscoveryRound::kSlice);
  EXPECT_EQ(reconcile(), std::chrono::milliseconds(0)) << "behind whoever waits";
  EXPECT_THAT(discovered(), ElementsAre("shop/api:1"));
  EXPECT_EQ(said(), "absent");

  const std::size_t before = requests();
  reconcile();
  for (std::size_t i = before; i < registry_.seen().size(); ++i) {
    EXPECT_THAT(registry_.seen()[i].target, Not(HasSubstr("shop/api"))) << "it was there already";
  }
  EXPECT_EQ(said(), "True Listed: 2 repositories, 3 images");
}

TEST_F(DiscoveryReconcilerTest, WalksAtOnceWhenItsSpecChanged) {
  reconcile();
  put_registry({{"repositories", {"bank/*"}}});
  reconcile();
  EXPECT_THAT(discovered(), ElementsAre("bank/api:3"));
}

TEST_F(DiscoveryReconcilerTest, WritesNothingWhereNothingChanged) {
  reconcile();
  resolve_all();
  clock_.advance(std::chrono::hours(1));
  reconcile();
  EXPECT_THAT(asked_again(), IsEmpty());
  EXPECT_THAT(api_.writes(), ElementsAre(HasSubstr("scanregistries/main"))) << "its own status alone";
}

TEST_F(DiscoveryReconcilerTest, AsksAgainForATagThatMeansAnotherImage) {
  reconcile();
  resolve_all();
  image_.insert_or_assign("1", registry_.add_image("pushed while nobody listened", "1").manifest);
  clock_.advance(std::chrono::hours(1));
  reconcile();
  EXPECT_THAT(asked_again(), UnorderedElementsAre("shop/web:1", "shop/api:1"));
}

TEST_F(DiscoveryReconcilerTest, PullsNothingToSeeWhetherATagHasChanged) {
  reconcile();
  resolve_all();
  const std::size_t before = requests();
  clock_.advance(std::chrono::hours(1));
  reconcile();
  const auto seen = registry_.seen();
  for (std::size_t i = before; i < seen.size(); ++i) {
    if (seen[i].target.find("/manifests/") != std::string::npos) {
      EXPECT_EQ(seen[i].method, "HEAD");
    }
  }
}

TEST_F(DiscoveryReconcilerTest, LetsGoOfWhatIsNotThereAnyMore) {
  reconcile();
  resolve_all();
  holds_["shop/web"] = {"2"};
  clock_.advance(std::chrono::hours(1));
  reconcile();
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:2", "shop/api:1"));
  EXPECT_EQ(api_.all(crds::kImageScan).size(), 3U) << "it goes when nobody else wants it either";
}

TEST_F(DiscoveryReconcilerTest, APersonsOwnImageScanStaysAPersons) {
  put_scan("shop/web:1", json::object());
  reconcile();
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:2", "shop/api:1"));
}

TEST_F(DiscoveryReconcilerTest, KeepsWhatAnEventMade) {
  put_scan("shop/web:1",
           {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)}, {kMadeForEventLabel, "true"}},
           "High");
  reconcile();
  EXPECT_THAT(discovered(), Contains("shop/web:1"));
  EXPECT_EQ(priority_of("shop/web:1"), "High");
}

TEST_F(DiscoveryReconcilerTest, NobodyWaitsForWhatAWalkFinds) {
  reconcile();
  EXPECT_EQ(priority_of("shop/web:1"), "Background");
}

TEST_F(DiscoveryReconcilerTest, NeedsNoCatalogueForRepositoriesThatAreNamed) {
  refuses_["/v2/_catalog"] = {.status = 404};
  put_registry({{"repositories", {"shop/web", "bank/api"}}});
  reconcile();
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:1", "shop/web:2", "bank/api:3"));
}

TEST_F(DiscoveryReconcilerTest, SaysWhatToDoWithoutACatalogue) {
  refuses_["/v2/_catalog"] = {.status = 404};
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_THAT(said(), testing::StartsWith("False ListFailed: "));
  EXPECT_THAT(said(), HasSubstr("name them in spec.discovery.repositories without wildcards"));
  EXPECT_THAT(events_.lines(), ElementsAre("Warning DiscoveryFailed on main"));
}

TEST_F(DiscoveryReconcilerTest, OneRepositoryThatRefusesIsToldAndKeepsItsScans) {
  reconcile();
  resolve_all();
  refuses_["/v2/shop/api/tags/list"] = {.status = 403};
  holds_["shop/web"] = {"1"};
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(reconcile(), std::chrono::hours(1));
  EXPECT_THAT(said(), HasSubstr("False Incomplete: 2 repositories, 1 image; not looked at: "));
  EXPECT_THAT(said(), HasSubstr("shop/api/tags/list?n=1000: 403"));
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:1", "shop/api:1"));
}

// No repository keeps the walk from those behind it, whatever it does.
TEST_F(DiscoveryReconcilerTest, GoesOnBehindARepositoryThatBreaks) {
  refuses_["/v2/shop/api/tags/list"] = {.status = 500};
  EXPECT_EQ(reconcile(), std::nullopt) << "the registry may be away: after a pause";
  EXPECT_EQ(reconcile(), std::chrono::hours(1));
  EXPECT_THAT(said(), HasSubstr("False Incomplete: "));
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:1", "shop/web:2"));

  refuses_["/v2/shop/api/tags/list"] = {.body = std::string(5 << 20, ' ')};
  put_registry({{"repositories", {"shop/*"}}});
  EXPECT_EQ(reconcile(), std::chrono::hours(1)) << "a page past its bound";
  EXPECT_THAT(said(), HasSubstr("not looked at: shop/api"));
}

// A registry that hides what it would not show answers as if it were not there.
TEST_F(DiscoveryReconcilerTest, ARepositoryThatIsNamedIsNotTakenForGone) {
  put_registry({{"repositories", {"shop/web", "bank/api"}}});
  reconcile();
  resolve_all();
  holds_.erase("bank/api");
  clock_.advance(std::chrono::hours(1));
  reconcile();
  EXPECT_THAT(said(), HasSubstr("bank/api has no tags, or there is no such repository for these credentials"));
  EXPECT_THAT(discovered(), Contains("bank/api:3"));
}

TEST_F(DiscoveryReconcilerTest, LetsGoOfNothingWhereTheCatalogueIsCut) {
  reconcile();
  resolve_all();
  net::ServerResponse endless{.body = R"({"repositories":["shop/api"]})"};
  endless.headers["Link"] = "</v2/_catalog?n=1000>; rel=\"next\"";
  refuses_["/v2/_catalog"] = endless;
  clock_.advance(std::chrono::hours(1));
  reconcile();
  EXPECT_THAT(said(), HasSubstr("the catalogue names more repositories than are read"));
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:1", "shop/web:2", "shop/api:1"));
}

TEST_F(DiscoveryReconcilerTest, LeavesARegistryAloneThatWantsIt) {
  refuses_["/v2/shop/web/tags/list"] = {.status = 429, .headers = {{"Retry-After", "90"}}};
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_THAT(said(), testing::StartsWith("False Throttled: "));
  EXPECT_EQ(pauses_.until(registry_.host()), clock_.system_now() + std::chrono::seconds(90));
  EXPECT_THAT(discovered(), ElementsAre("shop/api:1"));

  refuses_.clear();
  const std::size_t before = requests();
  const auto wait = reconcile();
  ASSERT_TRUE(wait) << "it is held";
  EXPECT_GE(*wait, std::chrono::seconds(90));
  EXPECT_EQ(requests(), before);

  // It goes on where it was.
  clock_.advance(*wait);
  EXPECT_EQ(reconcile(), std::chrono::ceil<std::chrono::seconds>(std::chrono::hours(1) - *wait));
  for (std::size_t i = before; i < registry_.seen().size(); ++i) {
    EXPECT_THAT(registry_.seen()[i].target, Not(HasSubstr("shop/api"))) << "it was there already";
  }
  EXPECT_EQ(said(), "True Listed: 2 repositories, 3 images");
}

TEST_F(DiscoveryReconcilerTest, KeepsTheNewest) {
  const auto built = [&](const char* tag, const std::string& at) {
    const std::string config = R"({"os":"linux","architecture":"amd64","created":")" + at + R"("})";
    image_.insert_or_assign(tag, registry_.add_image(tag, tag, config).manifest);
  };
  built("1", "2026-01-01T00:00:00Z");
  built("2", "2026-01-30T00:00:00Z");
  built("3", "2026-01-20T00:00:00Z");
  holds_ = {{"shop/web", {"1", "2", "3"}}};
  put_registry({{"repositories", {"shop/*"}}, {"tags", {{"newest", 2}}}});
  reconcile();
  EXPECT_THAT(discovered(), UnorderedElementsAre("shop/web:2", "shop/web:3"));

  // When an image was built never changes, so it is asked for once.
  resolve_all();
  const std::size_t before = requests();
  clock_.advance(std::chrono::hours(1));
  reconcile();
  for (std::size_t i = before; i < registry_.seen().size(); ++i) {
    EXPECT_THAT(registry_.seen()[i].target, Not(HasSubstr("/blobs/")));
  }

  put_registry({{"repositories", {"shop/*"}}, {"tags", {{"maxAge", "5d"}}}});
  reconcile();
  EXPECT_THAT(discovered(), ElementsAre("shop/web:2"));
}

TEST_F(DiscoveryReconcilerTest, AFullNamespaceIsTold) {
  api_.refuse([](const std::string& line) { return line.find("imagescans") != std::string::npos; }, 403,
              "exceeded quota: images");
  EXPECT_EQ(reconcile(), std::chrono::hours(1));
  EXPECT_THAT(said(), HasSubstr("False Incomplete: "));
  EXPECT_THAT(said(), HasSubstr("exceeded quota"));
}

TEST_F(DiscoveryReconcilerTest, ASecretThatCannotBeUsedIsTold) {
  put_registry({{"repositories", {"shop/*"}}}, {{"auth", {{"secretRef", {{"name", "robot"}}}}}});
  reconcile();
  EXPECT_THAT(said(), HasSubstr("the pull secret shop/robot does not exist"));
  EXPECT_EQ(requests(), 0U) << "nothing is listed as somebody else";
}

TEST_F(DiscoveryReconcilerTest, DoesNothingWithoutBeingAsked) {
  put_registry(nullptr);
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_EQ(requests(), 0U);
  EXPECT_EQ(said(), "absent");
}

TEST_F(DiscoveryReconcilerTest, EndsWhenItIsToldTo) {
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW((void)reconciler_.reconcile(kMain, source.get_token()), base::Error);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
