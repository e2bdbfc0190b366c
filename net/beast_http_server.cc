#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "base/heap.h"
#include "base/log.h"
#include "net/beast_connection.h"
#include "net/beast_handshakes.h"
#include "net/beast_stream.h"
#include "net/tls_context.h"

namespace net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kSweepInterval{100};
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};
// So many connections at once are a storm: some tens of kilobytes each, with TLS.
constexpr std::size_t kStormConnections = 128;
// Of the descriptors that the process may have, which others want at the same time.
constexpr std::size_t kDescriptorsShare = 4;
// What OpenSSL takes for a handshake that is under way: a record each way, a message, and its small pieces.
constexpr std::array<std::size_t, 4> kHandshakePieces{20 << 10, 20 << 10, 24 << 10, 16 << 10};

SslContext make_tls(const std::shared_ptr<const ServerTls>& tls) {
  return tls == nullptr ? nullptr : make_server_ssl_context(*tls);
}

}  // namespace

Worker::Worker(std::shared_ptr<ServerCore> core)
    : core_(std::move(core)), handshakes_(std::make_unique<HandshakeSteps>(context_)) {}
Worker::~Worker() = default;

// A storm must not leave more behind than there was before it. Asio keeps a record of each descriptor that it had at
// once, and the allocator one of each piece: for good, and made in the midst of a storm they also hold the pages around
// them. The pieces themselves are not touched and cost nothing.
void Worker::reserve(std::size_t connections) {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  const std::size_t sockets_max = std::min<std::size_t>(connections, descriptors.rlim_cur / kDescriptorsShare);
  std::vector<Socket> sockets;
  sockets.reserve(sockets_max);
  error_code error;
  while (sockets.size() < sockets_max && !error) sockets.emplace_back(context_).open(asio::ip::tcp::v4(), error);
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t index = 0; index < connections; ++index) {
    for (const std::size_t bytes : kHandshakePieces) pieces.push_back(std::make_unique_for_overwrite<char[]>(bytes));
  }
}

void Worker::adopt(std::unique_ptr<SocketStream> stream) {
  if (core_->stopping || !make_room()) return;  // the socket closes itself
  const std::shared_ptr<Connection> connection = make_connection(std::move(stream), core_, shared_from_this());
  connections_.emplace(connection.get(), connection);
  most_connections_ = std::max(most_connections_, connections_.size());
  core_->connections.fetch_add(1);
  connection->start();
  schedule_sweep();
}

bool Worker::make_room() {
  if (core_->connections < core_->limits.connections_max) return true;
  const std::shared_ptr<Connection> victim = dispensable();
  if (victim == nullptr) return false;
  victim->close();
  return true;
}

// A thousand clients that stall must cost those who work neither their connections nor new ones.
std::shared_ptr<Connection> Worker::dispensable() const {
  std::shared_ptr<Connection> stranger;
  std::shared_ptr<Connection> idle;
  for (const auto& [key, connection] : connections_) {
    if (!connection->has_asked()) {
      if (stranger == nullptr || connection->began_at() < stranger->began_at()) stranger = connection;
    } else if (connection->is_idle()) {
      if (idle == nullptr || connection->deadline() < idle->deadline()) idle = connection;
    }
  }
  return stranger != nullptr ? stranger : idle;
}

void Worker::forget(const Connection* connection) {
  if (connections_.erase(connection) > 0) core_->connections.fetch_sub(1);
}

void Worker::drain_all() {
  const auto connections = connections_;
  for (const auto& [key, connection] : connections) connection->drain();
}

void Worker::close_all() {
  const auto connections = connections_;
  for (const auto& [key, connection] : connections) connection->close();
  sweep_timer_.cancel();
}

void Worker::schedule_sweep() {
  if (sweep_scheduled_ || (connections_.empty() && !storm_)) return;
  sweep_scheduled_ = true;
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const std::shared_ptr<Worker> self = weak.lock();
    if (error || self == nullptr) return;
    self->sweep_scheduled_ = false;
    self->sweep();
    self->schedule_sweep();
  });
}

void Worker::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Connection>> expired;
  for (const auto& [key, connection] : connections_) {
    if (connection->deadline() <= now) expired.push_back(connection);
  }
  for (const std::shared_ptr<Connection>& connection : expired) connection->expire();
  trim_heap();
}

// One small piece that lives on holds the page that it lies in, and the allocator's caches hold many. Halving bounds
// how often this is done while a storm ebbs, to the last connection.
void Worker::trim_heap() {
  storm_ = storm_ || most_connections_ >= kStormConnections;
  if (!storm_ || connections_.size() > most_connections_ / 2) return;
  most_connections_ = connections_.size();
  storm_ = !connections_.empty();
  base::release_free_memory();
}

namespace {

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(const ServerSettings& settings, Handler handler)
      : core_(std::make_shared<ServerCore>()), tls_(make_tls(settings.tls)), is_tls_(settings.tls != nullptr) {
    core_->name = settings.name;
    core_->limits = settings.limits;
    core_->handler = std::move(handler);
    for (int index = 0; index < std::max(1, settings.threads); ++index) {
      workers_.push_back(std::make_shared<Worker>(core_));
    }
    if (settings.reserves_room) {
      for (const auto& worker : workers_) worker->reserve(core_->limits.connections_max / workers_.size() + 1);
    }
    acceptor_ = std::make_unique<Acceptor>(workers_.front()->context());
    listen(settings);
    accept();
    for (const std::shared_ptr<Worker>& worker : workers_) start_thread(worker);
  }

