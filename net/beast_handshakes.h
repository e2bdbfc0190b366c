// The steps of TLS handshakes, one at a time, with everything else that is ready run between two of them. A handshake's
// signature takes as long as several decisions, and a storm of new connections must not be what the clients that are
// there already wait for. Private to the server's files; of one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <type_traits>
#include <utility>

namespace net {

class HandshakeSteps {
 public:
  explicit HandshakeSteps(boost::asio::io_context& context) : context_(context) {}

  template <typename Function>
  void push(Function&& function) {
    steps_.push_back(std::make_unique<StepOf<std::decay_t<Function>>>(std::forward<Function>(function)));
    if (!is_posted_) post();
  }
  // An executor (Networking TS) that a handshake's handler is bound to.
  class Executor {
   public:
    explicit Executor(HandshakeSteps& steps) : steps_(&steps) {}
    boost::asio::execution_context& context() const noexcept { return steps_->context_; }
    void on_work_started() const noexcept {}
    void on_work_finished() const noexcept {}
    template <typename Function, typename Allocator>
    void dispatch(Function&& function, const Allocator&) const {
      steps_->push(std::forward<Function>(function));
    }
    template <typename Function, typename Allocator>
    void post(Function&& function, const Allocator&) const {
      steps_->push(std::forward<Function>(function));
    }
    template <typename Function, typename Allocator>
    void defer(Function&& function, const Allocator&) const {
      steps_->push(std::forward<Function>(function));
    }
    friend bool operator==(const Executor& left, const Executor& right) noexcept { return left.steps_ == right.steps_; }
    friend bool operator!=(const Executor& left, const Executor& right) noexcept { return !(left == right); }

   private:
    HandshakeSteps* steps_;
  };
  [[nodiscard]] Executor executor() { return Executor(*this); }

 private:
  struct Step {
    virtual ~Step() = default;
    virtual void run() = 0;
  };
  template <typename Function>
  struct StepOf final : Step {
    explicit StepOf(Function of) : function(std::move(of)) {}
    void run() override { std::move(function)(); }
    Function function;
  };

  // To the end of the loop's queue, behind whatever is ready.
  void post() {
    is_posted_ = true;
    boost::asio::post(context_, [this] { run_one(); });
  }
  void run_one() {
    is_posted_ = false;
    if (steps_.empty()) return;
    const std::unique_ptr<Step> step = std::move(steps_.front());
    steps_.pop_front();
    if (!steps_.empty()) post();
    step->run();
  }

  boost::asio::io_context& context_;
  std::deque<std::unique_ptr<Step>> steps_;
  bool is_posted_ = false;
};

}  // namespace net
