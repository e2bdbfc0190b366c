#include "policy/explanation.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/log.h"
#include "policy/image_judgement.h"
#include "policy/lenience.h"
#include "policy/message.h"

namespace policy {
namespace {

using base::escape_text;
using crds::Verdict;

constexpr std::size_t kFindingsShown = 50;  // of one list

// How one rule of one policy, about one image, passes over its findings.
struct Judge {
  const Case& at;
  const Rule& rule;
  const Lenience& lenience;

  [[nodiscard]] PassedFinding passed(const FindingFacts& finding, PassedBecause because) const {
    return {.image = at.image_index,
            .finding = &finding,
            .policy = at.policy.title,
            .rule = rule.spec.name,
            .because = because,
            .exception = {},
            .ends = {}};
  }

  [[nodiscard]] std::optional<PassedFinding> ask(const ManifestFacts& manifest, const FindingFacts& finding) const {
    if (!rule_hits(rule, finding)) return std::nullopt;
    if (const crds::FindingException* exception = exception_of(at, manifest, finding)) {
      PassedFinding by_exception = passed(finding, PassedBecause::kException);
      by_exception.exception = exception->title();
      by_exception.ends = end_of(*exception, at.policy.exception_terms);
      return by_exception;
    }
    if (const auto end = lenience.in_grace_until(rule, finding))
      return passed_until(finding, PassedBecause::kGrace, *end);
    if (lenience.runs_already(finding)) return passed(finding, PassedBecause::kRatchet);
    if (const auto end = lenience.runs_on_until(finding)) {
      return passed_until(finding, PassedBecause::kContinuity, *end);
    }
    return std::nullopt;
  }