  ~BeastHttpServer() override { stop(std::chrono::milliseconds(0)); }

  [[nodiscard]] int port() const override { return port_; }

  [[nodiscard]] ServerCounts counts() const override {
    const RequestCounters& counters = *core_->counters;
    ServerCounts counts{
        .connections = core_->connections, .requests_in_flight = counters.in_flight, .overloaded = counters.overloaded};
    std::copy(counters.answers.begin(), counters.answers.end(), counts.answers.begin());
    return counts;
  }

  void set_tls(std::shared_ptr<const ServerTls> tls) override {
    if (is_tls_ != (tls != nullptr)) throw base::ConfigError("a listener cannot change between TLS and plain HTTP");
    SslContext made = make_tls(tls);
    tls_.with([&](SslContext& current) { current.swap(made); });
  }

  void retire_connections() override { core_->retiring = true; }
  void stop(std::chrono::milliseconds grace) override;

 private:
  void listen(const ServerSettings& settings);
  void accept();
  void on_accept(const error_code& error, Socket socket, const std::shared_ptr<Worker>& worker);
  void start_thread(const std::shared_ptr<Worker>& worker);
  void wait_until_drained(std::chrono::milliseconds grace) const;
  // Runs `step` on the worker's thread and waits for it.
  template <typename Step>
  void run_on(const std::shared_ptr<Worker>& worker, Step step) {
    std::promise<void> done;
    asio::post(worker->context(), [&] {
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

  const std::shared_ptr<ServerCore> core_;
  base::Guarded<SslContext> tls_;
  const bool is_tls_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::unique_ptr<Acceptor> acceptor_;  // used on the first worker's thread once that runs
  std::size_t next_worker_ = 0;         // likewise
  int port_ = 0;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::jthread> threads_;
};

void BeastHttpServer::listen(const ServerSettings& settings) {
  const auto check = [&](const error_code& error) {
    if (!error) return;
    throw base::NetworkError("cannot listen on " + settings.address + " port " + std::to_string(settings.port) + ": " +
                             error.message());
  };
  error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  check(error);
  const asio::ip::tcp::endpoint endpoint(address, static_cast<unsigned short>(settings.port));
  acceptor_->open(endpoint.protocol(), error);
  check(error);
  acceptor_->set_option(Acceptor::reuse_address(true), error);
  check(error);
  acceptor_->bind(endpoint, error);
  check(error);
  acceptor_->listen(kBacklog, error);
  check(error);
  port_ = acceptor_->local_endpoint().port();
}

void BeastHttpServer::accept() {
  const std::shared_ptr<Worker>& worker = workers_[next_worker_++ % workers_.size()];
  acceptor_->async_accept(worker->context(), [this, worker](const error_code& error, Socket socket) {
    on_accept(error, std::move(socket), worker);
  });
}

void BeastHttpServer::on_accept(const error_code& error, Socket socket, const std::shared_ptr<Worker>& worker) {
  if (core_->stopping) return;
  if (error) {
    // Most likely out of file descriptors: wait for some to be freed instead of spinning.
    base::log(base::LogLevel::kWarning, "accept failed", {{"server", core_->name}, {"error", error.message()}});
    const auto timer = std::make_shared<asio::steady_timer>(workers_.front()->context(), kAcceptRetryDelay);
    timer->async_wait([this, timer](const error_code& cancelled) {
      if (!cancelled && !core_->stopping) accept();
    });
    return;
  }
  auto stream = is_tls_ ? make_tls_stream(std::move(socket), tls_.with(share)) : make_plain_stream(std::move(socket));
  asio::dispatch(worker->context(),
                 [worker, stream = std::move(stream)]() mutable { worker->adopt(std::move(stream)); });
  accept();
}

void BeastHttpServer::start_thread(const std::shared_ptr<Worker>& worker) {
  guards_.push_back(asio::make_work_guard(worker->context()));
  threads_.emplace_back([worker] { worker->context().run(); });
}

void BeastHttpServer::wait_until_drained(std::chrono::milliseconds grace) const {
  constexpr std::chrono::milliseconds kCheckInterval{5};
  const auto give_up_at = std::chrono::steady_clock::now() + grace;
  while (core_->connections > 0 && std::chrono::steady_clock::now() < give_up_at) {
    std::this_thread::sleep_for(kCheckInterval);
  }
}

void BeastHttpServer::stop(std::chrono::milliseconds grace) {
  if (threads_.empty()) return;
  core_->retiring = true;
  core_->stopping = true;
  run_on(workers_.front(), [this] {
    error_code ignored;
    acceptor_->close(ignored);
  });
  for (const std::shared_ptr<Worker>& worker : workers_) run_on(worker, [&] { worker->drain_all(); });
  wait_until_drained(grace);
  for (const std::shared_ptr<Worker>& worker : workers_) run_on(worker, [&] { worker->close_all(); });
  // Without its guard a loop ends when the last operation of the closed connections has come back as cancelled; it is
  // not stopped sooner, because a pending operation keeps its connection and with it the loop alive.
  guards_.clear();
  threads_.clear();
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(const ServerSettings& settings, Handler handler) {
  return std::make_unique<BeastHttpServer>(settings, std::move(handler));
}

}  // namespace net
