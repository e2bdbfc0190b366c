// A registry that does whatever it likes, in an order that a number decides: errors, lies about digests and sizes,
// bodies without end, redirects and realms that lead elsewhere. A scan gives the right inventory, a clear error or an
// incomplete one; never a clean one that is wrong, and never a byte of the credentials to anybody else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "registry/registry_client.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/support/compress.h"
#include "tests/support/fake_registry.h"
#include "tests/support/tar_builder.h"

namespace scanner {
namespace {

using net::ServerRequest;
using net::ServerResponse;

constexpr std::uint32_t kScans = 1'500;
constexpr const char* kUser = "reader";
constexpr const char* kPassword = "canary-password";
constexpr const char* kBasic = "Basic cmVhZGVyOmNhbmFyeS1wYXNzd29yZA==";  // of the two

// A host that nobody named, which writes down what it is asked.
class Stranger {
 public:
  Stranger()
      : server_(net::make_http_server({.name = "stranger", .address = "127.0.0.1"},
                                      [this](const ServerRequest& request, net::Responder responder) {
                                        heard_.with([&](std::string& heard) {
                                          heard += request.target + "\n" + request.body + "\n";
                                          for (const auto& [name, value] : request.headers) heard += value + "\n";
                                        });
                                        responder.respond({.status = 200, .body = R"({"token":"theirs"})"});
                                      })) {}
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }
  [[nodiscard]] std::string heard() const {
    return heard_.with([](const std::string& heard) { return heard; });
  }

 private:
  base::Guarded<std::string> heard_;
  std::unique_ptr<net::HttpServer> server_;  // last: it uses what is above
};

// What the next answers are instead of the right ones.
class Whims {
 public:
  Whims(std::uint32_t number, std::string stranger, std::string other_manifest)
      : random_(number),
        left_(1 + below(4)),
        stranger_(std::move(stranger)),
        other_manifest_(std::move(other_manifest)) {}

