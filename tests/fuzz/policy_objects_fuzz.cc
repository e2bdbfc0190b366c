// Policies and exceptions as the watch brings them: what is read is written back the same, and decides without trouble.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
#include "policy/audit_annotations.h"
#include "policy/explanation.h"
#include "policy/message.h"

namespace {

template <typename T>
std::optional<T> read(const nlohmann::json& object) {
  try {
    return object.get<T>();
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

template <typename T>
void check_round_trip(const T& value) {
  CHECK(nlohmann::json(value).get<T>() == value);
}

// A pod with one finding, of an image and namespace that selectors and globs may hit, under an owner that runs the
// same.
struct Pod {
  policy::FindingFacts finding;
  policy::ManifestFacts manifest;
  policy::Question question;

  Pod() {
    finding.id = "CVE-1";
    finding.aliases = {"GHSA-1"};
    finding.package = "p";
    finding.purls = {"pkg:npm/p@1"};
    finding.epss = 0.5;
    finding.published = base::SystemTime{};
    manifest = {.digest = "sha256:m",
                .platform = "linux/amd64",
                .complete = true,
                .incomplete_because = {},
                .database_generation = 1,
                .findings = {&finding}};
    policy::ImageFacts image;
    image.written = "web:1";
    image.reference = base::parse_image_reference("web:1");
    image.digest = "sha256:d";
    image.manifests = {&manifest};
    image.places = {{.container = "c", .runs_now = {&manifest}}};
    image.ran_since = base::SystemTime{};
    question.images = {image};
    question.subject = {.ns = "a", .namespace_labels = crds::Labels{{"a", "b"}}, .labels = {{"a", "b"}}};
    question.subject.annotations = {{"a", "b"}};
    question.now = base::SystemTime{} + std::chrono::hours(24 * 365 * 50);
    question.database_built_at = question.now - std::chrono::hours(1);
    question.first_seen = [now = question.now](const policy::FindingFacts&) { return now - std::chrono::hours(1); };
    question.id = "705ab4f5-6393";
  }
};

constexpr std::size_t kAnnotationBytesMax = 2048;

// Whatever is decided can be told, within its bounds, and waits for no longer than a policy may say.
void check_telling(const policy::RuleBook& book, const policy::Question& question, const policy::Decision& decision) {
  CHECK(policy::denial_message(decision, question).size() <= policy::kMessageBytesMax);
  for (const std::string& line : policy::warnings(decision, question)) CHECK(line.size() <= policy::kWarningBytesMax);
  for (const auto& [key, text] : policy::audit_annotations(decision, question)) {
    CHECK(text.size() <= kAnnotationBytesMax);
  }
  CHECK(!policy::explain(book, question, decision).empty());
}

// Nobody who is in no group sets the annotation of break-glass, and who may not is never let in by it.
void check_stranger(const policy::RuleBook& book, policy::Question question, const policy::Decision& replayed) {
  question.request = policy::Request{.user = "stranger", .groups = {}, .annotations_before = {}};
  const policy::Decision asked = policy::decide(book, question);
  CHECK(asked.verdict >= replayed.verdict);
  CHECK(replayed.broken_glass.empty() || asked.verdict == crds::Verdict::kDeny);
}

void check_decisions(const std::optional<crds::ScanPolicy>& policy,
                     const std::optional<crds::FindingException>& exception) {
  const Pod pod;
  policy::RuleBook book;
  if (policy) book.policies.push_back(policy::compile(*policy));
  const policy::Decision before = policy::decide(book, pod.question);
  check_telling(book, pod.question, before);
  check_stranger(book, pod.question, before);
  if (!exception) return;
  book.exceptions = policy::ExceptionIndex({std::make_shared<const crds::FindingException>(*exception)});
  const policy::Decision after = policy::decide(book, pod.question);
  CHECK(after.verdict <= before.verdict);
  check_telling(book, pod.question, after);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nlohmann::json object;
  try {
    object = net::parse_json_bounded({reinterpret_cast<const char*>(data), size}, "input");
  } catch (const base::Error&) {
    return 0;
  }
  const auto policy = read<crds::ScanPolicy>(object);
  const auto exception = read<crds::FindingException>(object);
  if (policy) check_round_trip(*policy);
  if (exception) check_round_trip(*exception);
  check_decisions(policy, exception);
  return 0;
}
