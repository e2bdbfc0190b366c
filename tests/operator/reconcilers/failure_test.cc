#include "operator/reconcilers/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kubernetes/api_client.h"
#include "operator/reconcilers/image_resolver.h"
#include "registry/token_auth.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Row {
  const char* name;
  ScanStep step;
  std::shared_ptr<base::Error> error;
  std::string reason;
  Remedy remedy;
};

template <typename E, typename... Arguments>
std::shared_ptr<base::Error> error(Arguments&&... arguments) {
  return std::make_shared<E>(std::forward<Arguments>(arguments)...);
}

std::shared_ptr<base::Error> scan_failed(const std::string& reason) {
  return error<scanner::ScanFailed>(scanner::ScanFailure{.reason = reason, .message = "m", .retry_after = {}});
}

class DescribeFailure : public testing::TestWithParam<Row> {};

TEST_P(DescribeFailure, NamesReasonAndRemedy) {
  const Failure failure = describe_failure(GetParam().step, *GetParam().error);

  EXPECT_EQ(failure.reason, GetParam().reason);
  EXPECT_EQ(failure.remedy, GetParam().remedy);
  EXPECT_FALSE(failure.message.empty());
}

constexpr auto kResolve = ScanStep::kResolve;
constexpr auto kScan = ScanStep::kScan;
constexpr auto kRetry = Remedy::kRetry;
constexpr auto kIntervene = Remedy::kIntervene;

INSTANTIATE_TEST_SUITE_P(
    Rows, DescribeFailure,
    testing::Values(
        Row{"bad_reference", ScanStep::kRead, error<base::ParseError>("x"), "InvalidReference", kIntervene},
        Row{"unknown_image", kResolve, error<base::HttpError>("x", 404), "NotFound", kIntervene},
        Row{"wrong_credentials", kResolve, error<base::HttpError>("x", 401), "Unauthorized", kIntervene},
        Row{"forbidden", kResolve, error<base::HttpError>("x", 403), "Forbidden", kIntervene},
        Row{"throttled", kResolve, error<base::HttpError>("x", 429), "RateLimited", kRetry},
        Row{"registry_broken", kResolve, error<base::HttpError>("x", 500), "RegistryError", kRetry},
        Row{"unreachable", kResolve, error<base::NetworkError>("x"), "RegistryUnreachable", kRetry},
        Row{"lying_digest", kResolve, error<base::ParseError>("x"), "InvalidManifest", kIntervene},
        Row{"too_large", kResolve, error<base::LimitExceeded>("x"), "LimitExceeded", kIntervene},
        Row{"no_image", kResolve, error<NotAnImage>("x"), "NotAnImage", kIntervene},
        Row{"no_platform", kResolve, error<NoPlatform>("x"), "NoPlatform", kIntervene},
        Row{"bad_setting", kResolve, error<base::ConfigError>("x"), "SettingUnusable", kIntervene},
        Row{"no_credentials", kResolve, error<CredentialsMissing>("x", 401), "CredentialsMissing", kIntervene},
        Row{"scanner_gone", kScan, error<base::NetworkError>("x"), "ScannerUnavailable", kRetry},
        Row{"scanner_busy", kScan, error<base::HttpError>("x", 429), "ScannerBusy", kRetry},
        Row{"scanner_error", kScan, error<base::HttpError>("x", 500), "ScannerError", kRetry},
        Row{"truncated_layer", kScan, scan_failed("InvalidImage"), "InvalidImage", kIntervene},
        Row{"scan_timeout", kScan, scan_failed("Timeout"), "Timeout", kRetry},
        Row{"scan_limit", kScan, scan_failed("LimitExceeded"), "LimitExceeded", kIntervene},
        Row{"api_forbidden", kResolve, error<kubernetes::ApiError>("x", 403, "Forbidden", std::nullopt), "ClusterError",
            kRetry},
        Row{"api_away", kResolve, error<kubernetes::ApiError>("x", 500, "InternalError", std::nullopt), "ClusterError",
            kRetry},
        Row{"realm", kResolve, error<registry::RealmNotTrustedError>("x", 401), "RealmNotTrusted", kIntervene},
        Row{"realm_at_the_scanner", kScan, scan_failed("RealmNotTrusted"), "RealmNotTrusted", kIntervene},
        Row{"scan_rate_limited", kScan, scan_failed("RateLimited"), "RateLimited", kRetry},
        Row{"damaged_report", ScanStep::kStore, error<base::ParseError>("x"), "ReportUnreadable", kIntervene},
        Row{"store", ScanStep::kStore, error<base::NetworkError>("x"), "ClusterError", kRetry}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DescribeFailure, EscapesAndBoundsWhatRegistriesSay) {
  const Failure failure = describe_failure(kResolve, base::HttpError("evil \x1b[31m" + std::string(5000, 'x'), 404));

  EXPECT_THAT(failure.message, Not(HasSubstr("\x1b")));
  EXPECT_LE(failure.message.size(), 1024u);
  EXPECT_THAT(failure.message, HasSubstr("push the image"));
}

TEST(DescribeFailure, PassesOnWhatAThrottlingRegistryAsksFor) {
  const base::HttpError error("x", 429, "", std::chrono::seconds(42));

  EXPECT_EQ(describe_failure(kResolve, error).retry_after, std::chrono::seconds(42));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
