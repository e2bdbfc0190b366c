// Registries that have answered 429, and until when nothing is asked of them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "net/metrics.h"
#include "registry/request_gate.h"

namespace pratique_operator::reconcilers {

// A request that was not sent, because the registry is left alone: it says nothing of what was asked for.
class LeftAlone final : public base::HttpError {
 public:
  using HttpError::HttpError;
};

// One 429 holds all work for its registry, whoever was answered it: until the time that Retry-After names, else for
// half a minute, twice as long each time that it comes again, and never longer than five minutes. Then one request goes
// ahead, the probe; its answer lets the others go, or begins another pause. A probe that gets no answer makes way for
// the next after half a minute. Thread-safe.
class RegistryPauses final : public registry::RequestGate {
 public:
  // Borrows clock and metrics. `on_change` is told of each registry whose pause begins, grows or ends; it is called on
  // the thread of the request that showed it, with no lock held.
  using OnChange = std::function<void(const std::string& host)>;
  RegistryPauses(const base::Clock& clock, net::Metrics& metrics, OnChange on_change);

  // Throws LeftAlone.
  void enter(const std::string& host) override;
  void answered(const std::string& host, int status, std::optional<std::chrono::seconds> retry_after) override;

  // How long `who` leaves this registry alone from now on; nullopt: it may be asked. Each who gets a time of its own
  // behind the end of the pause, so that not all come at once.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait_of(const std::string& host, std::string_view who) const;

  // When the pause ends; nullopt: there is none, or it is over.
  [[nodiscard]] std::optional<base::SystemTime> until(const std::string& host) const;

 private:
  struct Pause {
    base::SteadyTime until;
    base::SystemTime shown;                 // `until` for people
    int in_a_row = 1;                       // pauses without an end in between, or soon after one
    std::optional<base::SteadyTime> probe;  // until when one is waited for
    bool over = false;                      // something else than a 429 has come back
  };
  using Pauses = std::map<std::string, Pause>;

  // How long nothing may be sent; nullopt: it may.
  [[nodiscard]] static std::optional<base::SteadyTime::duration> rest_of(const Pauses& pauses, const std::string& host,
                                                                         base::SteadyTime now);
  void begin(Pauses& pauses, const std::string& host, std::optional<std::chrono::seconds> retry_after) const;
  void changed(const std::string& host);

  const base::Clock& clock_;
  net::Metrics& metrics_;
  OnChange on_change_;
  base::Guarded<Pauses> pauses_;  // by host
};

}  // namespace pratique_operator::reconcilers
