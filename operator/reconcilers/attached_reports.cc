#include "operator/reconcilers/attached_reports.h"

#include <sstream>

namespace pratique_operator::reconcilers {
namespace {

// An inventory of a digest changes with nothing else.
std::string stamp_of(const crds::ImageReportSpec& spec) {
  return spec.scanner_version + (spec.attached_sboms.value_or(false) ? "+sboms" : "");
}

}  // namespace

bool is_attachable(const crds::ImageReport& report) {
  return report.spec.attached_sboms.has_value();
}

std::set<std::string> attached_to(const crds::ImageReport& report) {
  const auto found = report.metadata.annotations.find(std::string(kAttachedTo));
  if (found == report.metadata.annotations.end()) return {};
  std::istringstream words(found->second);
  std::string stamp;
  if (!(words >> stamp) || stamp != stamp_of(report.spec)) return {};
  std::set<std::string> repositories;
  for (std::string repository; repositories.size() < kAttachedRepositoriesMax && words >> repository;)
    repositories.insert(repository);
  return repositories;
}

bool must_be_attached(const crds::ImageReport& report, const std::string& repository) {
  const std::set<std::string> repositories = attached_to(report);
  return is_attachable(report) && repositories.size() < kAttachedRepositoriesMax && !repositories.contains(repository);
}

std::string attached_also_to(const crds::ImageReport& report, const std::string& repository) {
  std::set<std::string> repositories = attached_to(report);
  repositories.insert(repository);
  std::string value = stamp_of(report.spec);
  for (const std::string& one : repositories) value += " " + one;
  return value;
}

}  // namespace pratique_operator::reconcilers