  [[nodiscard]] PassedFinding passed_until(const FindingFacts& finding, PassedBecause because,
                                           base::SystemTime end) const {
    PassedFinding one = passed(finding, because);
    one.ends = end;
    return one;
  }
};

void add_passed(const Case& at, std::vector<PassedFinding>& all) {
  if (!applies_to(at.policy, at.image())) return;
  const Lenience lenience(at.policy, at.image(), at.question);
  for (const Rule& rule : at.policy.rules) {
    const Judge judge{at, rule, lenience};
    for (const ManifestFacts* manifest : at.image().manifests) {
      for (const FindingFacts* finding : manifest->findings) {
        if (std::optional<PassedFinding> passed = judge.ask(*manifest, *finding)) all.push_back(*std::move(passed));
      }
    }
  }
}

std::string shown(std::string_view text) {
  return escape_text(text, 160);
}

std::string title_of(const Reason& reason) {
  return reason.policy + (reason.rule.empty() ? "" : " rule \"" + reason.rule + "\"");
}

std::string image_of(const Question& question, std::size_t index) {
  return index < question.images.size() ? escape_text(question.images[index].written, 512) : "";
}

bool may_tell(const Question& question, std::size_t image) {
  return image < question.images.size() && question.images[image].proof == Proof::kProved;
}

std::string finding_text(const FindingFacts& finding) {
  return std::string(crds::severity_name(finding.severity)) + " " + shown(finding.id) + " " + shown(finding.package) +
         " " + shown(finding.installed) + (finding.fixed.empty() ? "" : ", fixed in " + shown(finding.fixed));
}

std::string reason_lines(const Reason& reason, const Question& question) {
  std::string text = "  " + title_of(reason) + ": " + std::string(cause_name(reason.cause));
  if (const std::string image = image_of(question, reason.image); !image.empty()) text += " of " + image;
  if (!reason.detail.empty()) text += ": " + escape_text(reason.detail, 512);
  if (!reason.broken_glass.empty()) text += " (break-glass: " + shown(reason.broken_glass) + ")";
  text += "\n";
  if (!may_tell(question, reason.image)) return text;
  for (std::size_t i = 0; i < std::min(reason.findings.size(), kFindingsShown); ++i) {
    text += "    " + finding_text(*reason.findings[i]) + "\n";
  }
  if (reason.findings.size() > kFindingsShown) {
    text += "    and " + std::to_string(reason.findings.size() - kFindingsShown) + " more\n";
  }
  return text;
}

template <typename Holds>
std::string section(const std::string& heading, const std::vector<Reason>& reasons, const Question& question,
                    const Holds& holds) {
  std::string lines;
  for (const Reason& reason : reasons) {
    if (holds(reason)) lines += reason_lines(reason, question);
  }
  return lines.empty() ? "" : heading + ":\n" + lines;
}

std::string why_passed(const PassedFinding& passed) {
  const std::string until = passed.ends ? " until " + base::format_rfc3339(*passed.ends) : "";
  if (passed.because == PassedBecause::kException) return "excepted by " + passed.exception + until;
  if (passed.because == PassedBecause::kGrace) return "in grace" + until;
  if (passed.because == PassedBecause::kRatchet) return "what runs now has it too";
  return "newer than the run of this digest, which may go on" + until;
}

std::string passed_section(const std::vector<PassedFinding>& passed, const Question& question) {
  std::string lines;
  std::size_t count = 0;
  for (const PassedFinding& one : passed) {
    if (!may_tell(question, one.image)) continue;
    if (++count > kFindingsShown) continue;
    lines +=
        "  " + one.policy + " rule \"" + one.rule + "\": " + finding_text(*one.finding) + ": " + why_passed(one) + "\n";
  }
  if (count > kFindingsShown) lines += "  and " + std::to_string(count - kFindingsShown) + " more\n";
  return lines.empty() ? "" : "findings that do not count:\n" + lines;
}

std::string heading(const Decision& decision) {
  if (decision.verdict == Verdict::kDeny) return "denied\n";
  if (decision.verdict == Verdict::kWarn) return "admitted with warnings\n";
  return decision.policies.empty() ? "admitted: no policy is about it\n" : "admitted\n";
}

std::string wait_line(const Decision& decision, const Question& question) {
  if (!decision.wait) return {};
  std::string images;
  for (const std::size_t index : decision.wait->images) images += " " + image_of(question, index);
  return "the answer waits up to " + std::to_string(decision.wait->at_most.count()) + " s for a scan of" + images +
         ", and is this one when none comes\n";
}

std::string policies_line(const RuleBook& book, const Decision& decision, const Question& question) {
  std::map<std::string, std::int64_t> generations;
  for (const Policy& policy : book.policies) generations.emplace(policy.title, policy.generation);
  std::string names;
  for (const std::string& title : decision.policies) {
    names += (names.empty() ? "" : ", ") + title;
    if (generations[title] > 0) names += " generation " + std::to_string(generations[title]);
  }
  if (names.empty()) return {};
  if (question.database_generation) {
    names += "; database generation " + std::to_string(*question.database_generation);
  }
  return "judged by " + names + "\n";
}

}  // namespace

std::vector<PassedFinding> passed_findings(const RuleBook& book, const Question& question) {
  std::vector<PassedFinding> all;
  for (const Policy& policy : book.policies) {
    if (!applies_to(policy, question.subject)) continue;
    for (std::size_t image = 0; image < question.images.size(); ++image) {
      add_passed({book, question, policy, image}, all);
    }
  }
  const auto key = [](const PassedFinding& one) {
    return std::tie(one.image, one.policy, one.rule, one.finding->id, one.finding->package);
  };
  std::sort(all.begin(), all.end(), [&](const auto& left, const auto& right) { return key(left) < key(right); });
  return all;
}

std::string explain(const RuleBook& book, const Question& question, const Decision& decision) {
  const auto says = [](Verdict verdict) {
    return [verdict](const Reason& reason) { return reason.verdict == verdict; };
  };
  return heading(decision) + wait_line(decision, question) +
         section("denies", decision.reasons, question, says(Verdict::kDeny)) +
         section("warns", decision.reasons, question, says(Verdict::kWarn)) +
         section("would deny or warn, but for the mode", decision.audited, question, says(Verdict::kAllow)) +
         passed_section(passed_findings(book, question), question) + policies_line(book, decision, question);
}

}  // namespace policy
