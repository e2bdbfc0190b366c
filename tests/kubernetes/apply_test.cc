#include "kubernetes/apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_api_server.h"

namespace kubernetes {
namespace {

using nlohmann::json;
using tests::FakeApiServer;

const ResourceType kType{.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};

json ready(const std::string& status, const std::string& time) {
  return {{"type", "Ready"}, {"status", status}, {"message", ""}, {"lastTransitionTime", time}};
}
const json kOther = {{"type", "Other"}, {"status", "True"}};

struct Row {
  const char* name;
  json object;
  json wanted;
  bool said;
};

class Says : public testing::TestWithParam<Row> {};

TEST_P(Says, WhatIsWantedAlready) {
  EXPECT_EQ(says(GetParam().object, GetParam().wanted), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Says,
    testing::Values(
        Row{"the_same", {{"data", {{"a", "1"}}}}, {{"data", {{"a", "1"}}}}, true},
        Row{"another_value", {{"data", {{"a", "1"}}}}, {{"data", {{"a", "2"}}}}, false},
        Row{"a_field_more_is_anybodys", {{"data", {{"a", "1"}, {"b", "2"}}}}, {{"data", {{"a", "1"}}}}, true},
        Row{"a_field_that_is_missing", {{"data", {{"a", "1"}}}}, {{"data", {{"a", "1"}, {"b", "2"}}}}, false},
        Row{"a_part_that_is_missing", json::object(), {{"data", {{"a", "1"}}}}, false},
        Row{"what_names_it",
            {{"data", {{"a", "1"}}}},
            {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "x"}}}, {"data", {{"a", "1"}}}},
            true},
        Row{"a_label",
            {{"metadata", {{"labels", {{"b", "2"}}}}}},
            {{"metadata", {{"name", "x"}, {"labels", {{"a", "1"}}}}}},
            false},
        Row{"a_list_in_another_order", {{"spec", {{"l", {1, 2}}}}}, {{"spec", {{"l", {2, 1}}}}}, false},
        Row{"a_list_that_is_longer", {{"spec", {{"l", {1, 2}}}}}, {{"spec", {{"l", {1}}}}}, false},
        Row{"null_where_nothing_is", {{"spec", {{"l", json::array()}}}}, {{"spec", {{"l", nullptr}}}}, true},
        Row{"null_where_something_is", {{"spec", {{"l", {1}}}}}, {{"spec", {{"l", nullptr}}}}, false},
        Row{"null_below_what_is_not_there", json::object(), {{"spec", {{"l", nullptr}}}}, true},
        Row{"an_empty_list_that_is_not_written", {{"spec", json::object()}}, {{"spec", {{"l", json::array()}}}}, true},
        Row{"an_empty_list_where_one_is", {{"spec", {{"l", {1}}}}}, {{"spec", {{"l", json::array()}}}}, false},
        Row{"false_is_not_nothing", {{"spec", json::object()}}, {{"spec", {{"suspend", false}}}}, false},
        Row{"zero_is_not_nothing", {{"status", json::object()}}, {{"status", {{"images", 0}}}}, false},
        Row{"a_condition_among_others",
            {{"status", {{"conditions", json::array({kOther, ready("True", "t1")})}}}},
            {{"status", {{"conditions", json::array({ready("True", "t1")})}}}},
            true},
        Row{"a_condition_that_changed",
            {{"status", {{"conditions", json::array({kOther, ready("False", "t1")})}}}},
            {{"status", {{"conditions", json::array({ready("True", "t2")})}}}},
            false},
        Row{"a_condition_that_is_missing",
            {{"status", {{"conditions", json::array({kOther})}}}},
            {{"status", {{"conditions", json::array({ready("True", "t1")})}}}},
            false}),
    [](const auto& param_info) { return param_info.param.name; });

struct Map {
  std::string value;
};
void to_json(json& object, const Map& map) {
  object = {{"data", {{"value", map.value}}}};
}

class ApplyIfChanged : public testing::Test {
 protected:
  Applied apply(const std::shared_ptr<const Map>& known, const json& data) {
    const json wanted = {{"metadata", {{"namespace", "shop"}, {"name", "web"}}}, {"data", data}};
    return apply_if_changed(*client_, kType, known, wanted, {.field_manager = "tests", .subresource = {}});
  }

  FakeApiServer server_;
  std::unique_ptr<ApiClient> client_ = make_api_client(server_.config());
  const std::shared_ptr<const Map> known_ = std::make_shared<const Map>(Map{"1"});
};

TEST_F(ApplyIfChanged, AsksNobodyWhereNothingChanged) {
  EXPECT_EQ(apply(known_, {{"value", "1"}}), Applied::kNothing);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ApplyIfChanged, WritesWhatDiffersAndWhatIsNotThere) {
  server_.then_object(tests::object_of("web", "2")).then_object(tests::object_of("web", "3"));

  EXPECT_EQ(apply(known_, {{"value", "2"}, {"gone", nullptr}}), Applied::kWritten);
  EXPECT_EQ(apply(nullptr, {{"value", "1"}}), Applied::kWritten);

  const json sent = json::parse(server_.requests().at(0).body);
  EXPECT_EQ(sent.at("data"), (json{{"value", "2"}})) << "null is for the comparison";
  EXPECT_EQ(sent.at("metadata").at("name"), "web");
}

TEST_F(ApplyIfChanged, LetsAConflictThrough) {
  server_.then_status(409, "Conflict");
  EXPECT_THROW(apply(known_, {{"value", "2"}}), ApiError);
}

}  // namespace
}  // namespace kubernetes
