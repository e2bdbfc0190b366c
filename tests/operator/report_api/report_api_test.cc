#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "crds/object_names.h"
#include "crds/packing.h"
#include "crds/report_rows.h"
#include "net/http_client.h"
#include "operator/report_api/report_documents.h"
#include "operator/report_api/report_listener.h"
#include "tests/support/background_process.h"

namespace pratique_operator::report_api {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Reports final : public ReportSource {
 public:
  std::vector<std::shared_ptr<const crds::ImageReport>> list(const std::string& after,
                                                             std::size_t limit) const override {
    std::vector<std::shared_ptr<const crds::ImageReport>> found;
    for (const auto& [name, report] : reports) {
      if (name > after && found.size() < limit) {
        found.push_back(report);
      }
    }
    return found;
  }
  std::shared_ptr<const crds::ImageReport> get(const std::string& name) const override {
    const auto found = reports.find(name);
    return found == reports.end() ? nullptr : found->second;
  }
  std::vector<std::string> references(const std::string&) const override { return {"registry:5000/web:1"}; }
  std::vector<ImageUser> users(const std::string&) const override {
    return {{.ns = "shop", .kind = "Deployment", .name = "web"}};
  }

  base::Digest add(const std::string& content, std::optional<std::int64_t> generation = 7) {
    const base::Digest digest = base::Digest::of(content);
    crds::ImageReport report;
    report.metadata.name = crds::image_report_name(digest);
    report.spec.digest = digest.text();
    report.spec.platform = "linux/amd64";
    report.spec.complete = true;
    report.spec.inventory = crds::pack_json({{"packages", json::array()}});
    report.spec.database_generation = generation;
    crds::ReportRow row;
    row.id = "CVE-2021-44228";
    row.aliases = {"GHSA-jfh8-c2jp-5v3q"};
    row.package = "log4j-core";
    row.severity = crds::Severity::kCritical;
    report.spec.vulnerabilities = crds::pack_report_rows({row});
    report.spec.counts.critical = 1;
    reports[report.metadata.name] = std::make_shared<const crds::ImageReport>(report);
    return digest;
  }

  void damage(const base::Digest& digest) {
    auto& place = reports.at(crds::image_report_name(digest));
    crds::ImageReport report = *place;
    report.spec.vulnerabilities = "no base64";
    place = std::make_shared<const crds::ImageReport>(report);
  }

