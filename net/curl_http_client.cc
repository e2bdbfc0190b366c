// The one file that knows libcurl. A request runs on the caller's thread, on a multi handle of its own that keeps its
// connection for the next request to the same host; a stop request wakes the multi handle.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <new>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "net/host_addresses.h"
#include "net/http_client.h"
#include "net/proxy.h"

namespace net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdleSlotsMax = 16;
constexpr std::size_t kHeaderBytesMax = 64 << 10;
constexpr std::size_t kErrorBodyBytesMax = 64 << 10;
constexpr std::chrono::milliseconds kPollMax{1'000};

void initialise_curl_once() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(result == CURLE_OK);
}

// A multi handle with its connection cache, and the easy handle that is used with it.
struct Slot {
  std::string peer;  // of the last request
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi{curl_multi_init(), curl_multi_cleanup};
  std::unique_ptr<CURL, void (*)(CURL*)> easy{curl_easy_init(), curl_easy_cleanup};
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using TextList = std::unique_ptr<curl_slist, FreeList>;

// What a failed request is called in messages; the query may hold a signature, so it is left out.
std::string describe(const HttpRequest& request) {
  Url shown = request.url;
  shown.target = shown.target.substr(0, shown.target.find('?'));
  return request.method + " " + base::escape_text(shown.text(), 500);
}

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  CHECK(code == CURLE_OK);
}

// What the system refuses is no bug of ours: memory, or to wait for a socket.
void require(CURLMcode code, const HttpRequest& request) {
  if (code == CURLM_OK) return;
  if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
  throw base::NetworkError(describe(request) + ": " + curl_multi_strerror(code));
}

void append_text(TextList& list, const std::string& text) {
  curl_slist* grown = curl_slist_append(list.get(), text.c_str());
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(grown);
}

// Where to connect to instead of the URL's host; empty where the request leaves that to its name.
TextList make_dial_list(const HttpRequest& request) {
  TextList list;
  if (request.address.empty()) return list;
  const bool is_ipv6 = request.address.find(':') != std::string::npos;
  append_text(list, "::" + (is_ipv6 ? "[" + request.address + "]" : request.address) + ":");
  return list;
}

TextList make_header_list(const HttpRequest& request) {
  TextList list;
  const auto append = [&list](const std::string& line) { append_text(list, line); };
  // libcurl would wait a second for a 100 that many servers never send.
  append("Expect:");
  if (request.headers.count("Content-Type") == 0) append("Content-Type:");
  for (const auto& [name, value] : request.headers) {
    if (!is_field_value(name) || !is_field_value(value)) {
      throw base::ParseError(describe(request) + ": the header " + base::escape_text(name, 100) +
                             " has a control character");
    }
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  return list;
}

// One running request: what libcurl's callbacks fill and check.
class Transfer {
 public:
  Transfer(const HttpRequest& request, const HttpClientSettings& settings, std::stop_token stop)
      : request_(request), settings_(settings), stop_(std::move(stop)) {}

  void stream_to(const OnHeaders& on_headers, const OnBody& on_body) {
    on_headers_ = &on_headers;
    on_body_ = &on_body;
  }

  HttpResponse run(Slot& slot);

 private:
  void configure(CURL* easy);
  void choose_proxy();
  void configure_tls(CURL* easy);
  void configure_method(CURL* easy);
  CURLcode drive(Slot& slot);
  [[noreturn]] void fail(CURLcode code) const;

  void take_header_line(std::string_view line);
  void take_field(std::string_view line);
  bool take_body(std::span<const char> piece);
  bool buffer_body(std::span<const char> piece);
  curl_socket_t open_socket(const curl_sockaddr& address);

  [[nodiscard]] bool streams() const { return on_body_ != nullptr && response_.status / 100 == 2; }
  [[nodiscard]] bool is_idle_too_long() const { return Clock::now() - last_progress_ > request_.idle_timeout; }
  [[nodiscard]] bool is_too_slow() const {
    return request_.peer_timeout.count() != 0 && Clock::now() - began_ - consumed_ > request_.peer_timeout;
  }
  [[nodiscard]] std::chrono::milliseconds poll_time() const {
    const auto wait = std::min(kPollMax, request_.idle_timeout);
    return request_.peer_timeout.count() == 0 ? wait : std::min(wait, request_.peer_timeout);
  }

  // Runs `step` and keeps what it throws: exceptions must not pass through libcurl's C frames.
  template <typename Step, typename Answer>
  Answer guarded(Step step, Answer on_error) {
    try {
      return step();
    } catch (...) {
      error_ = std::current_exception();
      return on_error;
    }
  }

  static std::size_t on_header_bytes(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body_bytes(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent);

  const HttpRequest& request_;
  const HttpClientSettings& settings_;
  std::stop_token stop_;
  const OnHeaders* on_headers_ = nullptr;
  const OnBody* on_body_ = nullptr;

  std::string proxy_;  // empty: none
  HttpResponse response_;
  std::exception_ptr error_;            // what a callback threw
  std::exception_ptr refused_address_;  // what the address policy threw last; another address may be allowed
  bool ended_early_ = false;
  std::size_t header_bytes_ = 0;
  curl_off_t bytes_moved_ = 0;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point last_progress_ = began_;
  Clock::duration consumed_{0};  // what the consumer of the body took
  char error_text_[CURL_ERROR_SIZE] = {};
};

HttpResponse Transfer::run(Slot& slot) {
  curl_easy_reset(slot.easy.get());
  choose_proxy();
  const TextList headers = make_header_list(request_);
  const TextList dialled = make_dial_list(request_);
  configure(slot.easy.get());
  set(slot.easy.get(), CURLOPT_HTTPHEADER, headers.get());
  set(slot.easy.get(), CURLOPT_CONNECT_TO, dialled.get());
  const CURLcode code = drive(slot);
  if (error_) std::rethrow_exception(error_);
  if (code != CURLE_OK && !ended_early_) fail(code);
  return std::move(response_);
}

void Transfer::configure(CURL* easy) {
  set(easy, CURLOPT_URL, request_.url.text().c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  // Never by libcurl's own look at the environment: some requests must not leave the cluster.
  set(easy, CURLOPT_PROXY, proxy_.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_BUFFERSIZE, 128L << 10);
  set(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  set(easy, CURLOPT_ERRORBUFFER, error_text_);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.total_timeout.count()));
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header_bytes);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body_bytes);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(easy, CURLOPT_XFERINFODATA, this);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  configure_tls(easy);
  configure_method(easy);
}

