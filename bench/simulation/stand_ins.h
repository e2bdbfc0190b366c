// What answers in the place of registries and scanners: at once in real time, after what it costs in simulated time.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "bench/simulation/simulated_time.h"
#include "bench/simulation/software.h"
#include "kubernetes/event_recorder.h"
#include "operator/reconcilers/image_resolver.h"
#include "operator/reconcilers/scanner_client.h"

namespace bench::simulation {

struct StandInCosts {
  std::chrono::nanoseconds resolve{std::chrono::milliseconds(200)};
  std::chrono::nanoseconds confirm{std::chrono::milliseconds(100)};
  std::chrono::nanoseconds scan{std::chrono::seconds(2)};
};

// Images by digest, and which digest each tag means.
class MadeRegistries final : public pratique_operator::reconcilers::ImageResolver {
 public:
  MadeRegistries(SimulatedTime& time, StandInCosts costs) : time_(time), costs_(costs) {}

  // `tagged` is "registry-1.invalid:5000/team-1/app-1:2".
  void push(const std::string& tagged, const std::string& digest) { tags_[tagged] = digest; }
  // Of a reference with a tag or a digest. Throws base::HttpError (404).
  [[nodiscard]] std::string digest_of(const base::ImageReference& reference) const;

  [[nodiscard]] pratique_operator::reconcilers::ResolvedReference resolve(
      const pratique_operator::reconcilers::ResolveRequest& request, std::stop_token stop) override;
  [[nodiscard]] bool still_means(const pratique_operator::reconcilers::ResolveRequest& request,
                                 const base::Digest& digest, std::stop_token stop) override;
  void avoid(const base::ImageReference&) override {}

 private:
  SimulatedTime& time_;
  const StandInCosts costs_;
  std::map<std::string, std::string> tags_;
};

// Knows what every image holds.
class MadeScanners final : public pratique_operator::reconcilers::InventorySource {
 public:
  MadeScanners(SimulatedTime& time, const Software& software, StandInCosts costs)
      : time_(time), software_(software), costs_(costs) {}
  [[nodiscard]] scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                        std::stop_token stop) override;
  [[nodiscard]] std::size_t scans() const { return scans_; }

 private:
  SimulatedTime& time_;
  const Software& software_;
  const StandInCosts costs_;
  std::size_t scans_ = 0;
};

// Events are told to people, and best effort: nothing depends on them.
class UntoldEvents final : public kubernetes::EventSink {
 public:
  void record(kubernetes::Event) override {}
};

}  // namespace bench::simulation