  std::map<std::string, std::shared_ptr<const crds::ImageReport>> reports;
};

json body(const ReportAnswer& answer) {
  return json::parse(answer.body);
}

TEST(AnswerReport, ListsImagesPageByPage) {
  Reports reports;
  for (int i = 0; i < 5; ++i) {
    reports.add(std::to_string(i));
  }
  std::set<std::string> seen;
  std::string next;
  int pages = 0;
  do {
    const ReportAnswer answer = answer_report(
        reports, {.path = "/api/v1/images", .query = "limit=2" + (next.empty() ? "" : "&continue=" + next)});
    ASSERT_EQ(answer.status, 200);
    const json page = body(answer);
    for (const json& image : page.at("images")) {
      seen.insert(image.at("digest"));
      EXPECT_EQ(image.at("counts").at("critical"), 1);
      EXPECT_EQ(image.at("references").at(0), "registry:5000/web:1");
    }
    next = page.value("continue", "");
  } while (!next.empty() && ++pages < 10);

  EXPECT_EQ(seen.size(), 5u);
}

TEST(AnswerReport, TellsAWholeReport) {
  Reports reports;
  const base::Digest digest = reports.add("x");

  const ReportAnswer answer = answer_report(reports, {.path = "/api/v1/images/" + digest.text(), .query = ""});

  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(body(answer).at("vulnerabilities").at(0).at("id"), "CVE-2021-44228");
  EXPECT_EQ(body(answer).at("vulnerabilities").at(0).at("severity"), "Critical");
  EXPECT_TRUE(body(answer).at("inventory").contains("packages"));
  EXPECT_EQ(body(answer).at("scanned"), true);
}

TEST(AnswerReport, AReportThatWasNeverMatchedHasNoListThatLooksClean) {
  Reports reports;
  const base::Digest digest = reports.add("x", std::nullopt);

  const json document = body(answer_report(reports, {.path = "/api/v1/images/" + digest.text(), .query = ""}));

  EXPECT_EQ(document.at("scanned"), false);
  EXPECT_FALSE(document.contains("vulnerabilities"));
}

TEST(AnswerReport, TellsWhichImagesAndWorkloadsAVulnerabilityIsIn) {
  Reports reports;
  const base::Digest digest = reports.add("x");
  for (const char* name : {"CVE-2021-44228", "cve-2021-44228", "GHSA-jfh8-c2jp-5v3q"}) {
    const ReportAnswer answer =
        answer_report(reports, {.path = std::string("/api/v1/vulnerabilities/") + name, .query = ""});
    ASSERT_EQ(answer.status, 200) << name;
    const json document = body(answer);
    ASSERT_EQ(document.at("images").size(), 1u) << name;
    const json& image = document.at("images").at(0);
    EXPECT_EQ(image.at("digest"), digest.text());
    EXPECT_EQ(image.at("references"), json::array({"registry:5000/web:1"}));
    EXPECT_EQ(image.at("workloads"), json::parse(R"([{"namespace":"shop","kind":"Deployment","name":"web"}])"));
    EXPECT_EQ(image.at("vulnerabilities").at(0).at("package").at("name"), "log4j-core");
    EXPECT_FALSE(document.contains("continue"));
  }
}

TEST(AnswerReport, ADamagedReportDoesNotHideTheOthersOfItsPage) {
  Reports reports;
  const base::Digest digest = reports.add("x");
  reports.damage(reports.add("y"));

  const json document = body(answer_report(reports, {.path = "/api/v1/vulnerabilities/CVE-2021-44228", .query = ""}));

  ASSERT_EQ(document.at("images").size(), 1u);
  EXPECT_EQ(document.at("images").at(0).at("digest"), digest.text());
  EXPECT_EQ(document.at("unreadable"), 1);
}

TEST(AnswerReport, OfAVulnerabilityThatNobodyHasSaysWhatWasNotLookedAt) {
  Reports reports;
  const base::Digest matched = reports.add("matched");
  reports.add("never matched", std::nullopt);
  crds::ImageReport incomplete = *reports.get(crds::image_report_name(matched));
  incomplete.metadata.name = "sha256-" + std::string(64, 'f');
  incomplete.spec.complete = false;
  reports.reports[incomplete.metadata.name] = std::make_shared<const crds::ImageReport>(incomplete);

  const json document = body(answer_report(reports, {.path = "/api/v1/vulnerabilities/CVE-2000-1", .query = ""}));

  EXPECT_TRUE(document.at("images").empty());
  EXPECT_EQ(document.at("unscanned"), 1);
  EXPECT_EQ(document.at("incomplete"), 1);
}

TEST(AnswerReport, LooksThroughReportsPageByPageForAVulnerability) {
  Reports reports;
  for (int i = 0; i < 5; ++i) {
    reports.add(std::to_string(i));
  }
  std::size_t seen = 0;
  std::string next;
  int pages = 0;
  do {
    const json page = body(answer_report(reports, {.path = "/api/v1/vulnerabilities/CVE-2021-44228",
                                                   .query = "limit=2" + (next.empty() ? "" : "&continue=" + next)}));
    seen += page.at("images").size();
    next = page.value("continue", "");
  } while (!next.empty() && ++pages < 10);
  EXPECT_EQ(seen, 5u);
}

TEST(AnswerReport, SaysWhatIsWrong) {
  struct Row {
    std::string path;
    std::string query;
    int status;
  };
  const std::vector<Row> rows = {
      {"/", "", 404},
      {"/api/v1/vulnerabilities", "", 404},
      {"/api/v1/vulnerabilities/", "", 400},
      {"/api/v1/vulnerabilities/" + std::string(200, 'x'), "", 400},
      {"/api/v1/vulnerabilities/CVE-1", "limit=0", 400},
      {"/api/v1/vulnerabilities/CVE-1", "", 200},
      {"/api/v1/images/", "", 400},
      {"/api/v1/images/web", "", 400},
      {"/api/v1/images/sha256:../../x", "", 400},
      {"/api/v1/images/sha256:" + std::string(64, '0'), "", 404},
      {"/api/v1/images", "limit=0", 400},
      {"/api/v1/images", "limit=x", 400},
      {"/api/v1/images", "limit=-1", 400},
      {"/api/v1/images", "limit=99999999", 200},
      {"/api/v1/images", "other=1&&limit=3&", 200},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(answer_report(Reports(), {.path = row.path, .query = row.query}).status, row.status)
        << row.path << "?" << row.query;
  }
}

int bound_socket() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return socket_fd;
}

