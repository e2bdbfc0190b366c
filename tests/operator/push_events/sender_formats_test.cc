// What each sender sends, recorded whole with what it proves itself by: tests/golden/push_events. The signatures were
// not made by the code that verifies them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "operator/push_events/registry_notification.h"
#include "operator/push_events/sender_proof.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"

namespace pratique_operator::push_events {
namespace {

using nlohmann::json;

constexpr const char* kSecret = "a-secret-of-the-sender";

std::filesystem::path folder() {
  return tests::source_path() / "tests/golden/push_events";
}

std::filesystem::path path_of_verdicts() {
  return folder() / "verdicts.txt";
}

// A recorded request and the ScanRegistry that it is sent to.
struct Recorded {
  EventSender sender;
  net::ServerRequest request;

  [[nodiscard]] EventPath path() const {
    return split_event_path(request.path().substr(std::string_view("/events/").size()));
  }
  [[nodiscard]] std::string why_not_proved() const {
    return push_events::why_not_proved(sender, request, path(), base::SystemTime{});
  }
  [[nodiscard]] Notification read() const {
    return read_notification(sender.format,
                             {.server = sender.server, .headers = request.headers, .body = request.body});
  }
};

crds::EventFormat format_of(const std::string& word) {
  const json object = {{"metadata", {{"name", "main"}}},
                       {"spec", {{"server", "s"}, {"namespace", "n"}, {"events", {{"format", word}}}}}};
  return object.get<crds::ScanRegistry>().spec.events->format;
}

// Lines "name: value" up to an empty line, then the body; "format", "server" and "path" are no headers.
Recorded read_recorded(const std::filesystem::path& file) {
  const std::string text = tests::read_test_file(file);
  const std::size_t end = text.find("\n\n");
  std::istringstream head(text.substr(0, end));
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(head, line);) {
    const std::size_t colon = line.find(": ");
    fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  Recorded recorded;
  recorded.sender = {.registry = "main", .server = fields.at("server"), .ns = "shop", .secret = kSecret};
  recorded.sender.format = format_of(fields.at("format"));
  recorded.request.target = fields.at("path");
  recorded.request.method = "POST";
  recorded.request.body = text.substr(end + 2);
  for (const char* name : {"format", "server", "path"}) fields.erase(name);
  recorded.request.headers.insert(fields.begin(), fields.end());
  return recorded;
}

std::string line_of(const ImageEvent& image) {
  return std::string(image.action == EventAction::kPush ? "push" : "delete") + " " +
         (image.host.empty() ? "" : image.host + " ") + image.repository + (image.tag.empty() ? "" : ":" + image.tag) +
         (image.digest ? "@" + image.digest->text() : "") + (image.id.empty() ? "" : " [" + image.id + "]");
}

std::string verdict_of(const Notification& notification) {
  std::string verdict;
  for (const ImageEvent& image : notification.images) verdict += line_of(image) + "; ";
  if (notification.ignored > 0) verdict += std::to_string(notification.ignored) + " ignored; ";
  if (notification.reply) verdict += "reply " + *notification.reply + "; ";
  if (notification.signed_at) verdict += "signed at " + base::format_rfc3339(*notification.signed_at) + "; ";
  return verdict.substr(0, verdict.size() - 2);
}

std::map<std::string, Recorded> all_recorded() {
  std::map<std::string, Recorded> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".http") all[entry.path().stem()] = read_recorded(entry.path());
  }
  return all;
}

// With PRATIQUE_UPDATE_GOLDEN=1 the verdicts are written instead, to be looked at.
TEST(SenderFormats, SayWhatWasRecordedOfThem) {
  std::string verdicts;
  for (const auto& [name, recorded] : all_recorded()) verdicts += name + " -> " + verdict_of(recorded.read()) + "\n";
  if (std::getenv("PRATIQUE_UPDATE_GOLDEN") != nullptr) std::ofstream(path_of_verdicts()) << verdicts;
  EXPECT_EQ(verdicts, tests::read_test_file(path_of_verdicts()));
}

