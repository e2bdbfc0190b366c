#include "operator/reconcilers/scanner_client.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "net/host_addresses.h"

namespace pratique_operator::reconcilers {
namespace {

// A scanner sends a progress line at least every few seconds; silence for so long means that it is gone.
constexpr std::chrono::milliseconds kSilenceMax{60'000};
// Above the scan's own deadline, so that the service is the one to say that it was over.
constexpr std::chrono::milliseconds kTotalMax{15 * 60'000};
constexpr std::size_t kScannersAskedMax = 3;

std::optional<std::chrono::seconds> retry_after_of(const net::Headers& headers) {
  const std::string text = net::find_header(headers, "Retry-After").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

// One scanner's answer. Throws as InventorySource::scan() does.
scanner::Inventory ask(net::HttpClient& http, const ScannerEndpoint& endpoint, const scanner::ScanRequest& request,
                       std::stop_token stop) {
  net::HttpRequest message;
  message.method = "POST";
  message.url = endpoint.url;
  message.url.target = "/v1/inventories";
  message.address = endpoint.address;
  message.headers["Content-Type"] = "application/json";
  message.headers["Accept"] = "application/x-ndjson";
  message.body = scanner::write_scan_request(request);
  message.total_timeout = kTotalMax;
  message.idle_timeout = kSilenceMax;
  scanner::ScanAnswerReader reader;
  const net::HttpResponse answer = http.stream(
      message, [](const net::HttpResponse&) {},
      [&](std::span<const char> piece) {
        reader.feed({piece.data(), piece.size()});
        return true;
      },
      std::move(stop));
  if (answer.status != 200) {
    throw base::HttpError("scanner " + message.url.authority() + " answered " + std::to_string(answer.status),
                          answer.status, answer.body.substr(0, 4096), retry_after_of(answer.headers));
  }
  return reader.finish();
}

void say_next_is_asked(const ScannerEndpoint& endpoint, const base::Error& error) {
  base::log(base::LogLevel::kInfo, "another scanner is asked",
            {{"instead_of", endpoint.url.authority()},
             {"address", endpoint.address},
             {"error", std::string_view(error.what())}});
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

std::vector<ScannerEndpoint> ScannerClient::endpoints() const {
  std::vector<ScannerEndpoint> all;
  for (const net::Url& url : urls_) {
    for (std::string& address : net::addresses_of(url)) all.push_back({.url = url, .address = std::move(address)});
  }
  return all;
}

scanner::Inventory ScannerClient::scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                       std::stop_token stop) {
  const std::shared_ptr<net::HttpClient> http = http_.with([](const auto& current) { return current; });
  if (!http) {
    throw base::NetworkError("the certificate for the scanners is not there yet");
  }
  std::vector<ScannerEndpoint> scanners = by_preference(endpoints(), largest_layer);
  scanners.resize(std::min(scanners.size(), kScannersAskedMax));
  if (scanners.size() == 1) return ask(*http, scanners.front(), request, stop);
  scanner::ScanRequest without_queueing = request;
  without_queueing.refuse_if_busy = true;
  std::vector<ScannerEndpoint> busy;
  std::exception_ptr away;
  for (const ScannerEndpoint& scanner : scanners) {
    try {
      return ask(*http, scanner, without_queueing, stop);
    } catch (const base::NetworkError& error) {
      if (stop.stop_requested()) throw;
      say_next_is_asked(scanner, error);
      away = std::current_exception();
    } catch (const base::HttpError& error) {
      if (error.status() != 429 && error.status() != 503) throw;
      busy.push_back(scanner);
    }
  }
  if (busy.empty()) std::rethrow_exception(away);
  return ask(*http, busy.front(), request, stop);
}

}  // namespace pratique_operator::reconcilers
