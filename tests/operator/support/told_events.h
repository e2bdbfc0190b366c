// An event sink that remembers, for tests of what is told and what is not.
#pragma once

#include <string>
#include <vector>

#include "base/guarded.h"
#include "kubernetes/event_recorder.h"

namespace tests {

// Thread-safe.
class ToldEvents final : public kubernetes::EventSink {
 public:
  void record(kubernetes::Event event) override {
    events_.with([&](auto& events) { events.push_back(std::move(event)); });
  }
  [[nodiscard]] std::vector<kubernetes::Event> all() const {
    return events_.with([](const auto& events) { return events; });
  }
  // "Warning ScanFailed on shop/web", in order.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const kubernetes::Event& event : all()) {
      const char* severity = event.severity == kubernetes::EventSeverity::kWarning ? "Warning " : "Normal ";
      lines.push_back(severity + event.reason + " on " + event.regarding.text());
    }
    return lines;
  }
  void forget() {
    events_.with([](auto& events) { events.clear(); });
  }

 private:
  base::Guarded<std::vector<kubernetes::Event>> events_;
};

}  // namespace tests
