// How many images of one registry are scanned at a time, where its ScanRegistry bounds that.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/guarded.h"

namespace pratique_operator::reconcilers {

// Thread-safe.
class HostTurns {
 public:
  // A place among those of a host; given back at the end. Borrows the turns.
  class Turn {
   public:
    Turn(HostTurns& turns, std::string host) : turns_(&turns), host_(std::move(host)) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), host_(std::move(other.host_)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(turns_, other.turns_);
      std::swap(host_, other.host_);
      return *this;
    }
    ~Turn() {
      if (turns_ != nullptr) {
        turns_->give_back(host_);
      }
    }

   private:
    HostTurns* turns_;  // null: moved away
    std::string host_;
  };

  // nullopt: `most` are taken. 0: there is no bound.
  [[nodiscard]] std::optional<Turn> take(const std::string& host, std::size_t most) {
    const bool taken = taken_.with([&](auto& taken_by_host) {
      std::size_t& count = taken_by_host[host];
      if (most != 0 && count >= most) {
        return false;
      }
      ++count;
      return true;
    });
    return taken ? std::optional<Turn>(std::in_place, *this, host) : std::nullopt;
  }

 private:
  void give_back(const std::string& host) {
    taken_.with([&](auto& taken_by_host) {
      const auto found = taken_by_host.find(host);
      if (--found->second == 0) {
        taken_by_host.erase(found);
      }
    });
  }

  base::Guarded<std::map<std::string, std::size_t>> taken_;
};

}  // namespace pratique_operator::reconcilers
