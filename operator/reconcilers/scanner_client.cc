#include "operator/reconcilers/scanner_client.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/error.h"

namespace pratique_operator::reconcilers {
namespace {

// A scanner sends a progress line at least every few seconds; silence for so long means that it is gone.
constexpr std::chrono::milliseconds kSilenceMax{60'000};
// Above the scan's own deadline, so that the service is the one to say that it was over.
constexpr std::chrono::milliseconds kTotalMax{15 * 60'000};

std::optional<std::chrono::seconds> retry_after_of(const net::Headers& headers) {
  const std::string text = net::find_header(headers, "Retry-After").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

ScannerClient::ScannerClient(std::vector<net::Url> urls) : urls_(std::move(urls)) {
  CHECK(!urls_.empty());
}

void ScannerClient::set_tls(const net::TlsSettings& tls) {
  const bool is_new = certificate_.with([&](std::string& certificate) {
    return std::exchange(certificate, tls.client_certificate_pem) != tls.client_certificate_pem;
  });
  if (is_new) {
    std::shared_ptr<net::HttpClient> next = net::make_http_client({.tls = tls, .address_policy = {}});
    http_.with([&](std::shared_ptr<net::HttpClient>& http) { http.swap(next); });
  }
}

scanner::Inventory ScannerClient::scan(const scanner::ScanRequest& request, std::stop_token stop) {
  const std::shared_ptr<net::HttpClient> http = http_.with([](const auto& current) { return current; });
  if (!http) {
    throw base::NetworkError("the certificate for the scanners is not there yet");
  }
  const net::HttpRequest message = next_request(request);
  scanner::ScanAnswerReader reader;
  const net::HttpResponse answer = http->stream(
      message, [](const net::HttpResponse&) {},
      [&](std::span<const char> piece) {
        reader.feed({piece.data(), piece.size()});
        return true;
      },
      stop);
  if (answer.status != 200) {
    throw base::HttpError("scanner " + message.url.authority() + " answered " + std::to_string(answer.status),
                          answer.status, answer.body.substr(0, 4096), retry_after_of(answer.headers));
  }
  return reader.finish();
}

net::HttpRequest ScannerClient::next_request(const scanner::ScanRequest& request) {
  const std::size_t turn = next_.with([](std::size_t& next) { return next++; });
  net::HttpRequest message;
  message.method = "POST";
  message.url = urls_[turn % urls_.size()];
  message.url.target = "/v1/inventories";
  message.headers["Content-Type"] = "application/json";
  message.headers["Accept"] = "application/x-ndjson";
  message.body = scanner::write_scan_request(request);
  message.total_timeout = kTotalMax;
  message.idle_timeout = kSilenceMax;
  return message;
}

}  // namespace pratique_operator::reconcilers