int port_of(int socket_fd) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  EXPECT_EQ(getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  return ntohs(address.sin_port);
}

class ReportListenerTest : public testing::Test {
 protected:
  net::HttpResponse send(const std::string& target, const std::string& method = "GET",
                         const net::Headers& headers = {}) {
    net::HttpRequest request;
    request.method = method;
    request.url = net::parse_url("http://127.0.0.1:" + std::to_string(port_) + target);
    request.headers = headers;
    return client_->send(request);
  }

  int port_ = tests::free_port();  // the library cannot tell which port it was given
  std::unique_ptr<net::HttpClient> client_ = net::make_http_client({});
  std::unique_ptr<ReportListener> listener_ = make_report_listener(port_, [](const ReportQuestion& question) {
    if (question.path == "/throw") {
      throw base::ParseError("secret detail");
    }
    return ReportAnswer{.status = 200, .body = question.path + "|" + question.query};
  });
};

TEST_F(ReportListenerTest, AnswersOnLoopback) {
  const net::HttpResponse answer = send("/api/v1/images?limit=3");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "/api/v1/images|limit=3");
  EXPECT_EQ(net::find_header(answer.headers, "Cache-Control"), "no-store");
}

TEST_F(ReportListenerTest, IsReadOnly) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    EXPECT_EQ(send("/api/v1/images", method).status, 405) << method;
  }
}

TEST_F(ReportListenerTest, AnswersToItsOwnNameAlone) {
  EXPECT_EQ(send("/", "GET", {{"Host", "evil.example"}}).status, 421);
  EXPECT_EQ(send("/", "GET", {{"Host", "127.0.0.1.evil.example:80"}}).status, 421);
  EXPECT_EQ(send("/", "GET", {{"Host", "localhost:8090"}}).status, 200);
}

TEST_F(ReportListenerTest, SaysNothingOfWhatFailedInside) {
  const net::HttpResponse answer = send("/throw");

  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("secret")));
}

TEST_F(ReportListenerTest, BoundsTheAddress) {
  EXPECT_EQ(send("/" + std::string(2000, 'x')).status, 414);
}

TEST_F(ReportListenerTest, StopsWhileSomebodyIsConnectedAndListensAgain) {
  EXPECT_EQ(send("/").status, 200);
  listener_.reset();
  EXPECT_THROW((void)send("/"), base::NetworkError);

  listener_ = make_report_listener(port_, [](const ReportQuestion&) { return ReportAnswer{}; });
  EXPECT_EQ(send("/").status, 200);
}

TEST(MakeReportListener, SaysThatAPortIsTaken) {
  const int socket_fd = bound_socket();
  ASSERT_EQ(listen(socket_fd, 1), 0);

  EXPECT_THROW((void)make_report_listener(port_of(socket_fd), [](const ReportQuestion&) { return ReportAnswer{}; }),
               base::NetworkError);
  close(socket_fd);
}

}  // namespace
}  // namespace pratique_operator::report_api
