#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/error.h"
#include "base/log.h"
#include "net/responder_sink.h"

namespace net {

namespace {

// What may wait for a slow peer before write() blocks.
constexpr std::size_t kQueuedBytesMax = 64 << 10;

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{413, "Payload Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{422, "Unprocessable Entity"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
};

std::string_view reason_phrase(int status) {
  const auto* found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const Reason& r) { return r.status == status; });
  return found == kReasons.end() ? "" : found->phrase;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  // A value that could begin another field is a bug of the handler; the field is worth less than the process.
  if (!is_field_value(name) || !is_field_value(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_status_and_fields(std::string& out, int status, const Headers& headers) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  for (const auto& [name, value] : headers) append_field(out, name, value);
}

bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string format_answer(const ServerResponse& response, AnswerForm form) {
  std::string out;
  out.reserve(256 + response.body.size());
  append_status_and_fields(out, response.status, response.headers);
  if (!form.keep_alive) out += "Connection: close\r\n";
  if (!allows_body(response.status)) return out += "\r\n";
  if (!response.body.empty()) append_field(out, "Content-Type", response.content_type);
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", response.body.size());
  if (form.has_body) out += response.body;
  return out;
}

Responder::Sink::Sink(std::weak_ptr<AnswerPort> port, Settings settings)
    : port_(std::move(port)), settings_(std::move(settings)) {}

Responder::Sink::~Sink() {
  settings_.counters->in_flight.fetch_sub(1, std::memory_order_relaxed);
}

void Responder::Sink::respond(const ServerResponse& response) {
  std::string bytes = format_answer(response, settings_.form);
  {
    const std::lock_guard lock(mutex_);
    CHECK(state_ == State::kUnanswered);
    settings_.counters->count_answer(response.status);
    state_ = State::kFinished;
    queued_ = std::move(bytes);
  }
  wake();
}

void Responder::Sink::start(int status, const Headers& headers) {
  {
    const std::lock_guard lock(mutex_);
    CHECK(state_ == State::kUnanswered);
    settings_.counters->count_answer(status);
    state_ = State::kStreaming;
    if (!settings_.form.may_chunk) settings_.form.keep_alive = false;
    append_status_and_fields(queued_, status, headers);
    if (settings_.form.may_chunk) queued_ += "Transfer-Encoding: chunked\r\n";
    if (!settings_.form.keep_alive) queued_ += "Connection: close\r\n";
    queued_ += "\r\n";
  }
  wake();
}

void Responder::Sink::append_chunk(std::string_view piece) {
  if (!settings_.form.has_body || piece.empty()) return;
  if (!settings_.form.may_chunk) {
    queued_ += piece;
    return;
  }
  fmt::format_to(std::back_inserter(queued_), "{:x}\r\n", piece.size());
  queued_.append(piece).append("\r\n");
}

bool Responder::Sink::write(std::string_view piece) {
  const std::shared_ptr<AnswerPort> port = port_.lock();
  if (port == nullptr) abandon();
  {
    std::unique_lock lock(mutex_);
    CHECK(state_ == State::kStreaming || state_ == State::kBroken);
    const auto has_room = [this] { return abandoned() || queued_.size() < kQueuedBytesMax; };
    // On the connection's own thread waiting would keep it from ever making room.
    const bool may_wait = port != nullptr && !port->runs_here();
    if (may_wait && !room_.wait_for(lock, settings_.write_timeout, has_room)) state_ = State::kBroken;
    if (abandoned() || state_ == State::kBroken) return false;
    append_chunk(piece);
  }
  port->wake();
  return true;
}

void Responder::Sink::end() {
  {
    const std::lock_guard lock(mutex_);
    CHECK(state_ == State::kStreaming || state_ == State::kBroken);
    if (state_ == State::kStreaming) {
      if (settings_.form.may_chunk && settings_.form.has_body) queued_ += "0\r\n\r\n";
      state_ = State::kFinished;
    }
  }
  wake();
}

void Responder::Sink::release() {
  bool is_unanswered = false;
  {
    const std::lock_guard lock(mutex_);
    is_unanswered = state_ == State::kUnanswered;
    if (state_ == State::kStreaming) state_ = State::kBroken;
    if (state_ == State::kFinished) return;
  }
  if (is_unanswered) {
    respond({.status = 500, .body = "the request was not answered\n", .content_type = "text/plain"});
  } else {
    wake();
  }
}

Responder::Sink::Output Responder::Sink::take() {
  Output output;
  {
    const std::lock_guard lock(mutex_);
    output.bytes.swap(queued_);
    output.finished = state_ == State::kFinished;
    output.broken = state_ == State::kBroken;
  }
  room_.notify_all();
  return output;
}

void Responder::Sink::abandon() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    call.swap(when_abandoned_);
    if (state_ == State::kFinished) call = nullptr;
  }
  room_.notify_all();
  if (call) call();
}

void Responder::Sink::when_abandoned(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!abandoned()) {
      when_abandoned_ = std::move(call);
      return;
    }
  }
  call();
}

void Responder::Sink::wake() {
  if (const std::shared_ptr<AnswerPort> port = port_.lock()) port->wake();
}

Responder::Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(sink_, other.sink_);
  return *this;
}
Responder::~Responder() {
  if (sink_) sink_->release();
}

void Responder::respond(ServerResponse response) {
  CHECK(sink_ != nullptr);
  sink_->respond(response);
}

void Responder::start(int status, const Headers& headers) {
  CHECK(sink_ != nullptr);
  sink_->start(status, headers);
}

bool Responder::write(std::string_view piece) {
  CHECK(sink_ != nullptr);
  return sink_->write(piece);
}

void Responder::end() {
  CHECK(sink_ != nullptr);
  sink_->end();
}

bool Responder::abandoned() const {
  CHECK(sink_ != nullptr);
  return sink_->abandoned();
}

void Responder::when_abandoned(std::function<void()> call) {
  CHECK(sink_ != nullptr);
  sink_->when_abandoned(std::move(call));
}

}  // namespace net
