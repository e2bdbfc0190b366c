#include "cli/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admission/review_handler.h"
#include "base/error.h"
#include "base/log.h"
#include "policy/explanation.h"
#include "policy/message.h"

namespace cli {
namespace {

admission::Review review_of(const SubjectObject& subject, const Asker& asker) {
  admission::Review review;
  review.group = subject.kind->group;
  review.resource = subject.kind->resource;
  review.ns = subject.ns;
  review.user = asker.user;
  review.groups = asker.groups;
  review.operation = admission::Operation::kCreate;
  review.workload = subject.kind;
  review.object = policy::read_workload(*subject.kind, subject.object);
  return review;
}

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += "  " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A denial counts more than an answer that waits, and that more than an admission.
ExitCode exit_code_of(const policy::Decision& decision) {
  if (decision.wait) return ExitCode::kIncomplete;
  return decision.verdict == crds::Verdict::kDeny ? ExitCode::kSeverityReached : ExitCode::kClean;
}

ExitCode worse(ExitCode left, ExitCode right) {
  const auto rank = [](ExitCode code) {
    return code == ExitCode::kSeverityReached ? 2 : code == ExitCode::kIncomplete ? 1 : 0;
  };
  return rank(left) < rank(right) ? right : left;
}

}  // namespace

ExitCode tell_judgements(const ClusterObjects& objects, const Asker& asker, base::SystemTime now,
                         const Console& console) {
  if (objects.subjects().empty()) {
    throw base::ConfigError("there is nothing to judge: name a file with a Pod or another workload");
  }
  const auto view = objects.view(now);
  ExitCode worst = ExitCode::kClean;
  for (const SubjectObject& subject : objects.subjects()) {
    const admission::Consideration considered = admission::consider(review_of(subject, asker), *view, now);
    fmt::print(console.out, "{} in namespace {}: {}", base::escape_text(subject.title), base::escape_text(subject.ns),
               policy::explain(*considered.rules, considered.question, considered.decision));
    const std::string message = policy::denial_message(considered.decision, considered.question);
    if (!message.empty()) fmt::print(console.out, "message:\n{}", indented(message));
    for (const std::string& line : policy::warnings(considered.decision, considered.question)) {
      fmt::print(console.out, "warning: {}\n", line);
    }
    worst = worse(worst, exit_code_of(considered.decision));
  }
  return worst;
}

}  // namespace cli
