#include "operator/push_events/registry_notification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "operator/push_events/limits.h"
#include "tests/support/shared_data.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
const std::string kDigest = "sha256:" + std::string(64, 'a');

json event(const std::string& action, const json& target) {
  return {{"id", "1"}, {"action", action}, {"target", target}};
}

std::string envelope(const std::vector<json>& events) {
  return json{{"events", events}}.dump();
}

TEST(DistributionNotification, ReadsTheRealBodyOfACorpus) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/webhooks");
  const json expected =
      json::parse(tests::read_test_file(folder / "EXPECTED.json")).at("distribution-notification.json");

  const Notification notification =
      parse_distribution_notification(tests::read_test_file(folder / "distribution-notification.json"));

  ASSERT_EQ(notification.images.size(), 1u);
  const ImageEvent& image = notification.images.front();
  EXPECT_THAT(expected.at("repository").get<std::string>(), testing::EndsWith("/" + image.repository));
  EXPECT_EQ(image.tag, expected.at("tag").get<std::string>());
  EXPECT_EQ(image.digest->text(), expected.at("digest").get<std::string>());
}

struct Row {
  const char* name;
  json event;
  bool counts;
};

class OneEvent : public testing::TestWithParam<Row> {};

TEST_P(OneEvent, CountsOrIsIgnored) {
  const Notification notification = parse_distribution_notification(envelope({GetParam().event}));

  EXPECT_EQ(notification.images.size(), GetParam().counts ? 1u : 0u);
  EXPECT_EQ(notification.ignored, GetParam().counts ? 0u : 1u);
}

json target(json changes = json::object()) {
  json value = {{"mediaType", kDockerManifest}, {"repository", "shop/web"}, {"tag", "1"}, {"digest", kDigest}};
  value.merge_patch(changes);
  return value;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OneEvent,
    testing::Values(
        Row{"push_of_a_manifest", event("push", target()), true},
        Row{"push_of_an_oci_manifest",
            event("push", target({{"mediaType", "application/vnd.oci.image.manifest.v1+json"}})), true},
        Row{"push_of_an_oci_index", event("push", target({{"mediaType", "application/vnd.oci.image.index.v1+json"}})),
            true},
        Row{"push_of_a_docker_list",
            event("push", target({{"mediaType", "application/vnd.docker.distribution.manifest.list.v2+json"}})), true},
        Row{"push_by_digest_alone", event("push", target({{"tag", nullptr}})), true},
        Row{"push_without_digest", event("push", target({{"digest", nullptr}})), true},
        Row{"deletion_of_a_tag", event("delete", target({{"mediaType", nullptr}, {"digest", nullptr}})), true},
        Row{"pull", event("pull", target()), false}, Row{"mount", event("mount", target()), false},
        Row{"layer", event("push", target({{"mediaType", "application/octet-stream"}})), false},
        Row{"neither_tag_nor_digest", event("push", target({{"tag", nullptr}, {"digest", nullptr}})), false},
        Row{"digest_of_another_algorithm", event("push", target({{"tag", nullptr}, {"digest", "sha512:aa"}})), false},
        Row{"upper_case_repository", event("push", target({{"repository", "Shop/web"}})), false},
        Row{"repository_with_dots", event("push", target({{"repository", "../web"}})), false},
        Row{"repository_missing", event("push", target({{"repository", nullptr}})), false},
        Row{"repository_is_a_number", event("push", target({{"repository", 7}})), false},
        Row{"tag_with_a_slash", event("push", target({{"tag", "a/b"}})), false},
        Row{"tag_with_a_newline", event("push", target({{"tag", "a\nb"}})), false},
        Row{"target_is_text", event("push", "web"), false}, Row{"no_target", json{{"action", "push"}}, false},
        Row{"event_is_a_list", json::array(), false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DistributionNotification, KeepsTheOrderAndCountsWhatItLeavesOut) {
  const Notification notification = parse_distribution_notification(envelope(
      {event("push", target({{"tag", "1"}})), event("pull", target()), event("push", target({{"tag", "2"}}))}));

  ASSERT_EQ(notification.images.size(), 2u);
  EXPECT_EQ(notification.images[0].tag, "1");
  EXPECT_EQ(notification.images[1].tag, "2");
  EXPECT_EQ(notification.ignored, 1u);
}

TEST(DistributionNotification, RefusesWhatIsNoEnvelope) {
  for (const std::string body : {"", "{", "[]", "7", "{}", R"({"events":{}})", R"({"events":null})", "\xff\xfe"}) {
    EXPECT_THROW((void)parse_distribution_notification(body), base::ParseError) << body;
  }
}

TEST(DistributionNotification, IsBounded) {
  const std::string padding(kEventBodyBytesMax, ' ');
  const std::vector<json> many(kEventsPerBodyMax + 1, event("push", target()));
  const std::string deep = R"({"events":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";

  EXPECT_THROW((void)parse_distribution_notification(R"({"events":[]})" + padding), base::LimitExceeded);
  EXPECT_THROW((void)parse_distribution_notification(envelope(many)), base::LimitExceeded);
  EXPECT_THROW((void)parse_distribution_notification(deep), base::LimitExceeded);
}

TEST(NotificationType, KnowsTheTypesOfBothGenerations) {
  EXPECT_TRUE(is_notification_type("application/vnd.docker.distribution.events.v1+json"));
  EXPECT_TRUE(is_notification_type("application/vnd.docker.distribution.events.v2+json"));
  EXPECT_TRUE(is_notification_type("Application/JSON; charset=utf-8"));
  EXPECT_TRUE(is_notification_type("application/json ;x"));
  EXPECT_FALSE(is_notification_type(""));
  EXPECT_FALSE(is_notification_type("text/plain"));
  EXPECT_FALSE(is_notification_type("application/x-www-form-urlencoded"));
}

}  // namespace
}  // namespace pratique_operator::push_events
