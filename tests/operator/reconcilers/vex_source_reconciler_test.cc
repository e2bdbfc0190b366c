// VexSources: what is fetched, believed and forgotten; a ConfigMap, and an https server that is the test's own.
#include "operator/reconcilers/vex_source_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "net/http_server.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const kubernetes::ResourceType kConfigMap{"", "v1", "ConfigMap", "configmaps", true};
const kubernetes::ObjectKey kKey{.ns = {}, .name = "vendor"};

json statement(const std::string& id, const std::string& package) {
  return {{"vulnerability", {{"name", id}}},
          {"products", {{{"@id", package}}}},
          {"status", "not_affected"},
          {"justification", "component_not_present"}};
}

std::string document(const json& statements) {
  return json{{"@context", "https://openvex.dev/ns/v0.2.0"},
              {"author", "Example"},
              {"timestamp", "2026-01-01T00:00:00Z"},
              {"statements", statements}}
      .dump();
}

class VexSourceTest : public testing::Test {
 protected:
  VexSourceTest() { set_spec({{"configMap", {{"name", "pratique-vex"}, {"key", "vex.json"}}}, {"format", "OpenVEX"}}); }

  void set_spec(const json& spec) {
    json object = {{"metadata", {{"name", "vendor"}, {"uid", "uid-1"}, {"generation", ++generation_}}}, {"spec", spec}};
    if (const auto known = api_.get(crds::kVexSource, kKey); known && known->contains("status")) {
      object["status"] = known->at("status");
    }
    api_.put(crds::kVexSource, object);
    feed();
  }
  void publish(const std::string& text) {
    api_.put(kConfigMap, {{"metadata", {{"name", "pratique-vex"}, {"namespace", "pratique-system"}}},
                          {"data", {{"vex.json", text}}}});
  }
  controller::Result reconcile() {
    controller::Result result;
    try {
      result = reconciler_.reconcile(kKey, {});
    } catch (const base::Error& error) {
      reconciler_.report_failure(kKey, error);
    }
    feed();
    return result;
  }
  void feed() {
    api_.feed(sources_, crds::kVexSource);
    api_.feed(exceptions_, crds::kClusterFindingException);
  }
  std::vector<json> exceptions() { return api_.all(crds::kClusterFindingException); }
  crds::VexSourceStatus status() { return api_.at(crds::kVexSource, kKey).get<crds::VexSource>().status; }
  std::string condition(const char* type = "Fetched") {
    const crds::VexSourceStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason + " " + found->message;
  }
  template <typename T>
  static T decode(const json& object) {
    return object.get<T>();
  }

  int generation_ = 0;
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  kubernetes::Store<crds::VexSource> sources_{decode<crds::VexSource>};
  kubernetes::Store<crds::FindingException> exceptions_{decode<crds::FindingException>};
  VexSourceReconciler reconciler_{{.sources = sources_,
                                   .exceptions = exceptions_,
                                   .api = api_,
                                   .clock = clock_,
                                   .events = events_,
                                   .registries = [] { return ScanRegistries(); },
                                   .provider_credential = {},
                                   .operator_namespace = "pratique-system",
                                   .http = net::make_http_client()}};
};

TEST_F(VexSourceTest, StatementsBecomeExceptionsThatBelongToIt) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/lodash@4.17.20"), statement("CVE-2", "not a purl")})));

  const controller::Result result = reconcile();

  ASSERT_THAT(exceptions(), SizeIs(1));
  const json exception = exceptions().front();
  EXPECT_EQ(exception.at("metadata").at("ownerReferences").at(0).at("uid"), "uid-1");
  EXPECT_EQ(exception.at("spec").at("vulnerabilities").at(0).at("id"), "CVE-1");
  EXPECT_THAT(condition(), HasSubstr("True Read 1 statements are believed"));
  EXPECT_THAT(condition("Ready"), HasSubstr("True Read"));
  EXPECT_EQ(status().statements, 1);
  EXPECT_EQ(status().exceptions, 1);
  EXPECT_EQ(status().left_out, 1);
  EXPECT_EQ(status().author, "Example");
  EXPECT_EQ(result.requeue_after, std::chrono::hours(1));
}

