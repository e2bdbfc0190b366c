#include "kubernetes/resource.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kubernetes {
namespace {

const ResourceType kPods{.group = "", .version = "v1", .kind = "Pod", .plural = "pods", .namespaced = true};
const ResourceType kReports{
    .group = "pratique.dev", .version = "v1", .kind = "ImageReport", .plural = "imagereports", .namespaced = false};

TEST(ResourceType, NamesItsPlacesInTheApi) {
  EXPECT_EQ(kPods.api_version(), "v1");
  EXPECT_EQ(kPods.path(), "/api/v1/pods");
  EXPECT_EQ(kPods.path("shop"), "/api/v1/namespaces/shop/pods");
  EXPECT_EQ(kPods.path("shop", "web", "status"), "/api/v1/namespaces/shop/pods/web/status");
  EXPECT_EQ(kReports.api_version(), "pratique.dev/v1");
  EXPECT_EQ(kReports.path({}, "a"), "/apis/pratique.dev/v1/imagereports/a");
  EXPECT_EQ(kReports.path("shop", "a"), "/apis/pratique.dev/v1/imagereports/a") << "not in a namespace";
}

TEST(ResourceType, LetsNoNameLeaveItsPlace) {
  EXPECT_EQ(kPods.path("a/../b", "c?d"), "/api/v1/namespaces/a%2F..%2Fb/pods/c%3Fd");
}

TEST(ObjectKey, IsReadFromTheMetadata) {
  const nlohmann::json object = {{"metadata", {{"namespace", "shop"}, {"name", "web"}, {"resourceVersion", "7"}}}};
  EXPECT_EQ(key_of(object).text(), "shop/web");
  EXPECT_EQ(resource_version_of(object), "7");
  EXPECT_EQ(key_of({{"metadata", {{"name", "node"}}}}).text(), "node");
  EXPECT_THROW((void)key_of({{"metadata", {{"name", 7}}}}), base::ParseError);
  EXPECT_THROW((void)key_of(nlohmann::json::array()), base::ParseError);
}

TEST(ResourceVersion, IsANumberThatRises) {
  EXPECT_TRUE(is_older_version("9", "10"));
  EXPECT_TRUE(is_older_version("99999999999999999999", "100000000000000000000"));
  EXPECT_TRUE(is_older_version("0", "1"));
  EXPECT_FALSE(is_older_version("10", "9"));
  EXPECT_FALSE(is_older_version("10", "10"));
  EXPECT_FALSE(is_older_version("010", "9"));
  EXPECT_FALSE(is_older_version("", "9")) << "nothing is known of it";
  EXPECT_FALSE(is_older_version("v1", "v2")) << "another server's may be no numbers";
}

TEST(ContentHash, IsOverAllButWhatAListLeavesOut) {
  const nlohmann::json object = {{"metadata", {{"name", "a"}}}, {"data", {{"k", "v"}}}};
  nlohmann::json watched = object;
  watched["kind"] = "ConfigMap";
  watched["apiVersion"] = "v1";
  nlohmann::json other = object;
  other["data"]["k"] = "w";
  EXPECT_EQ(content_hash_of(object), content_hash_of(watched));
  EXPECT_NE(content_hash_of(object), content_hash_of(other));
}

Condition ready(const std::string& status, const std::string& reason) {
  return {.type = "Ready", .status = status, .reason = reason, .message = {}, .last_transition_time = {}};
}

TEST(Conditions, KeepTheTimeOfTheLastTransition) {
  std::vector<Condition> conditions;

  set_condition(conditions, ready("False", "Resolving"), "08:00");
  set_condition(conditions, ready("False", "Scanning"), "09:00");
  EXPECT_EQ(find_condition(conditions, "Ready")->last_transition_time, "08:00");
  EXPECT_EQ(find_condition(conditions, "Ready")->reason, "Scanning");

  set_condition(conditions, ready("True", "Scanned"), "10:00");
  EXPECT_EQ(find_condition(conditions, "Ready")->last_transition_time, "10:00");
  EXPECT_EQ(conditions.size(), 1U);
  EXPECT_EQ(find_condition(conditions, "Stalled"), nullptr);
}

TEST(Conditions, SurviveTheWayThroughJson) {
  Condition condition = ready("True", "Scanned");
  condition.message = "all well";
  condition.observed_generation = 3;
  condition.last_transition_time = "2026-01-31T08:00:00Z";
  EXPECT_EQ(nlohmann::json(condition).get<Condition>(), condition);
}

TEST(Conditions, OfAnOddShapeAreRefused) {
  EXPECT_THROW((void)nlohmann::json(7).get<Condition>(), base::ParseError);
  EXPECT_THROW((void)nlohmann::json({{"type", 7}}).get<Condition>(), base::ParseError);
}

}  // namespace
}  // namespace kubernetes
