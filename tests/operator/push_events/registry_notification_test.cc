#include "operator/push_events/registry_notification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/notification_readers.h"

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

Notification read(std::string_view body, const std::string& content_type = "application/json") {
  const net::Headers headers = {{"Content-Type", content_type}};
  return read_notification(crds::EventFormat::kDistribution, {.server = "s", .headers = headers, .body = body});
}

struct Row {
  const char* name;
  json event;
  bool counts;
};

class OneEvent : public testing::TestWithParam<Row> {};

TEST_P(OneEvent, CountsOrIsIgnored) {
  const Notification notification = read(envelope({GetParam().event}));

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
        Row{"signature", event("push", target({{"tag", "sha256-" + std::string(64, 'a') + ".sig"}})), false},
        Row{"list_of_referrers", event("push", target({{"tag", "sha256-" + std::string(64, 'a')}})), false},
        Row{"tag_like_a_signature", event("push", target({{"tag", "sha256-" + std::string(63, 'a') + ".sig"}})), true},
        Row{"target_is_text", event("push", "web"), false}, Row{"no_target", json{{"action", "push"}}, false},
        Row{"event_is_a_list", json::array(), false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DistributionNotification, KeepsTheOrderAndCountsWhatItLeavesOut) {
  const Notification notification = read(envelope(
      {event("push", target({{"tag", "1"}})), event("pull", target()), event("push", target({{"tag", "2"}}))}));

  ASSERT_EQ(notification.images.size(), 2u);
  EXPECT_EQ(notification.images[0].tag, "1");
  EXPECT_EQ(notification.images[1].tag, "2");
  EXPECT_EQ(notification.ignored, 1u);
}

TEST(DistributionNotification, RefusesWhatIsNoEnvelope) {
  for (const std::string body : {"", "{", "[]", "7", "{}", R"({"events":{}})", R"({"events":null})", "\xff\xfe"}) {
    EXPECT_THROW((void)read(body), base::ParseError) << body;
  }
}

TEST(DistributionNotification, IsBounded) {
  const std::string padding(kEventBodyBytesMax, ' ');
  const std::vector<json> many(kEventsPerBodyMax + 1, event("push", target()));
  const std::string deep = R"({"events":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";

  EXPECT_THROW((void)read(R"({"events":[]})" + padding), base::LimitExceeded);
  EXPECT_THROW((void)read(envelope(many)), base::LimitExceeded);
  EXPECT_THROW((void)read(deep), base::LimitExceeded);
}

TEST(RegistryNotification, IsReadByTheTypesThatRegistriesSend) {
  for (const char* type :
       {"application/vnd.docker.distribution.events.v1+json", "application/vnd.docker.distribution.events.v2+json",
        "Application/JSON; charset=utf-8", "application/json ;x", "application/cloudevents+json"}) {
    EXPECT_EQ(read(envelope({event("push", target())}), type).images.size(), 1U) << type;
  }
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", ";", " "}) {
    EXPECT_THROW((void)read(envelope({}), type), base::ParseError) << type;
  }
}

struct Reference {
  const char* text;
  const char* host;
  const char* repository;
  const char* tag;
};

TEST(SplitReference, FindsItsParts) {
  const std::string digest = "@" + kDigest;
  const std::vector<Reference> rows = {{"registry:5000/shop/web:1", "registry:5000", "shop/web", "1"},
                                       {"Registry:5000/shop/web", "registry:5000", "shop/web", ""},
                                       {"https://registry/web:1", "registry", "web", "1"},
                                       {"registry", "registry", "", ""},
                                       {"", "", "", ""},
                                       {"/", "", "", ""}};
  for (const Reference& row : rows) {
    const ImageEvent event = split_reference(row.text);
    EXPECT_EQ(event.host, row.host) << row.text;
    EXPECT_EQ(event.repository, row.repository) << row.text;
    EXPECT_EQ(event.tag, row.tag) << row.text;
    EXPECT_FALSE(event.digest) << row.text;
  }
  const ImageEvent event = split_reference("registry/shop/web:1" + digest);
  EXPECT_EQ(event.repository, "shop/web");
  EXPECT_EQ(event.tag, "1");
  EXPECT_EQ(event.digest->text(), kDigest);
}

}  // namespace
}  // namespace pratique_operator::push_events
