#include "operator/reconcilers/database_trial.h"

#include <set>
#include <tuple>

#include "base/error.h"
#include "base/log.h"
#include "operator/reconcilers/report_building.h"
#include "scanner/matching/matcher.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::size_t kDeniedMax = 20;
constexpr std::size_t kBecauseBytesMax = 256;

policy::Decision decide_on(const policy::RuleBook& book, const RunningWorkload& workload, base::SystemTime now) {
  return policy::decide(book, {.subject = workload.subject,
                               .images = workload.images,
                               .now = now,
                               .database_built_at = now,
                               .first_seen = workload.first_seen});
}

// The first reason, for a person.
std::string because_of(const policy::Decision& decision) {
  const policy::Reason& reason = decision.reasons.front();
  const bool of_a_rule = !reason.rule.empty();
  std::string text =
      reason.policy + ", " + (of_a_rule ? "rule " + reason.rule : std::string(policy::cause_name(reason.cause)));
  if (!reason.findings.empty()) {
    const policy::FindingFacts& worst = *reason.findings.front();
    text += ": " + worst.id + " in " + worst.package + " " + worst.installed;
  }
  return base::escape_text(text, kBecauseBytesMax);
}

// What the reports of the running images would say, each matched once.
class CandidateReports {
 public:
  CandidateReports(const kubernetes::Store<crds::ImageReport>& reports,
                   const std::shared_ptr<const scanner::advisories::Database>& candidate)
      : reports_(reports), generation_(candidate->info().generation), matcher_(candidate) {}

  [[nodiscard]] std::optional<PlatformResult> present(const crds::ScannedPlatform& platform) const {
    const auto report = reports_.get({.ns = {}, .name = platform.report});
    return report ? std::optional(platform_result(*report)) : std::nullopt;
  }
  [[nodiscard]] std::optional<PlatformResult> future(const crds::ScannedPlatform& platform) {
    const auto report = reports_.get({.ns = {}, .name = platform.report});
    if (!report) {
      return std::nullopt;
    }
    const scanner::Inventory inventory = inventory_of(report->spec);
    return matched_result(*report, inventory, {.generation = generation_, .result = matcher_.match(inventory)});
  }

 private:
  const kubernetes::Store<crds::ImageReport>& reports_;
  const std::uint64_t generation_;
  scanner::matching::Matcher matcher_;
};

}  // namespace

crds::DatabaseTrial try_database(const TrialGround& ground,
                                 const std::shared_ptr<const scanner::advisories::Database>& candidate,
                                 base::SystemTime now, const std::stop_token& stop) {
  CandidateReports reports(ground.reports, candidate);
  const auto unless_stopped = [&stop](auto&& result) {
    if (stop.stop_requested()) throw base::NetworkError("trying an advisory database: stopped");
    return std::forward<decltype(result)>(result);
  };
  JudgedImages present_images;
  JudgedImages future_images;
  const std::vector<RunningWorkload> present = running_workloads(
      ground.running, [&](const crds::ScannedPlatform& platform) { return unless_stopped(reports.present(platform)); },
      present_images);
  const std::vector<RunningWorkload> future = running_workloads(
      ground.running, [&](const crds::ScannedPlatform& platform) { return unless_stopped(reports.future(platform)); },
      future_images);
  const auto book = ground.running.judges.book();
  crds::DatabaseTrial trial{.generation = static_cast<std::int64_t>(candidate->info().generation),
                            .workloads = static_cast<std::int64_t>(future.size())};
  std::set<std::tuple<std::string, std::string, std::string>> denied_before;
  for (const RunningWorkload& workload : present) {
    if (decide_on(*book, workload, now).verdict == crds::Verdict::kDeny) {
      denied_before.insert({workload.subject.ns, workload.kind, workload.name});
    }
  }
  for (const RunningWorkload& workload : future) {
    const policy::Decision decision = decide_on(*book, workload, now);
    if (decision.verdict != crds::Verdict::kDeny ||
        denied_before.contains({workload.subject.ns, workload.kind, workload.name})) {
      continue;
    }
    ++trial.new_denials;
    if (trial.denied.size() < kDeniedMax) {
      trial.denied.push_back(
          {.ns = workload.subject.ns, .kind = workload.kind, .name = workload.name, .because = because_of(decision)});
    }
  }
  return trial;
}

bool exceeds(const crds::DatabaseTrial& trial, std::int64_t percent) {
  return trial.new_denials * 100 > percent * trial.workloads;
}

}  // namespace pratique_operator::reconcilers