  std::optional<ServerResponse> answer(const ServerRequest& request) {
    if (!net::find_header(request.headers, "Authorization")) {
      return ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", R"(Basic realm="here")"}}};
    }
    if (left_ == 0 || below(3) != 0) return std::nullopt;
    --left_;
    switch (below(6)) {
      case 0:
        return failure();
      case 1:
        return redirect(request);
      case 2:
        return fishing();
      case 3:
        return other_bytes(request);
      case 4:
        return another_piece();
      default:
        return lying_digest();
    }
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  template <typename Choices>
  auto of(const Choices& choices) {
    return choices[below(choices.size())];
  }

  ServerResponse failure() {
    constexpr std::array<int, 9> kStatuses{400, 403, 404, 418, 429, 500, 502, 503, 204};
    constexpr std::array<const char*, 7> kRetryAfter{
        "", "-1", "0", "99999999999999999999", "soon", "1", "Wed, 21 Oct 2015 07:28:00 GMT"};
    return {.status = of(kStatuses), .headers = {{"Retry-After", of(kRetryAfter)}}, .body = "<html>no</html>"};
  }
  ServerResponse redirect(const ServerRequest& request) {
    const std::vector<std::string> places{request.target,
                                          stranger_ + request.target,
                                          "http://169.254.169.254/latest/meta-data/",
                                          "http://[::1]:9/",
                                          "http://localhost:9/x",
                                          "file:///etc/passwd",
                                          "//" + stranger_.substr(7) + "/",
                                          "",
                                          std::string(9'000, 'a')};
    constexpr std::array<int, 5> kStatuses{301, 302, 303, 307, 308};
    return {.status = of(kStatuses), .headers = {{"Location", of(places)}}};
  }
  ServerResponse fishing() {
    const std::vector<std::string> challenges{
        fmt::format(R"(Bearer realm="{}/token",service="r",scope="repository:app:pull")", stranger_),
        fmt::format(R"(Bearer realm="{}/token")", stranger_),
        R"(Bearer realm="http://169.254.169.254/token")",
        R"(Basic realm="elsewhere", Bearer realm=")",
        "Negotiate",
        std::string(5'000, ',')};
    return {.status = 401, .headers = {{"WWW-Authenticate", of(challenges)}}};
  }
  ServerResponse other_bytes(const ServerRequest& request) {
    const bool is_manifest = request.target.find("/manifests/") != std::string::npos;
    const std::vector<std::string> bodies{"",
                                          "{",
                                          other_manifest_,
                                          std::string(5 << 20, ' '),
                                          std::string(100, '\0'),
                                          tests::gzip(tests::TarBuilder().file("app/empty", "").archive())};
    return {.body = of(bodies), .content_type = is_manifest ? tests::kOciManifestType : "application/octet-stream"};
  }
  ServerResponse another_piece() {
    const std::vector<std::string> ranges{"bytes 5-9/10", "bytes 0-9/10", "bytes */10", "pieces 1-2/3", ""};
    return {.status = 206, .headers = {{"Content-Range", of(ranges)}}, .body = "0123456789"};
  }
  ServerResponse lying_digest() {
    return {.headers = {{"Docker-Content-Digest", "sha256:" + std::string(64, 'a')}},
            .body = other_manifest_,
            .content_type = tests::kOciManifestType};
  }

  std::mt19937 random_;
  std::size_t left_;
  std::string stranger_;
  std::string other_manifest_;
};

class MisbehavingRegistry : public ::testing::Test {
 protected:
  static std::string layer_of(const std::string& version) {
    const std::string package = R"({"name":"left-pad","version":")" + version + "\"}";
    return tests::gzip(tests::TarBuilder().file("app/node_modules/left-pad/package.json", package).archive());
  }

  [[nodiscard]] Inventory scan(const std::string& rest) const {
    const auto source = registry::make_registry_source({.reference = registry_.reference(rest),
                                                        .credentials = {{.username = kUser, .password = kPassword}},
                                                        .policy = registry_.policy()},
                                                       clock_);
    const registry::ResolvedImage resolved = source->resolve({}, {});
    if (resolved.manifests.size() != 1) throw base::ParseError("no image for one platform");
    return scan_image(*source, resolved.manifests[0].digest, "linux/amd64", {.layers_at_once = 1}, {}, {});
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  tests::FakeImage image_ = registry_.add_image(layer_of("1.0.0"), "v1");
  tests::FakeImage other_ = registry_.add_image(layer_of("2.0.0"));
  Stranger stranger_;
};

TEST_F(MisbehavingRegistry, GivesTheRightInventoryOrNone) {
  // A registry may give another image of its own for a tag: then that one is told.
  std::map<std::string, std::string> right;
  for (const tests::FakeImage& image : {image_, other_}) {
    right[image.manifest.text()] = write_inventory(scan("app@" + image.manifest.text()));
  }
  int rights = 0;
  int incomplete = 0;
  int errors = 0;

  for (std::uint32_t number = 0; number < kScans; ++number) {
    Whims whims(number, stranger_.url(), other_.manifest_bytes);
    registry_.intercept([&](const ServerRequest& request) { return whims.answer(request); });
    try {
      const Inventory inventory = scan("app:v1");
      ASSERT_TRUE(!inventory.complete || write_inventory(inventory) == right[inventory.digest]) << number;
      ++(inventory.complete ? rights : incomplete);
    } catch (const base::Error& error) {
      ASSERT_STRNE(error.what(), "") << number;
      ++errors;
    }
    registry_.intercept([](const ServerRequest&) { return std::nullopt; });
  }

  EXPECT_EQ(write_inventory(scan("app:v1")), right[image_.manifest.text()]);
  EXPECT_EQ(stranger_.heard().find("cmVhZGVyOm"), std::string::npos) << "Basic, with the password";
  EXPECT_EQ(stranger_.heard().find("canary"), std::string::npos);
  EXPECT_NE(registry_.all_authorizations().find(kBasic), std::string::npos) << "it was there to be fished for";
  EXPECT_GT(rights, 100);
  EXPECT_GT(errors, 100);
  fmt::print("{} right, {} incomplete, {} errors\n", rights, incomplete, errors);
}

}  // namespace
}  // namespace scanner
