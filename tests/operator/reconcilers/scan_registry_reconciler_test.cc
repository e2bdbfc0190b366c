#include "operator/reconcilers/scan_registry_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "operator/reconcilers/secrets.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"
#include "tests/support/fake_registry.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const kubernetes::ObjectKey kMain{.ns = {}, .name = "main"};
const std::string kBasic = "Basic " + base::encode_base64("robot:s3cret");

class ScanRegistryReconcilerTest : public testing::Test {
 protected:
  ScanRegistryReconcilerTest() { let_in(kBasic); }

  // The registry of the fake server; `more` joins or replaces fields of the spec.
  void put_registry(const json& more = json::object()) {
    json spec = {{"server", registry_.host()}, {"namespace", "shop"}, {"tls", {{"plainHTTP", true}}}};
    spec.update(more);
    api_.put(crds::kScanRegistry, {{"metadata", {{"name", "main"}, {"generation", ++generation_}}}, {"spec", spec}});
    api_.feed(registries_, crds::kScanRegistry);
  }
  void put_secret(const std::string& location, const std::string& password) {
    const json config = {{"auths", {{location, {{"username", "robot"}, {"password", password}}}}}};
    api_.put(kSecret, {{"metadata", {{"name", "robot"}, {"namespace", "shop"}}},
                       {"data", {{".dockerconfigjson", base::encode_base64(config.dump())}}}});
  }
  void let_in(const std::string& authorization) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (net::find_header(request.headers, "Authorization") == authorization) {
        return net::ServerResponse{.status = 200, .body = "{}"};
      }
      return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"r\""}}};
    });
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
    return next;
  }
  [[nodiscard]] crds::ScanRegistryStatus status() { return registries_.get(kMain)->status; }
  [[nodiscard]] kubernetes::Condition condition(const char* type) {
    kubernetes::Condition none;
    none.status = "absent";
    none.reason.clear();
    const crds::ScanRegistryStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, type);
    return found == nullptr ? none : *found;
  }
  [[nodiscard]] std::string said(const char* type) { return condition(type).status + " " + condition(type).reason; }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  tests::FakeRegistry registry_;
  int generation_ = 0;
  std::optional<std::string> last_attestation_;
  kubernetes::Store<crds::ScanRegistry> registries_{
      [](const json& object) { return object.get<crds::ScanRegistry>(); }};
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  net::Metrics metrics_;
  ScanMeter meter_;
  RegistryPauses pauses_{clock_, metrics_, [](const std::string&) {}};
  ScanRegistryReconciler reconciler_{{.registries = registries_,
                                      .scans = scans_,
                                      .provider_credential = [](const std::string& provider, const std::string&,
                                                                const std::stop_token&) -> registry::Credential {
                                        if (provider != "azure")
                                          throw base::ConfigError("there is no RegistryProvider " + provider);
                                        return {.username = "robot", .password = "s3cret"};
                                      },
                                      .last_attestation = [this](const std::string&) { return last_attestation_; },
                                      .api = api_,
                                      .clock = clock_,
                                      .events = events_,
                                      .pauses = pauses_,
                                      .meter = meter_}};
};

TEST_F(ScanRegistryReconcilerTest, SaysThatTheRegistryAnswers) {
  put_registry();

  EXPECT_EQ(reconcile(), std::chrono::minutes(5));

  EXPECT_EQ(said("Reachable"), "True Answers");
  EXPECT_EQ(said("Authenticated"), "Unknown NoCredentials");
  EXPECT_EQ(said("EventsReceiving"), "Unknown NotConfigured");
  EXPECT_EQ(said("Discovered"), "Unknown NotConfigured");
  EXPECT_EQ(said("Ready"), "True Answers");
  EXPECT_EQ(status().observed_generation, 1);
  EXPECT_THAT(events_.lines(), testing::ElementsAre("Normal Reachable on main"));
}

