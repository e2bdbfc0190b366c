#include "operator/reconcilers/event_scan_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "crds/object_names.h"
#include "operator/push_events/limits.h"
#include "operator/reconcilers/resolution_requests.h"
#include "operator/reconcilers/secrets.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using push_events::EventAction;
using push_events::ImageEvent;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const std::string kRescan(crds::kRescanRequestedAt);

class EventScanRequestsTest : public testing::Test {
 protected:
  EventScanRequestsTest() {
    put_registry({{"server", "registry:5000"},
                  {"namespace", "shop"},
                  {"events", {{"secretRef", {{"name", "events"}, {"key", "token"}}}}}});
    put_secret("Bearer s3cret");
  }
  void put_registry(const json& spec) {
    api_.put(crds::kScanRegistry, {{"metadata", {{"name", "main"}}}, {"spec", spec}});
    api_.feed(registries_, crds::kScanRegistry);
  }
  void put_secret(const std::string& value) {
    api_.put(kSecret, {{"metadata", {{"name", "events"}, {"namespace", "pratique-system"}}},
                       {"data", {{"token", base::encode_base64(value)}, {"authorization", base::encode_base64("d")}}}});
  }
  [[nodiscard]] push_events::EventSender sender() { return *requests_.find_sender("main"); }
  [[nodiscard]] json own_scan() {
    return api_.at(
        crds::kImageScan,
        {.ns = "shop", .name = crds::image_scan_name(base::parse_image_reference("registry:5000/shop/web:1"))});
  }
  void put_own_scan(const json& spec) {
    json scan = {{"metadata",
                  {{"name", crds::image_scan_name(base::parse_image_reference("registry:5000/shop/web:1"))},
                   {"namespace", "shop"}}},
                 {"spec", {{"image", "registry:5000/shop/web:1"}}}};
    scan["spec"].update(spec);
    api_.put(crds::kImageScan, scan);
    api_.feed(scans_, crds::kImageScan);
  }
  // An ImageScan that somebody made, resolved before.
  void put_scan(const std::string& ns, const std::string& image) {
    const json scan = {{"metadata", {{"name", "mine"}, {"namespace", ns}}},
                       {"spec", {{"image", image}}},
                       {"status", {{"image", image}, {"digest", base::Digest::of("x").text()}}}};
    api_.put(crds::kImageScan, scan);
    const auto decoded = scan.get<crds::ImageScan>();
    index_.change(nullptr, &decoded);
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  ScanIndex index_;
  std::vector<kubernetes::ObjectKey> later_;  // to be asked
  kubernetes::Store<crds::ScanRegistry> registries_{
      [](const json& object) { return object.get<crds::ScanRegistry>(); }};
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  EventScanRequests requests_{{.registries = registries_,
                               .scans = scans_,
                               .index = index_,
                               .api = api_,
                               .clock = clock_,
                               .events = events_,
                               .operator_namespace = "pratique-system",
                               .ask_later = [this](const kubernetes::ObjectKey& key) { later_.push_back(key); }}};
  ImageEvent push_{.repository = "shop/web",
                   .tag = "1",
                   .digest = base::Digest::of("x"),
                   .media_type = "",
                   .action = EventAction::kPush};
};

TEST_F(EventScanRequestsTest, KnowsTheSecretOfASender) {
  EXPECT_EQ(sender().secret, "Bearer s3cret");
  EXPECT_EQ(sender().server, "registry:5000");
  EXPECT_FALSE(requests_.find_sender("other").has_value());
}

TEST_F(EventScanRequestsTest, TakesNoEventsOfARegistryThatSendsNone) {
  put_registry({{"server", "registry:5000"}, {"namespace", "shop"}});
  EXPECT_FALSE(requests_.find_sender("main").has_value());
}

TEST_F(EventScanRequestsTest, TakesNobodysEventsWhereTheSecretHasNothing) {
  const json nothing = {{"name", "missing"}, {"key", "token"}};
  put_registry({{"server", "registry:5000"}, {"namespace", "shop"}, {"events", {{"secretRef", nothing}}}});
  EXPECT_FALSE(requests_.find_sender("main").has_value());
  // Not even where a certificate is asked for besides: the secret was to be the second lock.
  put_registry({{"server", "registry:5000"},
                {"namespace", "shop"},
                {"events", {{"secretRef", nothing}, {"clientCABundle", "pem"}}}});
  EXPECT_FALSE(requests_.find_sender("main").has_value());
}

TEST_F(EventScanRequestsTest, TellsAllThatProvesASender) {
  put_registry({{"server", "quay.io"},
                {"namespace", "shop"},
                {"events", {{"format", "Quay"}, {"clientCABundle", "pem"}, {"hosts", {"quay.example.com"}}}}});
  EXPECT_EQ(sender().format, crds::EventFormat::kQuay);
  EXPECT_EQ(sender().client_ca_pem, "pem");
  EXPECT_EQ(sender().secret, "");
  EXPECT_THAT(sender().hosts, ElementsAre("quay.example.com"));
  EXPECT_FALSE(sender().token.has_value());
}

TEST_F(EventScanRequestsTest, CannotTellASenderWhoseTokenIssuerIsAway) {
  put_registry({{"server", "registry:5000"},
                {"namespace", "shop"},
                {"events",
                 {{"format", "ArtifactRegistry"},
                  {"token", {{"issuer", "https://127.0.0.1:1"}, {"audience", "a"}, {"subject", "s"}}}}}});
  EXPECT_THROW((void)requests_.find_sender("main"), base::NetworkError);
}

TEST_F(EventScanRequestsTest, LeavesOutTheEndOfTheSecretsLine) {
  put_secret("Bearer s3cret\n");
  EXPECT_EQ(sender().secret, "Bearer s3cret");
}

TEST_F(EventScanRequestsTest, ReadsTheDefaultKey) {
  put_registry({{"server", "registry:5000"}, {"namespace", "shop"}, {"events", {{"secretRef", {{"name", "events"}}}}}});
  EXPECT_EQ(sender().secret, "d");
}

TEST_F(EventScanRequestsTest, ReadsASecretAgainWhenItIsOld) {
  EXPECT_EQ(sender().secret, "Bearer s3cret");
  put_secret("Bearer new");
  EXPECT_EQ(sender().secret, "Bearer s3cret");
  clock_.advance(push_events::kSecretAge);
  EXPECT_EQ(sender().secret, "Bearer new");
}

TEST_F(EventScanRequestsTest, MakesAnImageScanWithItsDeterministicName) {
  requests_.request(sender(), push_);

  const json scan = own_scan();
  ASSERT_FALSE(scan.is_null());
  EXPECT_EQ(scan.at("spec").at("image"), "registry:5000/shop/web:1");
  EXPECT_EQ(scan.at("metadata").at("labels").at(kMadeForEventLabel), "true");
  EXPECT_EQ(scan.at("metadata").at("annotations").at(kRescan), "2026-01-31T08:00:00.000000000Z");
}

// A first walk through a registry may have put ten thousand before it.
TEST_F(EventScanRequestsTest, APushGoesBeforeWhatNobodyWaitsFor) {
  requests_.request(sender(), push_);
  EXPECT_EQ(own_scan().at("spec").at("priority"), "High");

  for (const char* priority : {"Normal", "Background"}) {
    put_own_scan({{"priority", priority}});
    requests_.request(sender(), push_);
    EXPECT_EQ(own_scan().at("spec").at("priority"), "High") << priority;
  }
}

TEST_F(EventScanRequestsTest, APushTakesNoPriorityFromWhatAPodWaitsFor) {
  put_own_scan({{"priority", "Admission"}});
  requests_.request(sender(), push_);
  EXPECT_EQ(own_scan().at("spec").at("priority"), "Admission");
}

TEST_F(EventScanRequestsTest, TellsAQuotaFromOtherRefusals) {
  api_.fail_writes(403, "Forbidden");
  EXPECT_THROW(requests_.request(sender(), push_), kubernetes::ApiError);
  api_.refuse([](const std::string& line) { return line.find("imagescans") != std::string::npos; }, 403,
              "Forbidden: exceeded quota: images");
  EXPECT_THROW(requests_.request(sender(), push_), push_events::OverQuota);
}

// A person's ImageScan that cannot be patched, a status that is refused: none of these is the event's.
TEST_F(EventScanRequestsTest, APushIsStoredWhateverElseFails) {
  put_scan("lab", "registry:5000/shop/web:1");
  put_scan("test", "registry:5000/shop/web:1");
  for (const char* refused : {"patch imagescans/lab/mine", "scanregistries/main status", "patch"}) {
    api_.forget_writes();
    api_.refuse([&](const std::string& line) { return line.find(refused) != std::string::npos; }, 500, "Broken");
    EXPECT_NO_THROW(requests_.request(sender(), push_)) << refused;
    EXPECT_THAT(api_.writes(), testing::Contains(testing::HasSubstr("apply imagescans/shop/"))) << refused;
    clock_.advance(std::chrono::minutes(1));
  }
}

TEST_F(EventScanRequestsTest, StoresBeforeItAsksAnybodyElse) {
  put_scan("lab", "registry:5000/shop/web:1");
  requests_.request(sender(), push_);
  EXPECT_THAT(api_.writes(), ElementsAre(testing::HasSubstr("apply imagescans/shop/"), "patch imagescans/lab/mine",
                                         "apply scanregistries/main status"));
}

TEST_F(EventScanRequestsTest, AsksLaterWhatCannotBeAskedAtOnce) {
  put_scan("lab", "registry:5000/shop/web:1");
  put_scan("test", "registry:5000/shop/web:1");
  api_.refuse([](const std::string& line) { return line == "patch imagescans/lab/mine"; }, 500, "Broken");
  requests_.request(sender(), push_);
  EXPECT_THAT(later_, ElementsAre(kubernetes::ObjectKey{.ns = "lab", .name = "mine"}));
  EXPECT_THAT(api_.writes(), testing::Contains("patch imagescans/test/mine"));

  api_.refuse([](const std::string&) { return false; }, 0, "");
  api_.feed(scans_, crds::kImageScan);
  ResolutionRequestReconciler reconciler(scans_, api_, clock_);
  static_cast<void>(reconciler.reconcile(later_.front(), {}));
  EXPECT_TRUE(api_.at(crds::kImageScan, later_.front()).at("metadata").at("annotations").contains(kRescan));
}

TEST_F(EventScanRequestsTest, AsksNobodyLaterWhoHasGone) {
  ResolutionRequestReconciler reconciler(scans_, api_, clock_);
  static_cast<void>(reconciler.reconcile({.ns = "lab", .name = "mine"}, {}));
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(EventScanRequestsTest, TellsOfNoEventThatCouldNotBeStored) {
  const push_events::EventSender known = sender();
  put_scan("lab", "registry:5000/shop/web:1");
  api_.refuse([](const std::string& line) { return line.find("imagescans/shop/") != std::string::npos; }, 500,
              "Broken");
  EXPECT_THROW(requests_.request(known, push_), base::Error);
  EXPECT_THAT(api_.writes(), IsEmpty()) << "the sender sends it again";
}

TEST_F(EventScanRequestsTest, ADeletionIsAskedLaterWhereNobodyAnswers) {
  const push_events::EventSender known = sender();
  put_scan("lab", "registry:5000/shop/web:1");
  put_scan("test", "registry:5000/shop/web:1");
  push_.action = EventAction::kDelete;
  api_.be_away(true);
  EXPECT_NO_THROW(requests_.request(known, push_));
  EXPECT_EQ(later_.size(), 2U);
}

TEST_F(EventScanRequestsTest, AQuotaKeepsNobodyElseFromLookingAgain) {
  put_scan("lab", "registry:5000/shop/web:1");
  api_.refuse([](const std::string& line) { return line.find("imagescans/shop/") != std::string::npos; }, 403,
              "exceeded quota: images");
  EXPECT_THROW(requests_.request(sender(), push_), push_events::OverQuota);
  EXPECT_TRUE(api_.at(crds::kImageScan, {.ns = "lab", .name = "mine"}).at("metadata").contains("annotations"));
}

TEST_F(EventScanRequestsTest, TwoPushesInOneSecondAskTwice) {
  requests_.request(sender(), push_);
  const json first = own_scan().at("metadata").at("annotations").at(kRescan);
  clock_.advance(std::chrono::milliseconds(3));

  requests_.request(sender(), push_);

  EXPECT_NE(own_scan().at("metadata").at("annotations").at(kRescan), first);
}

TEST_F(EventScanRequestsTest, NamesTheDigestWhereThereIsNoTag) {
  push_.tag.clear();
  requests_.request(sender(), push_);

  ASSERT_EQ(api_.all(crds::kImageScan).size(), 1u);
  EXPECT_EQ(api_.all(crds::kImageScan)[0].at("spec").at("image"), "registry:5000/shop/web@" + push_.digest->text());
}

TEST_F(EventScanRequestsTest, AsksEveryImageScanOfThatTagInAnyNamespace) {
  put_scan("other", "registry:5000/shop/web:1");
  put_scan("another", "registry:5000/shop/web:2");
  put_scan("third", "registry:5000/shop/web:1@" + push_.digest->text());

  requests_.request(sender(), push_);

  const auto annotations = [&](const char* ns) {
    return api_.at(crds::kImageScan, {.ns = ns, .name = "mine"}).at("metadata").value("annotations", json::object());
  };
  EXPECT_TRUE(annotations("other").contains(kRescan));
  EXPECT_THAT(annotations("another"), IsEmpty());
  EXPECT_THAT(annotations("third"), IsEmpty());
}

TEST_F(EventScanRequestsTest, TellsOnceThatEventsArrive) {
  requests_.request(sender(), push_);
  api_.feed(registries_, crds::kScanRegistry);
  clock_.advance(std::chrono::minutes(1));
  requests_.request(sender(), push_);

  EXPECT_THAT(events_.lines(), testing::ElementsAre("Normal EventsReceiving on main"));
}

TEST_F(EventScanRequestsTest, ADeletionMakesNothingAndAsksThoseThatKnowTheTag) {
  put_scan("other", "registry:5000/shop/web:1");
  push_.action = EventAction::kDelete;

  requests_.request(sender(), push_);

  EXPECT_EQ(api_.all(crds::kImageScan).size(), 1u);
  EXPECT_TRUE(api_.at(crds::kImageScan, {.ns = "other", .name = "mine"}).at("metadata").contains("annotations"));
}

TEST_F(EventScanRequestsTest, ADeletedManifestAsksTheTagsThatMeanIt) {
  put_scan("other", "registry:5000/shop/web:1");
  push_.action = EventAction::kDelete;
  push_.tag.clear();

  requests_.request(sender(), push_);

  EXPECT_TRUE(api_.at(crds::kImageScan, {.ns = "other", .name = "mine"}).at("metadata").contains("annotations"));
  push_.digest = base::Digest::of("another");
  api_.forget_writes();
  requests_.request(sender(), push_);
  EXPECT_THAT(api_.writes(), testing::Not(testing::Contains(testing::HasSubstr("imagescans"))));
}

TEST_F(EventScanRequestsTest, LeavesOutRepositoriesThatAreNotNamed) {
  put_registry({{"server", "registry:5000"},
                {"namespace", "shop"},
                {"events", {{"secretRef", {{"name", "events"}, {"key", "token"}}}, {"repositories", {"team/*"}}}}});

  requests_.request(sender(), push_);
  EXPECT_THAT(api_.all(crds::kImageScan), IsEmpty());

  push_.repository = "team/web";
  requests_.request(sender(), push_);
  EXPECT_EQ(api_.all(crds::kImageScan).size(), 1u);
}

TEST_F(EventScanRequestsTest, FailsWhenItCannotStore) {
  const push_events::EventSender known = sender();
  api_.fail_writes(500, "InternalError");
  EXPECT_THROW(requests_.request(known, push_), base::Error);
}

TEST_F(EventScanRequestsTest, TellsTheLastEventOnceInAWhile) {
  requests_.request(sender(), push_);
  api_.feed(registries_, crds::kScanRegistry);
  const auto registry = registries_.get({.ns = {}, .name = "main"});
  EXPECT_EQ(registry->status.last_event, "2026-01-31T08:00:00Z");
  EXPECT_EQ(kubernetes::find_condition(registry->status.conditions, "EventsReceiving")->status, "True");

  api_.forget_writes();
  requests_.request(sender(), push_);
  EXPECT_THAT(api_.writes(), Not(testing::Contains("apply scanregistries/main status")));
  clock_.advance(std::chrono::minutes(1));
  requests_.request(sender(), push_);
  EXPECT_THAT(api_.writes(), testing::Contains("apply scanregistries/main status"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
