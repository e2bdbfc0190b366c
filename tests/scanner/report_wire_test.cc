#include "scanner/report_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace scanner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

template <typename Parse>
std::string refusal_of(Parse parse) {
  try {
    static_cast<void>(parse());
  } catch (const base::Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ScanRequestJson, IsReadBack) {
  const ScanRequest request{.reference = "registry:5000/shop/web:1",
                            .digest = kDigest,
                            .index = "sha256:" + std::string(64, 'b'),
                            .platform = "linux/amd64",
                            .access = {.username = "u",
                                       .password = "p\"\n",
                                       .identity_token = "i",
                                       .bearer_token = "b",
                                       .plain_http_hosts = {"registry:5000"},
                                       .private_hosts = {"registry:5000", "r2:443"},
                                       .trusted_realm_hosts = {"auth:443"},
                                       .ca_bundle_pem = "PEM",
                                       .attached_sboms = true,
                                       .sbom_keys = {"PEM of a key"}},
                            .compressed_bytes_max = 1000,
                            .timeout = std::chrono::seconds(30),
                            .refuse_if_busy = true};
  const ScanRequest read = parse_scan_request(write_scan_request(request));
  EXPECT_EQ(read.reference, request.reference);
  EXPECT_EQ(read.digest, request.digest);
  EXPECT_EQ(read.platform, request.platform);
  EXPECT_EQ(read.access.username, "u");
  EXPECT_EQ(read.access.password, "p\"\n");
  EXPECT_EQ(read.access.identity_token, "i");
  EXPECT_EQ(read.access.bearer_token, "b");
  EXPECT_EQ(read.access.plain_http_hosts, request.access.plain_http_hosts);
  EXPECT_EQ(read.access.private_hosts, request.access.private_hosts);
  EXPECT_EQ(read.access.trusted_realm_hosts, request.access.trusted_realm_hosts);
  EXPECT_EQ(read.access.ca_bundle_pem, "PEM");
  EXPECT_EQ(read.index, request.index);
  EXPECT_TRUE(read.access.attached_sboms);
  EXPECT_EQ(read.access.sbom_keys, request.access.sbom_keys);
  EXPECT_EQ(read.compressed_bytes_max, 1000U);
  EXPECT_EQ(read.timeout, std::chrono::seconds(30));
  EXPECT_TRUE(read.refuse_if_busy);
}

TEST(ScanRequestJson, SettingsMayBeLeftOut) {
  const ScanRequest read = parse_scan_request(R"({"reference":"r/x","digest":")" + kDigest + "\"}");
  EXPECT_EQ(read.compressed_bytes_max, 0U);
  EXPECT_EQ(read.timeout.count(), 0);
  EXPECT_FALSE(read.refuse_if_busy);
  EXPECT_TRUE(read.access.plain_http_hosts.empty());
}

TEST(ScanRequestJson, RefusalsNameTheField) {
  const std::string start = R"({"reference":"r/x","digest":")" + kDigest + "\",";
  struct Row {
    std::string json;
    std::string why;
  } const rows[] = {
      {"", "malformed JSON"},
      {"[]", "not a JSON object"},
      {"{}", "no \"reference\""},
      {R"({"reference":"r/x","digest":"sha256:short"})", "\"digest\""},
      {R"({"reference":"r/x","digest":"sha512:abc"})", "\"digest\""},
      {R"({"reference":1})", "\"reference\" is not a string"},
      {start + R"("limits":1})", "\"limits\""},
      {start + R"("limits":{"timeoutSeconds":-1}})", "\"timeoutSeconds\""},
      {start + R"("limits":{"timeoutSeconds":99999999}})", "\"timeoutSeconds\" is more than"},
      {start + R"("access":{"plainHttpHosts":"x"}})", "\"plainHttpHosts\""},
      {start + R"("access":{"privateHosts":[1]}})", "\"privateHosts\""},
      {start + R"("refuseIfBusy":1})", "\"refuseIfBusy\""},
      {start + R"("index":"web:1"})", "\"index\""},
      {start + R"("access":{"sbomKeys":{}}})", "\"sbomKeys\""},
      {start + R"("x":)" + std::string(100, '[') + std::string(100, ']') + "}", "scan request"},
      {std::string(2 << 20, ' '), "too long"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(refusal_of([&] { return parse_scan_request(row.json); }), HasSubstr(row.why))
        << row.json.substr(0, 100);
  }
}

TEST(ScanLines, AreReadBack) {
  const ScanProgressLine progress{.bytes_done = 5, .bytes_total = 10, .stage = "fetch"};
  EXPECT_EQ(std::get<ScanProgressLine>(parse_scan_line(write_scan_line(progress))), progress);

  const ScanFailure failure{.reason = "RateLimited", .message = "later", .retry_after = std::chrono::seconds(7)};
  EXPECT_EQ(std::get<ScanFailure>(parse_scan_line(write_scan_line(failure))), failure);

  Inventory inventory;
  inventory.digest = kDigest;
  EXPECT_EQ(std::get<Inventory>(parse_scan_line(write_scan_line(inventory))).digest, kDigest);
}

TEST(ScanLines, RefuseEverythingElse) {
  for (const char* line : {"", "{}", "[]", "null", R"({"error":1})", R"({"error":{}})", R"({"progress":[]})",
                           R"({"inventory":{}})", R"({"inventory":)", R"({"progress":{"bytesDone":"x"}})"}) {
    EXPECT_THROW(static_cast<void>(parse_scan_line(line)), base::ParseError) << line;
  }
}

TEST(ScanAnswer, IsPutTogetherFromPiecesOfAnySize) {
  Inventory inventory;
  inventory.digest = kDigest;
  const std::string body = write_scan_line(ScanProgressLine{1, 2, "fetch"}) +
                           write_scan_line(ScanProgressLine{2, 2, "extract"}) + write_scan_line(inventory);
  for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{10}, body.size()}) {
    std::vector<std::string> stages;
    ScanAnswerReader reader([&](const ScanProgressLine& line) { stages.push_back(line.stage); });
    for (std::size_t begin = 0; begin < body.size(); begin += piece_bytes) {
      reader.feed(std::string_view(body).substr(begin, piece_bytes));
    }
    EXPECT_THAT(stages, ElementsAre("fetch", "extract"));
    EXPECT_EQ(reader.finish().digest, kDigest);
  }
}

TEST(ScanAnswer, EndsInOneOfFourWays) {
  ScanAnswerReader failed;
  failed.feed(write_scan_line(ScanFailure{"NotFound", "no such manifest", {}}));
  EXPECT_THROW(static_cast<void>(failed.finish()), ScanFailed);

  ScanAnswerReader died;
  died.feed(write_scan_line(ScanProgressLine{1, 2, "fetch"}));
  EXPECT_THROW(static_cast<void>(died.finish()), base::NetworkError);

  ScanAnswerReader cut;
  cut.feed(write_scan_line(Inventory{}).substr(0, 40));
  EXPECT_THROW(static_cast<void>(cut.finish()), base::NetworkError);

  ScanAnswerReader twice;
  EXPECT_THROW(twice.feed(write_scan_line(Inventory{}) + write_scan_line(Inventory{})), base::ParseError);
}

TEST(ScanAnswer, DoesNotGrowWithoutEnd) {
  ScanAnswerReader reader;
  const std::string piece(1 << 20, 'x');
  EXPECT_THROW(
      {
        for (int i = 0; i < 40; ++i) reader.feed(piece);
      },
      base::LimitExceeded);
}

}  // namespace
}  // namespace scanner
