#include "policy/message.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"

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

// Versions by their numbers and words, good enough to name the highest of a few fixes of one package.
bool version_less(std::string_view left, std::string_view right) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!left.empty() && !right.empty()) {
    if (is_digit(left.front()) && is_digit(right.front())) {
      const auto number = [&](std::string_view& text) {
        std::size_t length = 0;
        while (length < text.size() && is_digit(text[length])) ++length;
        std::string_view digits = text.substr(0, length);
        text.remove_prefix(length);
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        return digits;
      };
      const std::string_view first = number(left);
      const std::string_view second = number(right);
      if (first.size() != second.size()) return first.size() < second.size();
      if (first != second) return first < second;
    } else {
      if (left.front() != right.front()) return left.front() < right.front();
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  return left.size() < right.size();
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

// "upgrade log4j-core to 2.17.1 and requests to 2.20.0 to pass": only where upgrades alone would do.
std::string upgrade_advice(const Reason& reason) {
  constexpr std::size_t kUpgradesShown = 5;
  std::map<std::string, std::string> highest;
  for (const FindingFacts* finding : reason.findings) {
    if (finding->fixed.empty()) return {};
    std::string& fixed = highest[finding->package];
    if (fixed.empty() || version_less(fixed, finding->fixed)) fixed = finding->fixed;
  }
  std::vector<std::string> upgrades;
  for (const auto& [package, fixed] : highest) {
    if (upgrades.size() == kUpgradesShown) {
      upgrades.push_back(std::to_string(highest.size() - kUpgradesShown) + " more packages");
      break;
    }
    upgrades.push_back(shown(package) + " to " + shown(fixed));
  }
  return "upgrade " + joined(upgrades) + " to pass. ";
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
  return text + upgrade_advice(reason) + "details: kubectl get findings -n " + subject.ns +
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
  static const ImageFacts kNoImage;
  const ImageFacts& image = reason.image < question.images.size() ? question.images[reason.image] : kNoImage;
  const std::string detail = escape_text(reason.detail, 512);
  switch (reason.cause) {
    case Cause::kFindings:
      return findings_text(reason, image, question.subject);
    case Cause::kUnscanned:
      return unscanned_text(reason, image, question.subject);
    case Cause::kIncomplete:
      return image_title(image) + " could not be looked at wholly (" + detail + ") and " + reason.policy + " " +
             verb(reason.verdict) + " incomplete scans. details: kubectl describe imagescan -n " + question.subject.ns +
             " " + image.image_scan;
    case Cause::kNoDigest:
      return image_title(image) + " is not named by digest, which " + reason.policy + " requires" +
             (image.digest.empty() ? std::string()
                                   : ": use " + escape_text(image.reference->name(), 512) + "@" + image.digest);
    case Cause::kInvalidReference:
      return image_title(image) + (image.place.empty() ? std::string() : " of " + image.place) +
             " is not an image reference: " + detail + "; " + reason.policy + " " + verb(reason.verdict) + " it";
    case Cause::kUnreadablePolicy:
      return reason.policy + " cannot be read (" + detail + "), so that nothing it may be about is admitted";
    case Cause::kBreakGlass:
      return reason.policy + " " + verb(reason.verdict) + " this: " + detail;
  }
  return detail;
}

std::string with_policy_message(std::string text, const Reason& reason) {
  if (!reason.message.empty()) text += "\n" + escape_text(reason.message, 1024);
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
    message += with_policy_message(reason_text(reason, question), reason);
  }
  if (denied > kImagesShown) message += "\nand " + std::to_string(denied - kImagesShown) + " more images";
  if (message.size() > kMessageBytesMax) {
    message.resize(kMessageBytesMax - 3);
    message += "...";
  }
  return message;
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
    lines.push_back(escape_text(line, kWarningBytesMax));
  }
  return lines;
}

}  // namespace policy
