#include "net/beast_connection.h"

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "net/beast_handshakes.h"
#include "net/beast_stream.h"

namespace net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = http::request_parser<http::string_body>;

// How long a closing connection may take to read the last answer and close its own side, and how long one without a
// request may take to send it when the server stops.
constexpr std::chrono::seconds kLingerTimeout{1};

std::string text(beast::string_view view) {
  return {view.data(), view.size()};
}

// Which status a parser error is answered with.
int status_of(const error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  return 400;
}

// Why a well-formed head is refused; 0 when it is not.
int judge_head(const Parser& parser) {
  const auto& request = parser.get();
  if (request.version() != 11 && request.version() != 10) return 505;
  if (request.version() == 11 && request.count(http::field::host) != 1) return 400;
  if (request.target().empty() || (request.target().front() != '/' && request.target() != "*")) return 400;
  // Any other coding would leave the body's end to guesswork, which is how requests are smuggled.
  if (request.count(http::field::transfer_encoding) > 0 &&
      (request.count(http::field::transfer_encoding) > 1 ||
       !beast::iequals(request[http::field::transfer_encoding], "chunked"))) {
    return 501;
  }
  const beast::string_view expect = request[http::field::expect];
  return expect.empty() || beast::iequals(expect, "100-continue") ? 0 : 417;
}

ServerRequest to_server_request(Parser& parser) {
  auto& message = parser.get();
  ServerRequest request;
  request.method = text(message.method_string());
  request.target = text(message.target());
  for (const auto& field : message) {
    std::string& value = request.headers[text(field.name_string())];
    if (!value.empty()) value += ", ";
    value.append(field.value().data(), field.value().size());
  }
  request.body = std::move(message.body());
  return request;
}

class StreamConnection final : public Connection,
                               public AnswerPort,
                               public std::enable_shared_from_this<StreamConnection> {
 public:
  StreamConnection(std::unique_ptr<SocketStream> stream, std::shared_ptr<ServerCore> core,
                   std::shared_ptr<Worker> worker)
      : worker_(std::move(worker)),
        core_(std::move(core)),
        stream_(std::move(stream)),
        buffer_(core_->limits.header_bytes_max + worker_->input().size()) {}

  void start() override;
  void expire() override;
  void drain() override;
  void close() override;

  void wake() override {
    asio::dispatch(stream_->get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->flush();
    });
  }
  [[nodiscard]] bool runs_here() const override { return worker_->context().get_executor().running_in_this_thread(); }

 private:
  // The life of a request: next_request -> read -> parse -> take_head -> handle -> flush -> finish_exchange.
  void next_request();
  void read();
  void on_read(const error_code& error, std::size_t bytes);
  void parse();
  [[nodiscard]] bool take_head();
  void send_continue();
  void handle();
  void call_handler(const std::shared_ptr<Responder::Sink>& sink);
  void reject(int status);
  void flush();
  void write(std::string bytes);
  void on_written(const error_code& error);
  void finish_exchange();
  void shut_down();
  void shut_down_tcp();
  void discard_input();

  void set_deadline(std::chrono::milliseconds duration) { deadline_ = Clock::now() + duration; }
  // For a request, or the way to it.
  void set_read_deadline(std::chrono::milliseconds duration) {
    set_deadline(core_->stopping ? std::min<std::chrono::milliseconds>(duration, kLingerTimeout) : duration);
  }
  void clear_deadline() { deadline_ = Clock::time_point::max(); }
  Socket& socket() { return stream_->socket(); }

  // Keeps the io_context alive for the socket; declared first, destroyed last.
  const std::shared_ptr<Worker> worker_;
  const std::shared_ptr<ServerCore> core_;
  const std::unique_ptr<SocketStream> stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<Responder::Sink> sink_;  // of the request that is being answered
  std::string output_;                     // what async_write is sending
  std::string peer_;
  ClientIdentity client_;
  bool head_taken_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool peer_gone_ = false;
  bool close_after_write_ = false;
  bool shutting_down_ = false;
  bool closed_ = false;
};

