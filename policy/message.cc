#include "policy/message.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "policy/upgrade_advice.h"

namespace policy {
namespace {

using base::escape_text;
using crds::Verdict;

constexpr std::size_t kFindingsShown = 10;
constexpr std::size_t kImagesShown = 5;
constexpr std::size_t kWordBytesMax = 160;

std::string shown(std::string_view text) {
  return escape_text(text, kWordBytesMax);
}

std::string image_title(const ImageFacts& image) {
  constexpr std::size_t kDigestShown = 19;  // "sha256:" and 12 digits
  std::string title = "image " + escape_text(image.written, 512);
  if (!image.digest.empty()) title += " (" + image.digest.substr(0, kDigestShown) + ")";
  return title;
}

std::string verb(Verdict verdict) {
  return verdict == Verdict::kDeny ? "denies" : "warns about";
}

std::string rule_title(const Reason& reason) {
  return reason.policy + " rule \"" + reason.rule + "\"";
}

std::string padded(std::string text) {
  constexpr std::size_t kWidth = 9;  // "Critical "
  text.resize(std::max(text.size(), kWidth), ' ');
  return text;
}

std::string finding_line(const FindingFacts& finding) {
  std::string line = "  " + padded(std::string(crds::severity_name(finding.severity))) + shown(finding.id) + " " +
                     shown(finding.package) + " " + shown(finding.installed);
  line += finding.fixed.empty() ? ", no fix known" : ", fixed in " + shown(finding.fixed);
  if (finding.exploited) line += " (known to be exploited)";
  return line;
}

std::string findings_text(const Reason& reason, const ImageFacts& image, const Subject& subject) {
  const std::size_t count = reason.findings.size();
  if (image.proof == Proof::kUnproved) {
    return image_title(image) + " is one that " + rule_title(reason) + " " + verb(reason.verdict) +
           ". Its findings are not listed: namespace " + subject.ns +
           " has not shown yet that it may pull it. details, once it is scanned: kubectl get imagescan -n " +
           subject.ns + " " + image.image_scan;
  }
  std::string text = image_title(image) + " has " + std::to_string(count) + " unresolved finding" +
                     (count == 1 ? "" : "s") + " that " + rule_title(reason) + " " + verb(reason.verdict) + ":\n";
  for (std::size_t i = 0; i < std::min(count, kFindingsShown); ++i) text += finding_line(*reason.findings[i]) + "\n";
  if (count > kFindingsShown) text += "  and " + std::to_string(count - kFindingsShown) + " more\n";
  return text + upgrade_advice(reason.findings) + "details: kubectl get findings -n " + subject.ns +
         "; exceptions: docs/crds/finding_exception.md";
}

std::string unscanned_text(const Reason& reason, const ImageFacts& image, const Subject& subject) {
  std::string text = image_title(image) + " has no scan that counts: " + escape_text(reason.detail, 512) + ". " +
                     reason.policy + " " + verb(reason.verdict) + " unscanned images.";
  if (!image.image_scan.empty()) {
    text += " A scan has been asked for; when it is done, try again: kubectl wait -n " + subject.ns + " imagescan/" +
            image.image_scan + " --for=condition=Scanned";
  }
  return text;
}

std::string reason_text(const Reason& reason, const Question& question) {
  const std::string detail = escape_text(reason.detail, 512);
  const std::string policy_does = reason.policy + " " + verb(reason.verdict);
  if (reason.cause == Cause::kBreakGlass) return policy_does + " this: " + detail;
  if (reason.cause == Cause::kUnreadablePolicy) {
    return reason.policy + " cannot be read (" + detail + "), so that nothing it may be about is admitted";
  }
  const ImageFacts& image = question.images[reason.image];
  if (reason.cause == Cause::kFindings) return findings_text(reason, image, question.subject);
  if (reason.cause == Cause::kUnscanned) return unscanned_text(reason, image, question.subject);
  if (reason.cause == Cause::kIncomplete) {
    return image_title(image) + " could not be looked at wholly (" + detail + ") and " + policy_does +
           " incomplete scans. details: kubectl describe imagescan -n " + question.subject.ns + " " + image.image_scan;
  }
  if (reason.cause == Cause::kCoverage) {
    return image_title(image) + " has programs of which no advisory speaks: " + detail + "; " + policy_does +
           " that. Which they are: pratique scan, or the inventory of its ImageReport";
  }
  if (reason.cause == Cause::kNoDigest) {
    return image_title(image) + " is not named by digest, which " + reason.policy + " requires" +
           (image.digest.empty() ? std::string()
                                 : ": use " + escape_text(image.reference->name(), 512) + "@" + image.digest);
  }
  return image_title(image) + (image.place.empty() ? std::string() : " of " + image.place) +
         " is not an image reference: " + detail + "; " + policy_does + " it";
}

// The policy's own words, with {policy}, {rule}, {image}, {namespace} and {count} filled in; nothing else is read in
// them.
std::string own_words(const Reason& reason, const Question& question) {
  const std::string image = reason.image < question.images.size() ? question.images[reason.image].written : "";
  const std::array<std::pair<std::string_view, std::string>, 5> values{
      {{"{policy}", reason.policy},
       {"{rule}", reason.rule},
       {"{image}", image},
       {"{namespace}", question.subject.ns},
       {"{count}", std::to_string(reason.findings.size())}}};
  std::string text;
  for (std::string_view rest = reason.message; !rest.empty();) {
    const auto* const found =
        std::find_if(values.begin(), values.end(), [&](const auto& value) { return rest.starts_with(value.first); });
    text += found == values.end() ? std::string(rest.substr(0, 1)) : found->second;
    rest.remove_prefix(found == values.end() ? 1 : found->first.size());
  }
  constexpr std::size_t kOwnWordsBytesMax = 1536;
  return escape_text(text, kOwnWordsBytesMax);
}

std::string with_own_words(std::string text, const Reason& reason, const Question& question) {
  if (!reason.message.empty()) text += "\n" + own_words(reason, question);
  return text;
}

// "decision 3f2a9c1b5e6d: ClusterScanPolicy/default generation 3, database generation 17": what somebody needs to
// find the decision in the log and to repeat it.
std::string receipt(const Decision& decision, const Question& question) {
  std::map<std::string, std::int64_t> generations;
  for (const Reason& reason : decision.reasons) {
    if (reason.verdict == Verdict::kDeny && reason.policy_generation > 0) {
      generations.emplace(reason.policy, reason.policy_generation);
    }
  }
  constexpr std::size_t kPoliciesShown = 4;
  std::vector<std::string> parts;
  for (const auto& [policy, generation] : generations) {
    if (parts.size() < kPoliciesShown) parts.push_back(policy + " generation " + std::to_string(generation));
  }
  if (question.database_generation) {
    parts.push_back("database generation " + std::to_string(*question.database_generation));
  }
  std::string text = question.id.empty() ? "" : "decision " + question.id;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i > 0 ? ", " : text.empty() ? "judged by " : ": ";
    text += parts[i];
  }
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string denial_message(const Decision& decision, const Question& question) {
  std::string message;
  std::set<std::size_t> told;
  std::size_t denied = 0;
  for (const Reason& reason : decision.reasons) {
    if (reason.verdict != Verdict::kDeny || told.contains(reason.image)) continue;
    told.insert(reason.image);
    if (++denied > kImagesShown) continue;
    if (!message.empty()) message += "\n";
    message += with_own_words(reason_text(reason, question), reason, question);
  }
  if (denied > kImagesShown) message += "\nand " + std::to_string(denied - kImagesShown) + " more images";
  if (denied == 0) return message;
  const std::string last_line = receipt(decision, question);
  const std::size_t room = kMessageBytesMax - (last_line.empty() ? 0 : last_line.size() + 1);
  if (message.size() > room) {
    message.resize(room - 3);
    message += "...";
  }
  return last_line.empty() ? message : message + "\n" + last_line;
}

std::vector<std::string> warnings(const Decision& decision, const Question& question) {
  constexpr std::size_t kWarningsMax = 16;
  std::vector<std::string> lines;
  for (const Reason& reason : decision.reasons) {
    if (reason.verdict != Verdict::kWarn || lines.size() == kWarningsMax) continue;
    std::string line;
    if (reason.cause == Cause::kFindings && question.images[reason.image].proof == Proof::kProved) {
      line = rule_title(reason) + " warns: " + image_title(question.images[reason.image]) + " has " +
             std::to_string(reason.findings.size()) + " unresolved findings, first " +
             shown(reason.findings.front()->id) + " in " + shown(reason.findings.front()->package);
    } else {
      line = first_line(reason_text(reason, question));
    }
    if (!reason.broken_glass.empty()) line = "break-glass (" + shown(reason.broken_glass) + "): " + line;
    lines.push_back(escape_text(line, kWarningBytesMax));
  }
  return lines;
}

}  // namespace policy
