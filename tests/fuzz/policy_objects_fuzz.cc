// Policies and exceptions as the watch brings them: what is read is written back the same, and decides without trouble.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
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

// A pod with one finding, of an image and namespace that selectors and globs may hit.
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
    question.images = {image};
    question.subject = {.ns = "a", .namespace_labels = crds::Labels{{"a", "b"}}, .labels = {{"a", "b"}}};
    question.now = base::SystemTime{} + std::chrono::hours(24 * 365 * 50);
  }
};

void check_decisions(const std::optional<crds::ScanPolicy>& policy,
                     const std::optional<crds::FindingException>& exception) {
  const Pod pod;
  policy::RuleBook book;
  if (policy) book.policies.push_back(policy::compile(*policy));
  const policy::Decision before = policy::decide(book, pod.question);
  CHECK(policy::denial_message(before, pod.question).size() <= policy::kMessageBytesMax);
  for (const std::string& line : policy::warnings(before, pod.question)) CHECK(line.size() <= policy::kWarningBytesMax);
  if (!exception) return;
  book.exceptions = policy::ExceptionIndex({std::make_shared<const crds::FindingException>(*exception)});
  CHECK(policy::decide(book, pod.question).verdict <= before.verdict);
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