// Whoever is behind the proxy is dialled by it: what can be judged here is judged before it is asked.
void Transfer::choose_proxy() {
  if (settings_.proxy) proxy_ = settings_.proxy(request_.url);
  if (proxy_.empty() || !settings_.address_policy) return;
  if (const auto address = written_address(request_.url)) settings_.address_policy(request_.url, *address);
}

void Transfer::configure_tls(CURL* easy) {
  const auto set_blob = [easy](CURLoption option, const std::string& pem) {
    // The settings outlive the request, so the blob need not be copied.
    curl_blob blob{.data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_NOCOPY};
    set(easy, option, &blob);
  };
  set(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  const TlsSettings& tls = settings_.tls;
  if (!tls.ca_bundle_pem.empty()) {
    set(easy, CURLOPT_CAINFO, nullptr);
    set(easy, CURLOPT_CAPATH, nullptr);
    set_blob(CURLOPT_CAINFO_BLOB, tls.ca_bundle_pem);
  }
  if (!tls.client_certificate_pem.empty()) {
    set(easy, CURLOPT_SSLCERTTYPE, "PEM");
    set_blob(CURLOPT_SSLCERT_BLOB, tls.client_certificate_pem);
    set(easy, CURLOPT_SSLKEYTYPE, "PEM");
    set_blob(CURLOPT_SSLKEY_BLOB, tls.client_key_pem);
  }
}

void Transfer::configure_method(CURL* easy) {
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool may_have_body = request_.method != "GET" && request_.method != "DELETE";
  if (may_have_body || !request_.body.empty()) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.body.data());
  }
  set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

CURLcode Transfer::drive(Slot& slot) {
  CURLM* multi = slot.multi.get();
  require(curl_multi_add_handle(multi, slot.easy.get()), request_);
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  {
    const std::stop_callback wake(stop_, [multi] { curl_multi_wakeup(multi); });
    int running = 1;
    while (true) {
      require(curl_multi_perform(multi, &running), request_);
      if (running == 0) {
        int queued = 0;
        const CURLMsg* message = curl_multi_info_read(multi, &queued);
        CHECK(message != nullptr && message->msg == CURLMSG_DONE);
        result = message->data.result;
        break;
      }
      if (stop_.stop_requested()) break;
      if (is_idle_too_long() || is_too_slow()) {
        result = CURLE_OPERATION_TIMEDOUT;
        break;
      }
      require(curl_multi_poll(multi, nullptr, 0, static_cast<int>(poll_time().count()), nullptr), request_);
    }
  }
  // Removing an unfinished handle closes its connection.
  curl_multi_remove_handle(multi, slot.easy.get());
  return result;
}

void Transfer::fail(CURLcode code) const {
  if (refused_address_) std::rethrow_exception(refused_address_);
  if (stop_.stop_requested()) throw base::NetworkError(describe(request_) + ": stopped");
  if (is_idle_too_long()) {
    throw base::NetworkError(describe(request_) + ": no data for " + std::to_string(request_.idle_timeout.count()) +
                             " ms");
  }
  if (is_too_slow()) {
    throw base::NetworkError(describe(request_) + ": too slow, more than " +
                             std::to_string(request_.peer_timeout.count()) + " ms");
  }
  const std::string reason = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  const std::string by = proxy_.empty() ? "" : " (by the proxy " + proxy_host(proxy_) + ")";
  throw base::NetworkError(describe(request_) + by + ": " + base::escape_text(reason));
}