void StreamConnection::start() {
  error_code error;
  const auto endpoint = socket().remote_endpoint(error);
  if (error) return close();
  peer_ = endpoint.address().to_string();
  socket().set_option(asio::ip::tcp::no_delay(true), error);
  if (!stream_->has_handshake()) return next_request();
  set_deadline(core_->limits.handshake_timeout);
  stream_->async_handshake(
      asio::bind_executor(worker_->handshakes().executor(), [self = shared_from_this()](const error_code& failed) {
        if (failed || self->closed_) return self->close();
        self->client_ = self->stream_->client();
        self->next_request();
      }));
}

void StreamConnection::next_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_->limits.header_bytes_max));
  parser_->body_limit(core_->limits.body_bytes_max);
  head_taken_ = false;
  if (buffer_.size() > 0) {
    set_read_deadline(core_->limits.read_timeout);
    return parse();
  }
  is_idle_ = true;
  set_read_deadline(core_->limits.idle_timeout);
  if (!reading_) read();
}

void StreamConnection::read() {
  reading_ = true;
  // Not more than the buffer may hold: parse() refuses a head that fills it.
  const std::size_t room = std::min(worker_->input().size(), buffer_.max_size() - buffer_.size());
  stream_->async_read_some(
      asio::buffer(worker_->input(), room),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void StreamConnection::on_read(const error_code& error, std::size_t bytes) {
  reading_ = false;
  if (closed_) return;
  if (shutting_down_) return shut_down();
  if (close_after_write_) return;  // the request was refused meanwhile
  if (error) {
    peer_gone_ = true;
    if (!sink_) return close();
    // A peer that closed its side while it waits may still read the answer; the next write will tell.
    sink_->abandon();
    return;
  }
  buffer_.commit(asio::buffer_copy(buffer_.prepare(bytes), worker_->input()));
  if (sink_) return;  // the next request, sent before this one's answer
  if (is_idle_) {
    is_idle_ = false;
    set_read_deadline(core_->limits.read_timeout);
  }
  parse();
}

void StreamConnection::parse() {
  while (buffer_.size() > 0) {
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == http::error::need_more) {
      if (buffer_.size() == buffer_.max_size()) return reject(431);
      break;
    }
    if (error) return reject(status_of(error));
    if (!head_taken_ && parser_->is_header_done()) {
      if (!take_head()) return;
      if (!parser_->is_done() && buffer_.size() == 0 && !parser_->get()[http::field::expect].empty()) {
        return send_continue();
      }
    }
    if (parser_->is_done()) return handle();
  }
  read();
}

bool StreamConnection::take_head() {
  head_taken_ = true;
  if (const int status = judge_head(*parser_); status != 0) {
    reject(status);
    return false;
  }
  parser_->eager(true);
  return true;
}

void StreamConnection::send_continue() {
  output_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(*stream_, asio::buffer(output_), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error || self->closed_) return self->close();
    self->read();
  });
}

void StreamConnection::handle() {
  clear_deadline();
  const auto& limits = core_->limits;
  const bool keep_alive = parser_->keep_alive() && !core_->retiring;
  const AnswerForm form{.has_body = parser_->get().method() != http::verb::head,
                        .may_chunk = parser_->get().version() == 11,
                        .keep_alive = keep_alive};
  RequestCounters& counters = *core_->counters;
  const bool overloaded = counters.in_flight.fetch_add(1, std::memory_order_relaxed) >= limits.requests_in_flight_max;
  sink_ = std::make_shared<Responder::Sink>(
      weak_from_this(),
      Responder::Sink::Settings{.form = form, .write_timeout = limits.write_timeout, .counters = core_->counters});
  if (overloaded) {
    counters.overloaded.fetch_add(1, std::memory_order_relaxed);
    sink_->respond({.status = 503,
                    .headers = {{"Retry-After", "1"}},
                    .body = "too many requests in flight\n",
                    .content_type = "text/plain"});
    return;
  }
  call_handler(sink_);
  // While the answer is being made, a read notices a peer that goes away.
  if (sink_ && !writing_ && !reading_ && !closed_ && buffer_.size() == 0) read();
}