TEST_F(ScanRegistryReconcilerTest, SaysWhetherWhatIsScannedIsAttached) {
  put_registry();
  reconcile();
  EXPECT_EQ(said("Attested"), "absent ") << "nobody asked for it";

  const json push = {{"push", {{"signingKeyRef", {{"name", "s"}}}, {"secretRef", {{"name", "p"}}}}}};
  put_registry({{"attestations", push}});
  reconcile();
  EXPECT_EQ(said("Attested"), "Unknown NothingYet");

  last_attestation_ = "Secret pratique-system/p does not exist";
  reconcile();
  EXPECT_EQ(said("Attested"), "False PushFailed");
  EXPECT_EQ(condition("Attested").message, "Secret pratique-system/p does not exist");
  EXPECT_EQ(said("Ready"), "True Answers") << "scans go on";
  EXPECT_THAT(events_.lines(), Contains("Warning AttestationFailed on main"));

  last_attestation_ = "";
  reconcile();
  EXPECT_EQ(said("Attested"), "True Attached");

  last_attestation_ = std::nullopt;  // of a new leader
  reconcile();
  EXPECT_EQ(said("Attested"), "True Attached");

  json taken_away = api_.at(crds::kScanRegistry, kMain);
  taken_away["spec"].erase("attestations");
  api_.put(crds::kScanRegistry, taken_away);
  api_.feed(registries_, crds::kScanRegistry);
  reconcile();
  EXPECT_EQ(said("Attested"), "Unknown NotConfigured");
}

TEST_F(ScanRegistryReconcilerTest, TellsWhatItsScansHaveCost) {
  meter_.add(registry_.host(), "shop", {.scans = 1, .bytes = 7, .seconds = 1});  // before there was this object
  put_registry();
  reconcile();
  EXPECT_EQ(status().scans, 0);
  meter_.add(registry_.host(), "shop", {.scans = 2, .bytes = 100, .seconds = 3});
  meter_.add("elsewhere", "shop", {.scans = 9, .bytes = 9, .seconds = 9});
  reconcile();
  EXPECT_EQ(status().scans, 2);
  EXPECT_EQ(status().bytes_fetched, 100);
  EXPECT_EQ(status().scan_seconds, 3);
  ASSERT_EQ(status().namespaces.size(), 1u);
  EXPECT_EQ(status().namespaces[0].name, "shop");
  EXPECT_EQ(status().namespaces[0].scans, 2);
}

TEST_F(ScanRegistryReconcilerTest, ShowsUntilWhenTheRegistryIsLeftAlone) {
  put_registry();
  reconcile();
  EXPECT_EQ(said("Throttled"), "absent ") << "it never was";

  clock_.advance(std::chrono::minutes(4));
  pauses_.answered(registry_.host(), 429, std::chrono::seconds(120));
  const auto next = reconcile();
  ASSERT_TRUE(next);
  EXPECT_GE(*next, std::chrono::seconds(120));
  EXPECT_LT(*next, std::chrono::minutes(5)) << "to say that it is over";
  EXPECT_EQ(status().throttled_until, "2026-01-31T08:06:00Z");
  EXPECT_EQ(said("Throttled"), "True TooManyRequests");
  EXPECT_THAT(condition("Throttled").message, HasSubstr("2026-01-31T08:06:00Z"));
  EXPECT_EQ(said("Ready"), "True Answers");
  EXPECT_THAT(events_.lines(), Contains("Warning Throttled on main"));

  const std::size_t asked = registry_.seen().size();
  clock_.advance(std::chrono::seconds(90));
  reconcile();
  EXPECT_EQ(registry_.seen().size(), asked) << "not for this object's sake either, though it is time";

  clock_.advance(std::chrono::seconds(30));
  reconcile();
  EXPECT_EQ(said("Throttled"), "False NotThrottled");
  EXPECT_EQ(registry_.seen().size(), asked + 1);
}