void Transfer::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  last_progress_ = Clock::now();
  if (header_bytes_ > kHeaderBytesMax) {
    throw base::LimitExceeded(describe(request_) + ": the answer's header is larger than 64 KiB");
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    // A new status line begins a new header: an interim answer (1xx) came before.
    response_.headers.clear();
    const std::string_view digits = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
    std::from_chars(digits.data(), digits.data() + std::min<std::size_t>(digits.size(), 3), response_.status);
  } else if (!line.empty()) {
    take_field(line);
  } else if (response_.status >= 200 && streams() && on_headers_ != nullptr) {
    (*on_headers_)(response_);
  }
}

void Transfer::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;  // libcurl has let an obsolete folded line pass
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  std::string& field = response_.headers[std::string(line.substr(0, colon))];
  if (!field.empty()) field += ", ";
  field += value;
}

bool Transfer::take_body(std::span<const char> piece) {
  last_progress_ = Clock::now();
  if (!streams()) return buffer_body(piece);
  const Clock::time_point handed_over = last_progress_;
  const bool go_on = (*on_body_)(piece);
  ended_early_ = !go_on;
  // The time the consumer took is not the peer's silence.
  last_progress_ = Clock::now();
  consumed_ += last_progress_ - handed_over;
  return go_on;
}

bool Transfer::buffer_body(std::span<const char> piece) {
  const bool is_error_of_stream = on_body_ != nullptr;
  const std::size_t bytes_max = is_error_of_stream ? kErrorBodyBytesMax : request_.body_bytes_max;
  if (response_.body.size() + piece.size() <= bytes_max) {
    response_.body.append(piece.data(), piece.size());
    return true;
  }
  if (is_error_of_stream) {
    response_.body.append(piece.data(), bytes_max - response_.body.size());
    ended_early_ = true;
    return false;
  }
  throw base::LimitExceeded(describe(request_) + ": the answer is larger than " + std::to_string(bytes_max) + " bytes");
}

curl_socket_t Transfer::open_socket(const curl_sockaddr& address) {
  if (settings_.address_policy && proxy_.empty()) {
    char host[NI_MAXHOST] = {};
    if (getnameinfo(&address.addr, address.addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) {
      throw base::NetworkError(describe(request_) + ": resolved to something that is not an IP address");
    }
    std::string_view text = host;
    settings_.address_policy(request_.url, std::string(text.substr(0, text.find('%'))));
  }
  return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

std::size_t Transfer::on_header_bytes(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.guarded(
      [&] {
        transfer.take_header_line({bytes, size * count});
        return size * count;
      },
      std::size_t{0});
}

std::size_t Transfer::on_body_bytes(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  // A count other than what was offered ends the transfer.
  const std::size_t refused = size * count + 1;
  return transfer.guarded([&] { return transfer.take_body({bytes, size * count}) ? size * count : refused; }, refused);
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.open_socket(*address);
  } catch (...) {
    transfer.refused_address_ = std::current_exception();
    return CURL_SOCKET_BAD;
  }
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (received + sent != transfer.bytes_moved_) {
    transfer.bytes_moved_ = received + sent;
    transfer.last_progress_ = Clock::now();
  }
  return transfer.stop_.stop_requested() ? 1 : 0;
}

Slot new_slot(const std::string& peer) {
  Slot slot{.peer = peer};
  if (slot.multi == nullptr || slot.easy == nullptr) throw std::bad_alloc();
  return slot;
}

class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(HttpClientSettings settings) : settings_(std::move(settings)) { initialise_curl_once(); }

  HttpResponse send(const HttpRequest& request, std::stop_token stop) override {
    Transfer transfer(request, settings_, std::move(stop));
    return run(request, transfer);
  }

  HttpResponse stream(const HttpRequest& request, const OnHeaders& on_headers, const OnBody& on_body,
                      std::stop_token stop) override {
    Transfer transfer(request, settings_, std::move(stop));
    transfer.stream_to(on_headers, on_body);
    return run(request, transfer);
  }

 private:
  HttpResponse run(const HttpRequest& request, Transfer& transfer) {
    Slot slot = take_slot(request.url.scheme + request.url.authority() + request.address);
    HttpResponse response = transfer.run(slot);
    idle_.with([&](std::vector<Slot>& idle) {
      if (idle.size() >= kIdleSlotsMax) idle.erase(idle.begin());
      idle.push_back(std::move(slot));
    });
    return response;
  }

  // The slot that was used last for this peer, so that its connection is used again; else a new one.
  Slot take_slot(const std::string& peer) {
    return idle_.with([&](std::vector<Slot>& idle) {
      const auto found = std::find_if(idle.rbegin(), idle.rend(), [&](const Slot& slot) { return slot.peer == peer; });
      if (found == idle.rend()) return new_slot(peer);
      Slot slot = std::move(*found);
      idle.erase(std::next(found).base());
      return slot;
    });
  }

  const HttpClientSettings settings_;
  base::Guarded<std::vector<Slot>> idle_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(HttpClientSettings settings) {
  return std::make_unique<CurlHttpClient>(std::move(settings));
}

}  // namespace net
