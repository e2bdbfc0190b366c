// What registry events ask, made objects of the cluster. Runs on every replica.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/store.h"
#include "operator/push_events/scan_requests.h"
#include "operator/reconcilers/scan_index.h"
#include "operator/reconcilers/token_keys.h"

namespace pratique_operator::reconcilers {

// Thread-safe. Secrets of senders are read when they are first needed and again when older than kSecretAge.
//
// The ImageScan of a push is stored first, and alone decides whether the event is stored. What else an event asks is a
// courtesy: one ImageScan that cannot be patched, or a status that is refused, must not make the sender send it again.
class EventScanRequests final : public push_events::ScanRequests {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::ScanRegistry>& registries;
    const kubernetes::Store<crds::ImageScan>& scans;
    const ScanIndex& index;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    kubernetes::EventSink& events;
    std::string operator_namespace;  // where the senders' Secrets are
    // Takes an ImageScan that could not be asked to resolve again, to ask it later: ResolutionRequestReconciler's
    // queue.
    std::function<void(const kubernetes::ObjectKey& scan)> ask_later;
  };
  explicit EventScanRequests(Surroundings surroundings) : with_(std::move(surroundings)), token_keys_(with_.clock) {}

  [[nodiscard]] std::optional<push_events::EventSender> find_sender(const std::string& registry_name) override;
  void request(const push_events::EventSender& sender, const push_events::ImageEvent& event) override;

 private:
  struct CachedSecret {
    std::string value;
    base::SteadyTime read_at;
  };

  [[nodiscard]] std::string secret_of(const crds::ScanRegistry& registry);
  [[nodiscard]] std::optional<push_events::OverQuota> store(const kubernetes::ObjectKey& key,
                                                            const base::ImageReference& reference);
  [[nodiscard]] std::size_t ask(const std::vector<kubernetes::ObjectKey>& scans);
  void note_event(const std::string& registry_name);
  void write_event(const crds::ScanRegistry& registry);

  Surroundings with_;
  TokenKeys token_keys_;
  base::Guarded<std::map<std::string, CachedSecret>> secrets_;       // by "name/key"
  base::Guarded<std::map<std::string, base::SteadyTime>> noted_at_;  // by ScanRegistry: lastEvent was written
};

}  // namespace pratique_operator::reconcilers
