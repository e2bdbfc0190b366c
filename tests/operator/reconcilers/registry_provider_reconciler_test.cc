#include "operator/reconcilers/registry_provider_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "operator/reconcilers/secrets.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"
#include "tests/support/cloud_emulator.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

const kubernetes::ObjectKey kAzure{.ns = {}, .name = "azure"};

// A subscription of three registries, asked as a service account.
class RegistryProviderTest : public testing::Test {
 protected:
  RegistryProviderTest() { put_provider(); }

  void put_provider(const json& more = json::object()) {
    json spec = {
        {"azure", {{"subscription", "11111111-2222-3333-4444-555555555555"}, {"tenant", "t"}, {"clientID", "c"}}},
        {"identity", {{"serviceAccountName", "registry-reader"}}},
        {"endpoints", {{"login", cloud_.url()}, {"management", cloud_.url()}, {"caBundle", cloud_.ca_bundle()}}},
        {"template", {{"namespace", "shop"}}}};
    spec.merge_patch(more);
    json provider = {
        {"metadata",
         {{"name", "azure"}, {"uid", "uid-azure"}, {"generation", ++generation_}, {"annotations", annotations_}}},
        {"spec", spec}};
    if (const auto known = providers_.get(kAzure)) provider["status"] = json(*known).value("status", json::object());
    api_.put(crds::kRegistryProvider, provider);
    api_.feed(providers_, crds::kRegistryProvider);
  }
  // As the controller does it.
  std::optional<std::chrono::milliseconds> reconcile() {
    std::optional<std::chrono::milliseconds> next;
    try {
      next = reconciler_.reconcile(kAzure, {}).requeue_after;
    } catch (const base::Error& error) {
      reconciler_.report_failure(kAzure, error);
    }
    api_.feed(providers_, crds::kRegistryProvider);
    api_.feed(registries_, crds::kScanRegistry);
    return next;
  }
  // When the next list is due.
  void reconcile_later() {
    clock_.advance(std::chrono::minutes(15));
    reconcile();
  }
  // What the account holds from now on, until the next list is due.
  void list_servers(const std::vector<std::string>& servers) {
    cloud_.change([&](auto& account) { account.azure_servers = servers; });
    clock_.advance(std::chrono::minutes(15));
  }
  [[nodiscard]] std::vector<std::string> registries() {
    std::vector<std::string> names;
    for (const json& one : api_.all(crds::kScanRegistry)) names.push_back(one.at("metadata").at("name"));
    return names;
  }
  [[nodiscard]] std::string said(const char* type) {
    const crds::RegistryProviderStatus status = providers_.get(kAzure)->status;
    const kubernetes::Condition* found = kubernetes::find_condition(status.conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason + ": " + found->message;
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  tests::CloudEmulator cloud_;
  int generation_ = 0;
  json annotations_ = json::object();
  kubernetes::Store<crds::RegistryProvider> providers_{
      [](const json& object) { return object.get<crds::RegistryProvider>(); }};
  kubernetes::Store<crds::ScanRegistry> registries_{
      [](const json& object) { return object.get<crds::ScanRegistry>(); }};
  ProviderAccounts accounts_{
      {.providers = providers_, .api = api_, .clock = clock_, .operator_namespace = "pratique-system"}};
  RegistryProviderReconciler reconciler_{{.providers = providers_,
                                          .registries = registries_,
                                          .accounts = accounts_,
                                          .api = api_,
                                          .clock = clock_,
                                          .events = events_}};
};

TEST_F(RegistryProviderTest, CoversEveryRegistryOfTheAccount) {
  EXPECT_EQ(reconcile(), std::chrono::minutes(15));
  EXPECT_THAT(registries(),
              UnorderedElementsAre("azure-shop.azurecr.io", "azure-bank.azurecr.io", "azure-lab.azurecr.io"));
  EXPECT_EQ(said("Listed"), "True Listed: 3 registries");
  EXPECT_THAT(said("Authenticated"), StartsWith("True LetIn"));
  EXPECT_THAT(said("Ready"), StartsWith("True Listed"));
  EXPECT_EQ(providers_.get(kAzure)->status.registries, 3);
  EXPECT_EQ(providers_.get(kAzure)->status.last_listed, "2026-01-31T08:00:00Z");
  EXPECT_THAT(events_.lines(), ElementsAre("Normal Listed on azure"));

  const auto registry = registries_.get({.ns = {}, .name = "azure-shop.azurecr.io"});
  EXPECT_EQ(registry->spec.server, "shop.azurecr.io");
  EXPECT_EQ(registry->spec.ns, "shop");
  EXPECT_EQ(registry->spec.auth.provider, "azure");
  EXPECT_TRUE(registry->spec.discovery.has_value()) << "each image is found, also without events";
  ASSERT_EQ(registry->metadata.owner_references.size(), 1U);
  EXPECT_EQ(registry->metadata.owner_references[0].uid, "uid-azure");
  EXPECT_EQ(registry->metadata.owner_references[0].kind, "RegistryProvider");
}

TEST_F(RegistryProviderTest, GivesEachWhatTheTemplateSays) {
  put_provider({{"template",
                 {{"events", {{"format", "EventGrid"}, {"secretRef", {{"name", "events"}}}}},
                  {"retention", {{"age", "7d"}}},
                  {"discovery", {{"repositories", {"team/*"}}, {"interval", "2h"}}},
                  {"rateLimit", {{"requestsPerSecond", 3}}}}}});
  reconcile();
  const auto registry = registries_.get({.ns = {}, .name = "azure-lab.azurecr.io"});
  EXPECT_EQ(registry->spec.events->format, crds::EventFormat::kEventGrid);
  EXPECT_EQ(registry->spec.retention.age, "7d");
  EXPECT_THAT(registry->spec.discovery->repositories, ElementsAre("team/*"));
  EXPECT_EQ(registry->spec.rate_limit.requests_per_second, 3);
}

TEST_F(RegistryProviderTest, WritesNothingWhereNothingChanged) {
  reconcile();
  api_.forget_writes();
  clock_.advance(std::chrono::minutes(15));
  reconcile();
  EXPECT_THAT(api_.writes(), ElementsAre(HasSubstr("registryproviders/azure"))) << "its own status alone";
}

TEST_F(RegistryProviderTest, ListsAgainWhenTheIntervalIsOver) {
  reconcile();
  const std::size_t before = cloud_.seen().size();
  clock_.advance(std::chrono::minutes(10));
  EXPECT_EQ(reconcile(), std::chrono::minutes(5));
  EXPECT_EQ(cloud_.seen().size(), before);
  cloud_.change([](auto& account) { account.azure_servers = {"shop.azurecr.io", "new.azurecr.io"}; });
  clock_.advance(std::chrono::minutes(5));
  reconcile();
  EXPECT_THAT(registries(), UnorderedElementsAre("azure-shop.azurecr.io", "azure-new.azurecr.io"))
      << "what is gone is not covered";
}

// A cloud says 200 and nothing to who has lost the right to see.
TEST_F(RegistryProviderTest, AnEmptyListEndsNoCoveringAtOnce) {
  reconcile();
  list_servers({});
  reconcile();
  EXPECT_EQ(registries().size(), 3U);
  EXPECT_THAT(said("Listed"), StartsWith("False ListShrunk: the account lists 0 of 3 registries that are covered, and "
                                         "not azure-bank.azurecr.io: all stay covered"));
  EXPECT_THAT(said("Ready"), StartsWith("False ListShrunk"));
  EXPECT_EQ(providers_.get(kAzure)->status.registries, 3);
  EXPECT_EQ(reconcile(), std::chrono::minutes(15)) << "it is asked no more often than before";

  list_servers({"shop.azurecr.io", "bank.azurecr.io", "lab.azurecr.io"});
  reconcile();
  EXPECT_EQ(said("Listed"), "True Listed: 3 registries");
  list_servers({});
  for (int i = 0; i < 2; ++i) reconcile_later();
  EXPECT_EQ(registries().size(), 3U) << "lists that lacked them before do not count";
}

TEST_F(RegistryProviderTest, BelievesAnEmptyListThatStaysEmpty) {
  reconcile();
  list_servers({});
  reconcile();
  reconcile_later();
  EXPECT_EQ(registries().size(), 3U);
  reconcile_later();
  EXPECT_THAT(registries(), IsEmpty());
  EXPECT_EQ(said("Listed"), "True Listed: 0 registries");
  EXPECT_THAT(events_.lines(),
              ElementsAre("Normal Listed on azure", "Warning ListFailed on azure", "Normal Listed on azure"));
}

TEST_F(RegistryProviderTest, BelievesAtOnceWhatAPersonAccepts) {
  reconcile();
  list_servers({});
  reconcile();
  const std::string told = said("Listed");
  const std::size_t value = told.find("pratique.dev/accepted-list=");
  ASSERT_NE(value, std::string::npos) << told;
  annotations_ = {{"pratique.dev/accepted-list", "another"}};
  put_provider();
  reconcile();
  EXPECT_EQ(registries().size(), 3U);

  annotations_ = {{"pratique.dev/accepted-list", told.substr(told.find('=', value) + 1)}};
  --generation_;  // as an annotation does
  put_provider();
  reconcile();
  EXPECT_THAT(registries(), IsEmpty());
}

// Half of what was accepted has gone when the API server refuses one.
TEST_F(RegistryProviderTest, WhatWasAcceptedGoesAfterAFailure) {
  reconcile();
  list_servers({});
  for (int i = 0; i < 2; ++i) reconcile_later();
  api_.refuse([](const std::string& line) { return line == "remove scanregistries/azure-lab.azurecr.io"; }, 409,
              "Conflict");
  reconcile_later();
  EXPECT_THAT(registries(), ElementsAre("azure-lab.azurecr.io", "azure-shop.azurecr.io"));
  EXPECT_THAT(said("Listed"), StartsWith("False ListFailed"));
  api_.refuse([](const std::string&) { return false; }, 0, "");
  reconcile();
  EXPECT_THAT(registries(), IsEmpty());
}

TEST_F(RegistryProviderTest, FollowsAChangedTemplateAtOnce) {
  reconcile();
  put_provider({{"template", {{"namespace", "bank"}}}});
  reconcile();
  EXPECT_EQ(registries_.get({.ns = {}, .name = "azure-shop.azurecr.io"})->spec.ns, "bank");
}

TEST_F(RegistryProviderTest, KeepsWhatItHasWhileTheAccountDoesNotAnswer) {
  reconcile();
  cloud_.change([](auto& account) { account.refusal = net::ServerResponse{.status = 503, .body = "{}"}; });
  clock_.advance(std::chrono::minutes(15));
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_THAT(said("Listed"), StartsWith("False ListFailed: "));
  EXPECT_EQ(registries().size(), 3U);
  EXPECT_EQ(providers_.get(kAzure)->status.registries, 3);
  EXPECT_EQ(providers_.get(kAzure)->status.last_listed, "2026-01-31T08:00:00Z");
}

// The first page came, the second did not: the three are covered as before, and none of them is gone.
TEST_F(RegistryProviderTest, APageThatIsLostMidwayEndsNoCovering) {
  reconcile();
  const net::ServerResponse broken{.status = 500, .body = R"({"error":{"code":"InternalServerError"}})"};
  for (const net::ServerResponse& answer : {tests::throttled_by_azure(17), broken}) {
    cloud_.change([&](auto& account) {
      account.refuse = [=](const net::ServerRequest& request) {
        return request.target.find("$skiptoken") != std::string::npos ? std::optional(answer) : std::nullopt;
      };
    });
    const std::size_t before = cloud_.seen().size();
    clock_.advance(std::chrono::minutes(15));
    EXPECT_EQ(reconcile(), std::nullopt) << "it is tried again by the controller's back-off";
    EXPECT_EQ(cloud_.seen().size(), before + 3) << "login, the first page and the one that is lost";
    EXPECT_THAT(said("Listed"), StartsWith("False ListFailed: list of Azure's registries: "));
    EXPECT_THAT(registries(),
                UnorderedElementsAre("azure-shop.azurecr.io", "azure-bank.azurecr.io", "azure-lab.azurecr.io"));
  }
  cloud_.change([](auto& account) { account.refuse = {}; });
  reconcile();
  EXPECT_EQ(said("Listed"), "True Listed: 3 registries");
}

TEST_F(RegistryProviderTest, SaysWhyItIsNotLetIn) {
  put_provider({{"identity", {{"serviceAccountName", "somebody-else"}}}});
  reconcile();
  EXPECT_THAT(said("Authenticated"), StartsWith("False LoginFailed: "));
  EXPECT_THAT(said("Authenticated"), HasSubstr("invalid_client"));
  EXPECT_THAT(said("Ready"), StartsWith("False LoginFailed"));
  EXPECT_THAT(events_.lines(), ElementsAre("Warning AuthenticationFailed on azure"));

  put_provider({{"identity", {{"serviceAccountName", nullptr}, {"secretRef", {{"name", "missing"}}}}}});
  reconcile();
  EXPECT_THAT(said("Authenticated"),
              HasSubstr("False IdentityUnusable: Secret pratique-system/missing does not exist"));

  api_.refuse([](const std::string& line) { return line.starts_with("create serviceaccounts/"); }, 403, "Forbidden");
  put_provider();
  reconcile();
  EXPECT_THAT(said("Authenticated"), StartsWith("False IdentityForbidden: "));
  EXPECT_THAT(registries(), IsEmpty());
}

TEST_F(RegistryProviderTest, LogsInWithASecret) {
  api_.put(kSecret, {{"metadata", {{"name", "azure-login"}, {"namespace", "pratique-system"}}},
                     {"data", {{"clientSecret", base::encode_base64("azure-secret")}}}});
  put_provider({{"identity", {{"serviceAccountName", nullptr}, {"secretRef", {{"name", "azure-login"}}}}}});
  reconcile();
  EXPECT_EQ(registries().size(), 3U);
}

TEST_F(RegistryProviderTest, TakesNobodysScanRegistry) {
  api_.put(crds::kScanRegistry, {{"metadata", {{"name", "azure-lab.azurecr.io"}}},
                                 {"spec", {{"server", "mine.example.com"}, {"namespace", "mine"}}}});
  api_.feed(registries_, crds::kScanRegistry);
  reconcile();
  EXPECT_EQ(registries_.get({.ns = {}, .name = "azure-lab.azurecr.io"})->spec.server, "mine.example.com");
  EXPECT_THAT(said("Listed"), StartsWith("False NameTaken: ScanRegistry azure-lab.azurecr.io"));
  EXPECT_EQ(registries().size(), 3U);
}

TEST_F(RegistryProviderTest, CoversNothingWhileItIsSuspended) {
  put_provider({{"suspend", true}});
  EXPECT_TRUE(reconcile().has_value()) << "to look once more for what was made a moment ago";
  EXPECT_THAT(cloud_.seen(), IsEmpty());
  EXPECT_THAT(said("Listed"), StartsWith("Unknown Suspended"));
}

TEST_F(RegistryProviderTest, SuspendingEndsTheCoveringAndNothingElse) {
  api_.put(crds::kScanRegistry,
           {{"metadata", {{"name", "mine"}}}, {"spec", {{"server", "mine.example.com"}, {"namespace", "mine"}}}});
  reconcile();
  ASSERT_EQ(registries().size(), 4U);
  put_provider({{"suspend", true}});
  EXPECT_TRUE(reconcile().has_value()) << "to look once more for what was made a moment ago";
  EXPECT_THAT(registries(), ElementsAre("mine"));
  EXPECT_EQ(providers_.get(kAzure)->status.registries, 0);
  EXPECT_THAT(said("Listed"), StartsWith("Unknown Suspended"));

  put_provider();
  reconcile();
  EXPECT_EQ(registries().size(), 4U) << "at once, whenever the next list was due";
  EXPECT_THAT(said("Listed"), StartsWith("True Listed: 3"));
}

TEST_F(RegistryProviderTest, APassIsAskedForOnceForAsLongAsItLives) {
  cloud_.change([this](auto& account) { account.azure_servers = {cloud_.host()}; });
  reconcile();
  const registry::Credential credential = accounts_.credential("azure", cloud_.host(), {});
  EXPECT_EQ(credential.identity_token, "refresh-token-of-" + cloud_.host());
  const std::size_t before = cloud_.seen().size();
  (void)accounts_.credential("azure", cloud_.host(), {});
  EXPECT_EQ(cloud_.seen().size(), before);
  clock_.advance(std::chrono::hours(3));
  (void)accounts_.credential("azure", cloud_.host(), {});
  EXPECT_GT(cloud_.seen().size(), before);
}

// A new leader pulls before it has listed anything.
TEST_F(RegistryProviderTest, APassNeedsNoListBefore) {
  cloud_.change([this](auto& account) { account.azure_servers = {cloud_.host()}; });
  EXPECT_EQ(accounts_.credential("azure", cloud_.host(), {}).identity_token, "refresh-token-of-" + cloud_.host());
}

TEST_F(RegistryProviderTest, GivesNoPassOfAProviderThatIsNotThere) {
  EXPECT_THROW((void)accounts_.credential("other", "shop.azurecr.io", {}), base::ConfigError);
  EXPECT_THROW((void)accounts_.credential("azure", "evil.example.com", {}), base::ConfigError);
}

TEST(ListDoubts, AListIsShrunkThatLacksAllOrMostOfMoreThanThree) {
  const auto lists = [](std::size_t left, std::size_t covered) {
    return is_shrunk({.missing = std::vector<std::string>(covered - left, "r"), .covered = covered});
  };
  EXPECT_FALSE(lists(0, 0));
  EXPECT_TRUE(lists(0, 1));
  EXPECT_FALSE(lists(1, 3));
  EXPECT_TRUE(lists(0, 3));
  EXPECT_TRUE(lists(1, 4));
  EXPECT_FALSE(lists(2, 4));
  EXPECT_TRUE(lists(5, 12));
  EXPECT_FALSE(lists(6, 12));
}

class ListDoubtsTest : public testing::Test {
 protected:
  ListDoubtsTest() { provider_.metadata.name = "azure"; }
  // After one more list without these of five.
  bool holds(std::vector<std::string> missing) {
    return doubts_.holds(provider_, {.missing = std::move(missing), .covered = 5}, now_);
  }

  base::SteadyTime now_{std::chrono::hours(1)};
  crds::RegistryProvider provider_;
  ListDoubts doubts_;
};

TEST_F(ListDoubtsTest, TakesAsManyListsAsItTakesTime) {
  EXPECT_TRUE(holds({"a", "b", "c"}));
  now_ += ListDoubts::kTimeMin * 2;
  EXPECT_TRUE(holds({"a", "b", "c"})) << "two lists";
  EXPECT_FALSE(holds({"a", "b", "c"}));

  ListDoubts often;
  for (int i = 0; i < ListDoubts::kListsMin * 2; ++i) {
    EXPECT_TRUE(often.holds(provider_, {.missing = {"a", "b", "c"}, .covered = 5}, now_)) << "within a moment";
  }
}

TEST_F(ListDoubtsTest, BeginsAnewWhereListsLackDifferentOnes) {
  for (int i = 0; i < ListDoubts::kListsMin * 2; ++i) {
    now_ += ListDoubts::kTimeMin;
    EXPECT_TRUE(holds({"a", "b", i % 2 == 0 ? "c" : "d"}));
  }
}

TEST_F(ListDoubtsTest, AnAcceptanceIsOfOneGapAlone) {
  const ListGap gap{.missing = {"a", "b", "c"}, .covered = 5};
  provider_.metadata.annotations[std::string(kAcceptedListAnnotation)] = acceptance_of(gap);
  EXPECT_FALSE(doubts_.holds(provider_, gap, now_));
  EXPECT_TRUE(holds({"a", "b", "d"}));
}

TEST(ProvidedRegistry, HasANameThatAnObjectCanHave) {
  crds::RegistryProvider provider;
  provider.metadata.name = std::string(200, 'p');
  EXPECT_EQ(provided_registry(provider, {.server = "h:5000"}).metadata.name, std::string(200, 'p') + "-h-5000");
  const std::string longer = provided_registry(provider, {.server = std::string(100, 's')}).metadata.name;
  EXPECT_EQ(longer.size(), 253U);
  EXPECT_NE(longer, provided_registry(provider, {.server = std::string(101, 's')}).metadata.name);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
