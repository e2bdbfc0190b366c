// What a registry says beside manifests: the first byte chooses between the answer of its token service, a page of its
// lists, for how long it wants to be left alone, and which piece of a blob this is.
#include <string>

#include "base/error.h"
#include "registry/blob_transfer.h"
#include "registry/name_page.h"
#include "registry/retry_after.h"
#include "registry/token_auth.h"

namespace {

class StillClock final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override { return {}; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return {}; }
};

// Answers every request with these bytes.
class OneAnswer final : public net::HttpClient {
 public:
  explicit OneAnswer(std::string_view body) : body_(body) {}
  [[nodiscard]] net::HttpResponse send(const net::HttpRequest& /*request*/, std::stop_token /*stop*/) override {
    return {.status = 200, .headers = {}, .body = body_};
  }
  net::HttpResponse stream(const net::HttpRequest& request, const net::OnHeaders& /*on_headers*/,
                           const net::OnBody& /*on_body*/, std::stop_token stop) override {
    return send(request, std::move(stop));
  }

 private:
  std::string body_;
};

void check_token(std::string_view body) {
  OneAnswer http(body);
  registry::TokenCache cache;
  const net::UrlPolicy policy;
  const StillClock clock;
  registry::TokenAuth auth(http, policy, cache, clock);
  const registry::TokenScope scope{.registry = net::parse_url("https://registry.example"), .repository = "web"};
  const auto challenges = registry::parse_www_authenticate(R"(Bearer realm="https://registry.example/token")");
  const auto answer = auth.answer(challenges, scope, nullptr, registry::TokenAuth::Freshness::kNew, {});
  CHECK(net::is_field_value(answer.authorization) && answer.authorization.size() > std::string_view("Bearer ").size());
}

void check_page(std::string_view body) {
  for (const auto kind : {registry::ListKind::kRepositories, registry::ListKind::kTags}) {
    try {
      for (const std::string& name : registry::parse_name_page(body, kind)) CHECK(!name.empty() && name.size() <= 255);
    } catch (const base::Error& error) {
      CHECK(*error.what() != '\0');
    }
  }
}

void check_retry_after(std::string_view text) {
  for (const net::HttpResponse& response :
       {net::HttpResponse{.status = 429, .headers = {{"Retry-After", std::string(text)}}, .body = {}},
        net::HttpResponse{.status = 429, .headers = {}, .body = "retry-after: " + std::string(text)}}) {
    const auto wait = registry::parse_retry_after(response, {});
    CHECK(!wait || (*wait >= registry::kRetryAfterMin && *wait <= registry::kRetryAfterMax));
  }
}

// The second answer of a transfer that was cut after ten bytes.
void check_piece(std::string_view range) {
  const std::string content(100, 'x');
  const registry::Descriptor blob{.digest = base::Digest::of(content), .size = content.size()};
  const StillClock clock;
  std::size_t received = 0;
  int answers = 0;
  const registry::OnBlobBytes count = [&](std::span<const std::byte> bytes) { received += bytes.size(); };
  registry::BlobTransfer(blob, count, {.clock = clock})
      .run([&](const registry::BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
        const bool is_first = answers++ == 0;
        on_head({.status = is_first ? 200 : 206,
                 .headers = {{"Content-Length", "1"}, {"Content-Range", std::string(range)}},
                 .body = {}});
        const std::string_view rest = std::string_view(content).substr(part.offset);
        static_cast<void>(on_body(is_first ? rest.substr(0, 10) : rest));
        if (is_first) throw base::NetworkError("cut");
      });
  CHECK(received == content.size() && range.starts_with("bytes 10-"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        check_token(text);
        break;
      case 1:
        check_page(text);
        break;
      case 2:
        check_retry_after(text);
        break;
      default:
        check_piece(text);
    }
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