TEST_F(ScanRegistryReconcilerTest, AsksEveryFiveMinutesAndWhenTheObjectChanged) {
  put_registry();
  reconcile();
  reconcile();
  EXPECT_EQ(registry_.seen().size(), 1u) << "between that it only counts";

  clock_.advance(std::chrono::minutes(5));
  reconcile();
  EXPECT_EQ(registry_.seen().size(), 2u);

  put_registry({{"mirrors", {{{"location", "mirror:5000"}}}}});
  reconcile();
  EXPECT_EQ(registry_.seen().size(), 3u);
}

TEST_F(ScanRegistryReconcilerTest, SaysWhatAnswersThatIsNoRegistry) {
  put_registry();
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 404}; });

  EXPECT_EQ(reconcile(), std::chrono::minutes(1));

  EXPECT_EQ(said("Reachable"), "False NoRegistry");
  EXPECT_THAT(condition("Reachable").message, HasSubstr("404"));
  EXPECT_EQ(said("Ready"), "False NoRegistry");
}

TEST_F(ScanRegistryReconcilerTest, SaysThatNobodyAnswersAndWhenSomebodyDoesAgain) {
  put_registry({{"server", "127.0.0.1:1"}});
  reconcile();
  EXPECT_EQ(said("Reachable"), "False Unreachable");
  EXPECT_EQ(said("Authenticated"), "Unknown NotAsked");
  EXPECT_THAT(condition("Reachable").message, HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(events_.lines(), Contains("Warning Unreachable on main"));

  put_registry();
  reconcile();
  EXPECT_EQ(said("Reachable"), "True Answers");
  EXPECT_THAT(events_.lines(), Contains("Normal Reachable on main"));
}

struct LoginRow {
  const char* name;
  std::string location;  // of the Secret's credential, behind the server; "-": another server's
  std::string password;
  const char* said;
  const char* ready;
};

TEST_F(ScanRegistryReconcilerTest, SaysWhetherItsCredentialsAreTaken) {
  const std::vector<LoginRow> rows = {
      {"the right password", "", "s3cret", "True Accepted", "True Answers"},
      {"of a part of the registry", "/team", "s3cret", "True Accepted", "True Answers"},
      {"an old password", "", "old", "False Refused", "False Refused"},
      {"another server's", "-", "s3cret", "False SecretUnusable", "False SecretUnusable"},
  };
  for (const LoginRow& row : rows) {
    put_secret(row.location == "-" ? "elsewhere.example" : registry_.host() + row.location, row.password);
    put_registry({{"auth", {{"secretRef", {{"name", "robot"}}}}}});
    reconcile();
    EXPECT_EQ(said("Authenticated"), row.said) << row.name << ": " << condition("Authenticated").message;
    EXPECT_EQ(said("Ready"), row.ready) << row.name;
    EXPECT_THAT(condition("Authenticated").message, Not(HasSubstr(row.password))) << row.name;
  }
  EXPECT_THAT(events_.lines(), Contains("Warning AuthenticationFailed on main"));
}

TEST_F(ScanRegistryReconcilerTest, SaysWhyItsSecretCannotBeRead) {
  put_registry({{"auth", {{"secretRef", {{"name", "robot"}}}}}});
  reconcile();
  EXPECT_EQ(said("Authenticated"), "False SecretUnusable");
  EXPECT_THAT(condition("Authenticated").message, HasSubstr("shop/robot does not exist"));

  api_.refuse([](const std::string& line) { return line == "get secrets/shop/robot"; }, 403, "Forbidden");
  clock_.advance(std::chrono::minutes(1));
  reconcile();
  EXPECT_EQ(said("Authenticated"), "False SecretForbidden");
  EXPECT_THAT(condition("Authenticated").message, HasSubstr("Role"));
  EXPECT_EQ(said("Reachable"), "True Answers") << "the registry can do nothing for that";
}

TEST_F(ScanRegistryReconcilerTest, AsksAsTheAccountOfItsProvider) {
  put_registry({{"auth", {{"provider", "azure"}}}});
  reconcile();
  EXPECT_EQ(said("Authenticated"), "True Accepted");

  put_registry({{"auth", {{"provider", "gone"}}}});
  reconcile();
  EXPECT_EQ(said("Authenticated"), "False ProviderFailed");
  EXPECT_THAT(condition("Authenticated").message, HasSubstr("there is no RegistryProvider gone"));
  EXPECT_EQ(said("Reachable"), "True Answers");
}

TEST_F(ScanRegistryReconcilerTest, AnApiServerThatIsAwayIsNoFaultOfTheRegistry) {
  put_registry({{"auth", {{"secretRef", {{"name", "robot"}}}}}});
  api_.refuse([](const std::string& line) { return line.starts_with("get "); }, 503, "ServiceUnavailable");

  reconcile();

  EXPECT_EQ(said("Reachable"), "absent ");
  EXPECT_THAT(events_.lines(), IsEmpty());
}

TEST_F(ScanRegistryReconcilerTest, SaysWhatIsNotThereYet) {
  put_registry({{"discovery", {{"repositories", {"shop/*"}}}}});
  reconcile();
  EXPECT_EQ(said("Discovered"), "Unknown NotListedYet");

  put_registry({{"events", {{"secretRef", {{"name", "events"}}}}}});
  reconcile();
  EXPECT_EQ(said("EventsReceiving"), "Unknown NoEventYet");
}

TEST_F(ScanRegistryReconcilerTest, LeavesAloneWhatTheReceiverOfEventsSays) {
  put_registry();
  json registry = api_.at(crds::kScanRegistry, kMain);
  registry["status"]["conditions"] = {{{"type", "EventsReceiving"}, {"status", "True"}, {"reason", "Received"}}};
  api_.put(crds::kScanRegistry, registry);
  api_.feed(registries_, crds::kScanRegistry);

  reconcile();

  const json applied = api_.at(crds::kScanRegistry, kMain).at("status").at("conditions");
  for (const json& one : applied) {
    EXPECT_NE(one.at("type"), "EventsReceiving") << "its field belongs to the replica that received the event";
  }
}

TEST_F(ScanRegistryReconcilerTest, CountsItsImages) {
  put_registry();
  const auto put_scan = [&](const std::string& name, const std::string& image, const char* scanned) {
    api_.put(
        crds::kImageScan,
        {{"metadata", {{"name", name}, {"namespace", "shop"}}},
         {"spec", {{"image", image}}},
         {"status",
          {{"image", image}, {"conditions", {{{"type", "Scanned"}, {"status", scanned}, {"reason", "Scanned"}}}}}}});
  };
  put_scan("one", registry_.host() + "/shop/web:1", "True");
  put_scan("two", registry_.host() + "/shop/web:2", "False");
  put_scan("other", "elsewhere.example/web:1", "True");
  api_.feed(scans_, crds::kImageScan);

  reconcile();

  EXPECT_EQ(status().images, 2);
  EXPECT_EQ(status().scanned, 1);
}

// Its next look comes every five minutes, for years.
TEST_F(ScanRegistryReconcilerTest, WritesNothingWhereItFindsWhatItFoundBefore) {
  put_registry();
  reconcile();
  api_.forget_writes();

  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::minutes(5));
    reconcile();
  }

  EXPECT_EQ(registry_.seen().size(), 4u) << "it did look";
  EXPECT_THAT(api_.writes(), IsEmpty());

  api_.put(crds::kImageScan, {{"metadata", {{"name", "one"}, {"namespace", "shop"}}},
                              {"spec", {{"image", registry_.host() + "/shop/web:1"}}},
                              {"status", {{"image", registry_.host() + "/shop/web:1"}}}});
  api_.feed(scans_, crds::kImageScan);
  clock_.advance(std::chrono::minutes(5));
  reconcile();
  EXPECT_EQ(api_.writes().size(), 1u);
  EXPECT_EQ(status().images, 1);
}

TEST_F(ScanRegistryReconcilerTest, IgnoresWhatIsGone) {
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_THAT(api_.writes(), IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