TEST(SenderFormats, EachHasARecordedPush) {
  std::set<crds::EventFormat> pushed;
  for (const auto& [name, recorded] : all_recorded()) {
    if (!recorded.read().images.empty()) pushed.insert(recorded.sender.format);
  }
  EXPECT_EQ(pushed.size(), static_cast<std::size_t>(crds::EventFormat::kSigned) + 1);
}

TEST(SenderFormats, ProveThemselvesAsTheirSendersDo) {
  for (const auto& [name, recorded] : all_recorded()) {
    EXPECT_EQ(recorded.why_not_proved(), "") << name;
    EXPECT_FALSE(shows_nothing(recorded.request, recorded.path())) << name;
  }
}

TEST(SenderFormats, AreRefusedWithAnotherSecret) {
  for (auto& [name, recorded] : all_recorded()) {
    recorded.sender.secret = "a-secret-of-the-sendeR";
    EXPECT_NE(recorded.why_not_proved(), "") << name;
  }
}

TEST(SenderFormats, ABodyThatWasChangedIsNotTheOneThatWasSigned) {
  std::size_t changed = 0;
  for (auto& [name, recorded] : all_recorded()) {
    const bool is_signed = std::ranges::any_of(recorded.request.headers, [](const auto& header) {
      return header.first.ends_with("Signature") || header.first == "X-Hub-Signature-256" ||
             (header.first == "X-JFrog-Event-Auth" && header.second != kSecret);
    });
    if (!is_signed) continue;
    recorded.request.body += " ";
    EXPECT_NE(recorded.why_not_proved(), "") << name;
    ++changed;
  }
  EXPECT_GT(changed, 10U);
}

// Any body that was cut anywhere is an error or asks for nothing that it does not name: no crash, no half a name.
TEST(SenderFormats, ACutBodyIsRefused) {
  for (auto& [name, recorded] : all_recorded()) {
    const std::string whole = recorded.request.body;
    const std::size_t last = whole.find_last_of("}]");
    for (std::size_t size = 0; size <= last; size += 7) {
      recorded.request.body = whole.substr(0, size);
      EXPECT_THROW((void)recorded.read(), base::ParseError) << name << " cut at " << size;
    }
  }
}

struct CorpusRow {
  const char* file;
  crds::EventFormat format;
};

TEST(SenderFormats, ReadTheBodiesOfACorpus) {
  REQUIRE_SHARED_DATA(corpus, "data/corpora/webhooks");
  const json expected = json::parse(tests::read_test_file(corpus / "EXPECTED.json"));
  const std::vector<CorpusRow> rows = {{"distribution-notification.json", crds::EventFormat::kDistribution},
                                       {"harbor-v1-pushImage.json", crds::EventFormat::kHarbor},
                                       {"quay-repo_push.json", crds::EventFormat::kQuay},
                                       {"azure-acr-push.json", crds::EventFormat::kAzure},
                                       {"dockerhub-push.json", crds::EventFormat::kDockerHub}};
  const net::Headers headers = {{"Content-Type", "application/json"}};
  for (const CorpusRow& row : rows) {
    const std::string body = tests::read_test_file(corpus / row.file);
    const Notification notification = read_notification(row.format, {.server = "s", .headers = headers, .body = body});
    ASSERT_EQ(notification.images.size(), 1U) << row.file;
    const ImageEvent& image = notification.images.front();
    EXPECT_THAT(expected.at(row.file).at("repository").get<std::string>(),
                testing::EndsWith((image.host == "docker.io" ? "" : image.host + "/") + image.repository));
    EXPECT_EQ(image.tag, expected.at(row.file).at("tag").get<std::string>());
    if (expected.at(row.file).contains("digest")) {
      EXPECT_EQ(image.digest->text(), expected.at(row.file).at("digest").get<std::string>());
    }
  }
}

}  // namespace
}  // namespace pratique_operator::push_events