void StreamConnection::call_handler(const std::shared_ptr<Responder::Sink>& sink) {
  has_asked_ = true;
  ServerRequest request = to_server_request(*parser_);
  request.peer = peer_;
  request.client_certificate_name = client_.verified_name;
  request.client_chain_pem = client_.chain_pem;
  // An exception destroys the responder, which answers 500.
  try {
    core_->handler(std::move(request), Responder(sink));
  } catch (const std::exception& error) {
    base::log(base::LogLevel::kError, "HTTP handler failed",
              {{"server", core_->name}, {"peer", peer_}, {"error", std::string_view(error.what())}});
  }
}

void StreamConnection::reject(int status) {
  is_idle_ = false;
  close_after_write_ = true;
  core_->counters->count_answer(status);
  write(format_answer({.status = status, .content_type = "text/plain"}, {.keep_alive = false}));
}

void StreamConnection::flush() {
  if (!sink_ || writing_ || closed_) return;
  Responder::Sink::Output output = sink_->take();
  if (!output.bytes.empty()) return write(std::move(output.bytes));
  if (output.broken) return close();
  if (output.finished) finish_exchange();
}

void StreamConnection::write(std::string bytes) {
  writing_ = true;
  output_ = std::move(bytes);
  set_deadline(core_->limits.write_timeout);
  asio::async_write(*stream_, asio::buffer(output_),
                    [self = shared_from_this()](const error_code& error, std::size_t) { self->on_written(error); });
}

void StreamConnection::on_written(const error_code& error) {
  writing_ = false;
  if (closed_) return;
  if (error) return close();
  clear_deadline();
  if (close_after_write_) return shut_down();
  flush();
}

void StreamConnection::finish_exchange() {
  const bool keep_alive = sink_->keeps_alive() && !peer_gone_ && !core_->stopping;
  sink_.reset();
  if (!keep_alive) return shut_down();
  next_request();
}

// Ends the connection so that the peer still gets the last answer: a close with unread input would reset it.
void StreamConnection::shut_down() {
  if (!shutting_down_) {
    shutting_down_ = true;
    is_idle_ = false;
    set_deadline(kLingerTimeout);
  }
  if (reading_) {
    // The pending read comes back as cancelled and calls again.
    error_code ignored;
    socket().cancel(ignored);
    return;
  }
  stream_->async_shutdown([self = shared_from_this()](const error_code&) { self->shut_down_tcp(); });
}

void StreamConnection::shut_down_tcp() {
  if (closed_) return;
  error_code error;
  socket().shutdown(Socket::shutdown_send, error);
  if (error || peer_gone_) return close();
  discard_input();
}

void StreamConnection::discard_input() {
  socket().async_read_some(worker_->input(), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error || self->closed_) return self->close();
    self->discard_input();
  });
}

void StreamConnection::expire() {
  if (is_idle_) return close();
  // A request that came in part gets an answer; all else is closed at once.
  const bool is_reading_request = reading_ && parser_ && !sink_ && !shutting_down_;
  if (is_reading_request) return reject(408);
  close();
}

void StreamConnection::drain() {
  if (is_idle_) return close();
  const bool has_request = sink_ || writing_;
  if (!has_request) deadline_ = std::min(deadline_, Clock::now() + kLingerTimeout);
}

void StreamConnection::close() {
  if (closed_) return;
  closed_ = true;
  is_idle_ = false;
  clear_deadline();
  error_code ignored;
  socket().close(ignored);
  if (sink_) sink_->abandon();
  sink_.reset();
  worker_->forget(this);
}

}  // namespace

std::shared_ptr<Connection> make_connection(std::unique_ptr<SocketStream> stream, std::shared_ptr<ServerCore> core,
                                            std::shared_ptr<Worker> worker) {
  return std::make_shared<StreamConnection>(std::move(stream), std::move(core), std::move(worker));
}

}  // namespace net
