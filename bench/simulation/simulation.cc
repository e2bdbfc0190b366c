#include "bench/simulation/simulation.h"

#include <fmt/format.h>

#include <memory>

#include "bench/simulation/checks.h"
#include "bench/simulation/operator_process.h"

namespace bench::simulation {
namespace {

using nlohmann::json;

// 2027-01-01T00:00:00Z
constexpr base::SystemTime kStart{std::chrono::seconds(1'798'761'600)};
constexpr std::chrono::hours kDay{24};
// After the last push everything that is kept for a while goes: ImageScans of events after three days and an hour,
// their reports a day later, and the rows, which are fixed by then, in one more.
constexpr int kDaysToSettle = 6;
constexpr int kDaysBetweenChecks = 30;
// A tag that a workload names is resolved every five minutes, and the status says when.
constexpr std::uint64_t kResolutionsOfADay = 24 * 60 / 5;

// One run. Members in the order in which they need each other; the processes end first.
class Run {
 public:
  Run(const Plan& plan, const std::filesystem::path& folder)
      : plan_(plan),
        feed_(folder),
        software_(plan.seed),
        world_(plan, {.time = time_,
                      .api = *api_,
                      .software = software_,
                      .feed = feed_,
                      .registries = registries_,
                      .tally = tally_}) {
    api_->on_write([this](const auto& type, const char* verb) { tally_.note_request(type, verb); });
    world_.install();
    operator_ = std::make_unique<OperatorProcess>(OperatorProcess::Surroundings{
        .time = time_, .api = api_, .feed = feed_, .registries = registries_, .scanners = scanners_});
    api_->on_change([this](const ApiChange& change) { tally_.note_change(change); });
    time_.on_advance([this](auto from, auto to) { tally_.note_depth(operator_->depth(), to - from); });
    time_.add_process([this](const std::stop_token& stop) { world_.run(operator_->events(), stop); });
  }
  ~Run() { time_.end(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Outcome run(const std::function<void(const json& day)>& on_day) {
    const int days = plan_.days + kDaysToSettle;
    for (int day = 0; day < days; ++day) {
      pass(day, on_day);
      const bool is_busy = day < plan_.days;
      if (is_busy && day % kDaysBetweenChecks == kDaysBetweenChecks - 1) complain(wrong_findings(checked()), day);
    }
    complain(wrong_findings(checked()), days);
    complain(orphans(checked()), days);
    complain(waiting(), days);
    return conclude(pass(days, on_day));
  }

 private:
  // Requests to write of the day.
  std::uint64_t pass(int day, const std::function<void(const json& day)>& on_day) {
    time_.wait_until(start_ + (day + 1) * kDay);
    const std::uint64_t writes = tally_.writes();
    writes_ += writes;
    json line = tally_.end_day(day);
    line["looks"] = json::object();
    for (const auto& [controller, looks] : operator_->looks()) {
      line["looks"][controller] = looks - std::exchange(looks_before_[controller], looks);
    }
    on_day(line);
    return writes;
  }

  [[nodiscard]] Checked checked() const {
    return {.api = *api_, .software = software_, .world = world_, .now = time_.system_now()};
  }

  [[nodiscard]] std::vector<std::string> waiting() {
    std::vector<std::string> all;
    if (operator_->depth() > Plan::kFollowedTags) all.push_back(fmt::format("{} keys wait", operator_->depth()));
    if (tally_.images_awaited() > 0) all.push_back(fmt::format("{} images never came right", tally_.images_awaited()));
    if (tally_.verdicts_awaited() > 0) {
      all.push_back(fmt::format("{} reports were never matched again", tally_.verdicts_awaited()));
    }
    return all;
  }

  void complain(const std::vector<std::string>& what, int day) {
    for (const std::string& one : what) broken_.push_back(fmt::format("day {}: {}", day, one));
  }

  // `quiet_writes` are those of a day on which nothing new has come.
  Outcome conclude(std::uint64_t quiet_writes) {
    const std::uint64_t followed = Plan::kFollowedTags * kResolutionsOfADay;
    if (quiet_writes > followed + followed / 10) {
      broken_.push_back(fmt::format("{} writes on a day with nothing new, and {} tags are resolved every five minutes",
                                    quiet_writes, Plan::kFollowedTags));
    }
    return {.summary = {{"images", plan_.images},
                        {"days", plan_.days},
                        {"seed", plan_.seed},
                        {"writes", writes_},
                        {"quiet_writes", quiet_writes},
                        {"followed_tags", Plan::kFollowedTags},
                        {"scans", scanners_.scans()},
                        {"failures", operator_->failures()},
                        {"image_seconds", tally_.all_images().json()},
                        {"verdict_seconds", tally_.all_verdicts().json()}},
            .broken = std::move(broken_)};
  }

  const Plan plan_;
  SimulatedTime time_{kStart};
  const base::SteadyTime start_ = time_.steady_now();
  std::shared_ptr<SimulatedApi> api_ = std::make_shared<SimulatedApi>(time_, ApiCosts{});
  Tally tally_{time_, *api_};
  AdvisoryFeed feed_;
  Software software_;
  MadeRegistries registries_{time_, StandInCosts{}};
  MadeScanners scanners_{time_, software_, StandInCosts{}};
  World world_;
  std::unique_ptr<OperatorProcess> operator_;
  std::map<std::string, std::uint64_t> looks_before_;
  std::uint64_t writes_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace

Outcome simulate(const Plan& plan, const std::filesystem::path& folder,
                 const std::function<void(const json& day)>& on_day) {
  return Run(plan, folder).run(on_day);
}

}  // namespace bench::simulation
