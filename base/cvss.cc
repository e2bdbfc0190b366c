#include "base/cvss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/cvss_v4.h"

namespace base {

namespace {

using Weights = std::initializer_list<std::pair<std::string_view, double>>;

// "AV:N/AC:L" -> {AV: N, AC: L}; nullopt when a part has no colon or a metric stands there twice.
std::optional<CvssMetrics> read_metrics(std::string_view vector) {
  constexpr std::size_t kMetricsMax = 40;
  CvssMetrics metrics;
  while (!vector.empty()) {
    const std::size_t slash = vector.find('/');
    const std::string_view part = vector.substr(0, slash);
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos || metrics.size() == kMetricsMax) return std::nullopt;
    if (!metrics.emplace(part.substr(0, colon), part.substr(colon + 1)).second) return std::nullopt;
    vector.remove_prefix(slash == std::string_view::npos ? vector.size() : slash + 1);
  }
  return metrics;
}

std::optional<double> weight(const CvssMetrics& metrics, std::string_view name, Weights weights) {
  const auto metric = metrics.find(name);
  if (metric == metrics.end()) return std::nullopt;
  const auto* const found = std::ranges::find(weights, metric->second, &std::pair<std::string_view, double>::first);
  if (found == weights.end()) return std::nullopt;
  return found->second;
}

std::optional<CvssScore> scored(int version, double base) {
  return CvssScore{.version = version, .base = base};
}

double one_decimal(double value) {
  return std::round(value * 10.0) / 10.0;
}

// https://www.first.org/cvss/v2/guide, section 3.2.1.
std::optional<CvssScore> score_v2(const CvssMetrics& metrics) {
  const auto access = weight(metrics, "AV", {{"L", 0.395}, {"A", 0.646}, {"N", 1.0}});
  const auto complexity = weight(metrics, "AC", {{"H", 0.35}, {"M", 0.61}, {"L", 0.71}});
  const auto authentication = weight(metrics, "Au", {{"M", 0.45}, {"S", 0.56}, {"N", 0.704}});
  const Weights kImpact{{"N", 0.0}, {"P", 0.275}, {"C", 0.660}};
  const auto confidentiality = weight(metrics, "C", kImpact);
  const auto integrity = weight(metrics, "I", kImpact);
  const auto availability = weight(metrics, "A", kImpact);
  if (!access || !complexity || !authentication || !confidentiality || !integrity || !availability) return std::nullopt;

  const double impact = 10.41 * (1.0 - (1.0 - *confidentiality) * (1.0 - *integrity) * (1.0 - *availability));
  const double exploitability = 20.0 * *access * *complexity * *authentication;
  const double factor = impact == 0.0 ? 0.0 : 1.176;
  return scored(2, one_decimal((0.6 * impact + 0.4 * exploitability - 1.5) * factor));
}

// "Roundup" of CVSS 3.1, appendix A: the least number with one decimal that is not below; in integers, since 4.000001
// made by floating point is 4.0.
double round_up(double value) {
  const auto scaled = static_cast<long>(std::lround(value * 100000.0));
  if (scaled % 10000 == 0) return static_cast<double>(scaled) / 100000.0;
  return static_cast<double>(scaled / 10000 + 1) / 10.0;
}

// https://www.first.org/cvss/v3.1/specification-document, section 7.1; 3.0 has the same base equations.
std::optional<CvssScore> score_v3(const CvssMetrics& metrics) {
  const auto scope = weight(metrics, "S", {{"U", 0.0}, {"C", 1.0}});
  if (!scope) return std::nullopt;
  const bool changed = *scope == 1.0;
  const auto access = weight(metrics, "AV", {{"N", 0.85}, {"A", 0.62}, {"L", 0.55}, {"P", 0.2}});
  const auto complexity = weight(metrics, "AC", {{"L", 0.77}, {"H", 0.44}});
  const auto privileges = changed ? weight(metrics, "PR", {{"N", 0.85}, {"L", 0.68}, {"H", 0.5}})
                                  : weight(metrics, "PR", {{"N", 0.85}, {"L", 0.62}, {"H", 0.27}});
  const auto interaction = weight(metrics, "UI", {{"N", 0.85}, {"R", 0.62}});
  const Weights kImpact{{"H", 0.56}, {"L", 0.22}, {"N", 0.0}};
  const auto confidentiality = weight(metrics, "C", kImpact);
  const auto integrity = weight(metrics, "I", kImpact);
  const auto availability = weight(metrics, "A", kImpact);
  if (!access || !complexity || !privileges || !interaction || !confidentiality || !integrity || !availability) {
    return std::nullopt;
  }
  const double sub_score = 1.0 - (1.0 - *confidentiality) * (1.0 - *integrity) * (1.0 - *availability);
  const double impact =
      changed ? 7.52 * (sub_score - 0.029) - 3.25 * std::pow(sub_score - 0.02, 15.0) : 6.42 * sub_score;
  if (impact <= 0.0) return scored(3, 0.0);
  const double exploitability = 8.22 * *access * *complexity * *privileges * *interaction;
  const double sum = changed ? 1.08 * (impact + exploitability) : impact + exploitability;
  return scored(3, round_up(std::min(sum, 10.0)));
}

}  // namespace

std::optional<CvssScore> cvss_score(std::string_view vector) {
  if (vector.starts_with('(') && vector.ends_with(')')) vector = vector.substr(1, vector.size() - 2);
  const std::optional<CvssMetrics> metrics = read_metrics(vector);
  if (!metrics) return std::nullopt;
  const auto version = metrics->find("CVSS");
  if (version == metrics->end()) return score_v2(*metrics);
  if (version->second == "3.0" || version->second == "3.1") return score_v3(*metrics);
  if (version->second != "4.0") return std::nullopt;
  const std::optional<double> base = cvss_v4_base_score(*metrics);
  return base ? scored(4, *base) : std::nullopt;
}

}  // namespace base