TEST_F(VexSourceTest, NothingIsFetchedBeforeItsTime) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a")})));
  reconcile();
  publish(document(json::array({statement("CVE-2", "pkg:npm/b")})));
  clock_.advance(std::chrono::minutes(59));
  api_.forget_writes();

  const controller::Result result = reconcile();

  EXPECT_EQ(result.requeue_after, std::chrono::minutes(1));
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(VexSourceTest, WhatIsNoLongerSaidIsNoLongerBelieved) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a"), statement("CVE-2", "pkg:npm/b")})));
  reconcile();
  ASSERT_THAT(exceptions(), SizeIs(2));
  publish(document(json::array({statement("CVE-2", "pkg:npm/b")})));
  clock_.advance(std::chrono::hours(1));
  api_.forget_writes();

  reconcile();

  EXPECT_THAT(exceptions(), SizeIs(1));
  EXPECT_THAT(api_.writes(), SizeIs(2)) << "the one that went, and the status";
}

TEST_F(VexSourceTest, AFailureTakesNothingAway) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a")})));
  reconcile();
  clock_.advance(std::chrono::hours(1));
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"<html>", "False Unreadable"}, {"{}", "False Unreadable"}, {std::string(17 << 20, ' '), "False "}}) {
    publish(text);
    reconcile();
    EXPECT_THAT(condition(), HasSubstr(reason));
    EXPECT_THAT(condition("Ready"), HasSubstr(reason));
    EXPECT_THAT(exceptions(), SizeIs(1));
    EXPECT_EQ(status().statements, 1);
  }
  api_.put(kConfigMap, {{"metadata", {{"name", "pratique-vex"}, {"namespace", "pratique-system"}}}});
  reconcile();
  EXPECT_THAT(condition(), HasSubstr("SourceUnusable ConfigMap pratique-vex has no key vex.json"));
}

TEST_F(VexSourceTest, KeysDemandASignature) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a")})));
  reconcile();
  ASSERT_THAT(exceptions(), SizeIs(1));
  const char* key =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC "
      "KEY-----\n";
  set_spec({{"configMap", {{"name", "pratique-vex"}, {"key", "vex.json"}}}, {"format", "OpenVEX"}, {"keys", {key}}});

  // That it could not be looked at first makes no difference.
  const json map = api_.at(kConfigMap, {.ns = "pratique-system", .name = "pratique-vex"});
  api_.put(kConfigMap, {{"metadata", {{"name", "pratique-vex"}, {"namespace", "pratique-system"}}}});
  reconcile();
  EXPECT_THAT(exceptions(), SizeIs(1));
  api_.put(kConfigMap, map);
  reconcile();

  EXPECT_THAT(condition(), HasSubstr("False NotSigned"));
  EXPECT_THAT(exceptions(), IsEmpty()) << "what was believed without a signature is believed no longer";
}

TEST_F(VexSourceTest, WhatIsSuspendedStaysAsItIs) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a")})));
  reconcile();
  set_spec({{"configMap", {{"name", "pratique-vex"}, {"key", "vex.json"}}}, {"format", "OpenVEX"}, {"suspend", true}});
  publish(document(json::array()));

  reconcile();

  EXPECT_THAT(condition(), HasSubstr("Unknown Suspended"));
  EXPECT_THAT(exceptions(), SizeIs(1));
}

TEST_F(VexSourceTest, SomebodyElsesExceptionIsLeftAlone) {
  publish(document(json::array({statement("CVE-1", "pkg:npm/a")})));
  reconcile();
  json stolen = exceptions().front();
  stolen["metadata"].erase("ownerReferences");
  stolen["spec"]["reason"] = "mine";
  api_.put(crds::kClusterFindingException, stolen);
  clock_.advance(std::chrono::hours(1));
  feed();

  reconcile();

  EXPECT_THAT(condition(), HasSubstr("is not this source's"));
  EXPECT_EQ(exceptions().front().at("spec").at("reason"), "mine");
}

TEST_F(VexSourceTest, AServerThatSaysNoIsTold) {
  const auto server = net::make_http_server(
      {.name = "vex", .address = "127.0.0.1"}, [](const net::ServerRequest& request, net::Responder responder) {
        const bool known = request.target == "/vex.json";
        responder.respond(
            {.status = known ? 200 : 404, .body = document(json::array({statement("CVE-1", "pkg:npm/a")}))});
      });
  const std::string base = "http://127.0.0.1:" + std::to_string(server->port());
  set_spec({{"url", base + "/other.json"}, {"format", "OpenVEX"}});
  reconcile();
  EXPECT_THAT(condition(), HasSubstr("FetchFailed"));
  EXPECT_THAT(condition(), HasSubstr("answered 404"));
  set_spec({{"url", base + "/vex.json"}, {"format", "OpenVEX"}});
  reconcile();
  EXPECT_THAT(condition(), HasSubstr("True Read"));
}

TEST_F(VexSourceTest, ASourceThatIsGoneIsNoWork) {
  EXPECT_FALSE(reconciler_.reconcile({.ns = {}, .name = "gone"}, {}).requeue_after);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
