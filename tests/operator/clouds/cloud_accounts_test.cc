// Each provider's account against an emulator of its published APIs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operator/clouds/cloud_account.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/support/cloud_emulator.h"

namespace pratique_operator::clouds {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kPool = "projects/1/locations/global/workloadIdentityPools/p/providers/q";

class CloudAccountTest : public testing::Test {
 protected:
  crds::RegistryProviderSpec azure() const {
    crds::RegistryProviderSpec spec = at_emulator();
    spec.azure = {.subscription = "11111111-2222-3333-4444-555555555555", .tenant = "tenant", .client_id = "client"};
    return spec;
  }
  crds::RegistryProviderSpec aws() const {
    crds::RegistryProviderSpec spec = at_emulator();
    spec.aws = {
        .account = "123456789012", .region = "eu-central-1", .role_arn = "arn:aws:iam::123456789012:role/pratique"};
    return spec;
  }
  crds::RegistryProviderSpec google() const {
    crds::RegistryProviderSpec spec = at_emulator();
    spec.google = {
        .project = "shop-project", .location = {}, .workload_identity_provider = kPool, .service_account = {}};
    return spec;
  }
  crds::RegistryProviderSpec harbor() const {
    crds::RegistryProviderSpec spec = at_emulator();
    spec.harbor = {.url = cloud_.url()};
    return spec;
  }
  std::unique_ptr<CloudAccount> as_service_account(crds::RegistryProviderSpec spec) {
    return make_cloud_account(
        {.spec = std::move(spec),
         .identity = {.token = [](const std::string& audience) { return "token of registry-reader for " + audience; },
                      .secret = {}}},
        clock_);
  }
  std::unique_ptr<CloudAccount> with_secret(crds::RegistryProviderSpec spec,
                                            std::map<std::string, std::string> secret) {
    return make_cloud_account({.spec = std::move(spec), .identity = {.token = {}, .secret = std::move(secret)}},
                              clock_);
  }
  // What was thrown, or "nothing".
  template <typename Error, typename Call>
  static std::string failure_of(Call&& call) {
    try {
      (void)call();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  }
  static std::vector<std::string> servers(const std::vector<FoundRegistry>& found) {
    std::vector<std::string> servers;
    for (const FoundRegistry& one : found) servers.push_back(one.server);
    return servers;
  }

  tests::CloudEmulator cloud_;
  tests::FakeClock clock_;

 private:
  crds::RegistryProviderSpec at_emulator() const {
    crds::RegistryProviderSpec spec;
    spec.endpoints = {.login = cloud_.url(),
                      .management = cloud_.url(),
                      .sts = cloud_.url(),
                      .ecr = cloud_.url(),
                      .artifact_registry = cloud_.url(),
                      .iam_credentials = cloud_.url(),
                      .ca_bundle = cloud_.ca_bundle()};
    return spec;
  }
};

TEST_F(CloudAccountTest, AzureListsASubscriptionPageByPage) {
  EXPECT_THAT(servers(as_service_account(azure())->list({})),
              ElementsAre("shop.azurecr.io", "bank.azurecr.io", "lab.azurecr.io"));
  EXPECT_THAT(servers(with_secret(azure(), {{"clientSecret", "azure-secret"}})->list({})), testing::SizeIs(3));
}

TEST_F(CloudAccountTest, AzureSaysWhyItLetsNobodyIn) {
  EXPECT_THAT(failure_of<LoginError>([&] {
                return with_secret(azure(), {{"clientSecret", "wrong"}})->list({});
              }),
              HasSubstr("invalid_client: AADSTS7000215: Invalid client secret."));
  EXPECT_THAT(failure_of<LoginError>([&] { return with_secret(azure(), {})->list({}); }), HasSubstr("clientSecret"));
}

TEST_F(CloudAccountTest, AzuresTokenFollowsNoLinkToElsewhere) {
  cloud_.change([](auto& account) { account.next_page_host = "https://127.0.0.1:1"; });
  EXPECT_THAT(failure_of<base::ParseError>([&] { return as_service_account(azure())->list({}); }),
              HasSubstr("elsewhere"));
}

TEST_F(CloudAccountTest, AzureExchangesItsTokenForARegistrys) {
  cloud_.change([this](auto& account) { account.azure_servers = {cloud_.host()}; });
  const auto account = as_service_account(azure());
  (void)account->list({});
  const Pass pass = account->pass_for(cloud_.host(), {});
  EXPECT_EQ(pass.credential.username, "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(pass.credential.identity_token, "refresh-token-of-" + cloud_.host());
  EXPECT_GT(pass.expires_at, clock_.system_now() + std::chrono::hours(2));
}

// CVE-2024-35192 and CVE-2025-27403 of others: a registry that only looks like one of theirs got the token.
TEST_F(CloudAccountTest, NoCredentialGoesToAHostThatIsNotTheProviders) {
  const auto check = [&](CloudAccount& account, const std::vector<std::string>& servers) {
    const std::size_t before = cloud_.seen().size();
    for (const std::string& server : servers) {
      EXPECT_THAT(failure_of<base::ConfigError>([&] { return account.pass_for(server, {}); }), HasSubstr(server));
    }
    const auto seen = cloud_.seen();
    for (std::size_t i = before; i < seen.size(); ++i) {
      EXPECT_THAT(seen[i].target, Not(HasSubstr("exchange"))) << "a list may be asked, and nothing else";
    }
  };
  crds::RegistryProviderSpec public_azure = azure();
  public_azure.endpoints.management.clear();
  for (const crds::RegistryProviderSpec& spec : {azure(), public_azure}) {
    check(*as_service_account(spec),
          {"evil.example.com", "azurecr.io.example.com", "azurecr.io", ".azurecr.io", "shop.azurecr.io:444",
           "user@shop.azurecr.io", "example.com/shop.azurecr.io", "shop.azurecr.cn", "evil-azurecr.io"});
  }
  check(*as_service_account(aws()),
        {"123456789012.dkr.ecr.eu-central-1.amazonaws.com.example.com",
         "999999999999.dkr.ecr.eu-central-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1.amazonaws.com"});
  check(*as_service_account(google()),
        {"europe-west1-docker.pkg.dev.example.com", "-docker.pkg.dev", "docker.pkg.dev", "evil.com/x-docker.pkg.dev",
         "evil.example-docker.pkg.dev", "x@y-docker.pkg.dev"});
  check(*with_secret(harbor(), {{"username", "robot$pratique"}, {"password", "harbor-secret"}}),
        {"harbor.example.com"});
}

TEST_F(CloudAccountTest, AwsAssumesARoleAndAsksEcr) {
  const std::string server = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
  const auto account = as_service_account(aws());
  EXPECT_THAT(servers(account->list({})), ElementsAre(server));
  const Pass pass = account->pass_for(server, {});
  EXPECT_EQ(pass.credential.username, "AWS");
  EXPECT_EQ(pass.credential.password, "ecr-password");
  EXPECT_EQ(base::format_rfc3339(pass.expires_at), "2026-01-31T20:00:00Z");

  const auto user = with_secret(aws(), {{"accessKeyID", "AKIDEXAMPLE"}, {"secretAccessKey", "aws-secret"}});
  EXPECT_EQ(user->pass_for(server, {}).credential.password, "ecr-password");
}

TEST_F(CloudAccountTest, AwsSaysWhyItLetsNobodyIn) {
  crds::RegistryProviderSpec other_role = aws();
  other_role.aws->role_arn = "arn:aws:iam::123456789012:role/other";
  EXPECT_THAT(failure_of<LoginError>([&] { return as_service_account(other_role)->list({}); }),
              HasSubstr("Not authorized to perform sts:AssumeRoleWithWebIdentity"));
  EXPECT_THAT(failure_of<base::HttpError>([&] {
                return with_secret(aws(), {{"accessKeyID", "other"}, {"secretAccessKey", "s"}})->list({});
              }),
              HasSubstr("UnrecognizedClientException: The security token included in the request is invalid."));
}

// The emulator checks the whole signature by code of its own.
TEST_F(CloudAccountTest, AwsChecksWhatIsSignedAndByWhom) {
  EXPECT_THAT(failure_of<base::HttpError>([&] {
                return with_secret(aws(), {{"accessKeyID", "AKIDEXAMPLE"}, {"secretAccessKey", "other"}})->list({});
              }),
              HasSubstr("InvalidSignatureException: The request signature we calculated does not match"));
  crds::RegistryProviderSpec elsewhere = aws();
  elsewhere.aws->region = "us-east-1";
  EXPECT_THAT(failure_of<base::HttpError>([&] { return as_service_account(elsewhere)->list({}); }),
              HasSubstr("InvalidSignatureException: Credential should be scoped"));
}

// Whatever it holds, it is one registry, which its first page proves to be there.
TEST_F(CloudAccountTest, AwsNeedsNoSecondPageOfRepositories) {
  cloud_.change([](auto& account) { account.page = 1; });
  EXPECT_THAT(as_service_account(aws())->list({}), testing::SizeIs(1));
  const auto is_list = [](const auto& seen) { return seen.body.find("maxResults") != std::string::npos; };
  EXPECT_EQ(std::ranges::count_if(cloud_.seen(), is_list), 1);
  cloud_.change([](auto& account) { account.ecr_repositories.clear(); });
  EXPECT_THAT(as_service_account(aws())->list({}), testing::SizeIs(1)) << "also before its first push";
}

TEST_F(CloudAccountTest, EveryPageIsReadHoweverSmall) {
  cloud_.change([](auto& account) { account.page = 1; });
  EXPECT_THAT(as_service_account(azure())->list({}), testing::SizeIs(3));
  const std::vector<FoundRegistry> found = as_service_account(google())->list({});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].repositories, ElementsAre("shop-project/images/*", "shop-project/tools/*"));
}

// Who asks too often is told so in four ways, is let in all the same, and knows how long to wait where it was said.
TEST_F(CloudAccountTest, AskingTooOftenIsNoRefusalToLetUsIn) {
  const auto throttle = [&](const std::string& target, const net::ServerResponse& answer) {
    cloud_.change([&](auto& account) {
      account.refuse = [=](const net::ServerRequest& request) {
        return request.target.find(target) != std::string::npos ? std::optional(answer) : std::nullopt;
      };
    });
  };
  const auto expect_throttled = [](CloudAccount& account, const std::string& text,
                                   std::optional<std::chrono::seconds> wait) {
    try {
      (void)account.list({});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const base::HttpError& error) {
      EXPECT_THAT(error.what(), HasSubstr(text));
      EXPECT_EQ(error.status(), 429) << error.what();
      EXPECT_EQ(error.retry_after(), wait);
    }
  };
  throttle("/subscriptions/", tests::throttled_by_azure(17));
  expect_throttled(*as_service_account(azure()), "SubscriptionRequestsThrottled", std::chrono::seconds(17));
  throttle("/oauth2/v2.0/token", tests::throttled_by_azure(17));
  expect_throttled(*as_service_account(azure()), "SubscriptionRequestsThrottled", std::chrono::seconds(17));
  throttle("/", tests::throttled_by_sts());
  expect_throttled(*as_service_account(aws()), "Throttling: Rate exceeded", std::nullopt);
  throttle("/", tests::throttled_by_ecr());
  expect_throttled(*with_secret(aws(), {{"accessKeyID", "AKIDEXAMPLE"}, {"secretAccessKey", "aws-secret"}}),
                   "ThrottlingException: Rate exceeded", std::nullopt);
  throttle("/", tests::throttled_before_ecr());
  expect_throttled(*with_secret(aws(), {{"accessKeyID", "AKIDEXAMPLE"}, {"secretAccessKey", "aws-secret"}}),
                   "ThrottlingException: Too many requests", std::nullopt);
  for (const char* target : {"/v1/token", "/locations?", "/repositories"}) {
    throttle(target, tests::throttled_by_google());
    expect_throttled(*as_service_account(google()), "RESOURCE_EXHAUSTED: Quota exceeded", std::nullopt);
  }
}

// A part of a list is no list: what is on the page that is missing would be taken for gone.
TEST_F(CloudAccountTest, APageThatIsLostMidwayLosesTheList) {
  const auto lose = [&](const std::string& target, const net::ServerResponse& answer) {
    cloud_.change([&](auto& account) {
      account.page = 1;
      account.refuse = [=](const net::ServerRequest& request) {
        return request.target.find(target) != std::string::npos ? std::optional(answer) : std::nullopt;
      };
    });
  };
  const net::ServerResponse broken{.status = 500, .body = R"({"error":{"code":"InternalServerError"}})"};
  for (const net::ServerResponse& answer : {broken, net::ServerResponse{.body = R"({"value":[)"}}) {
    lose("$skiptoken=2", answer);
    EXPECT_NE(failure_of<base::Error>([&] { return as_service_account(azure())->list({}); }), "nothing");
    lose("pageToken=2", answer);
    EXPECT_NE(failure_of<base::Error>([&] { return as_service_account(google())->list({}); }), "nothing");
  }
}

TEST_F(CloudAccountTest, GoogleListsTheDockerRepositoriesOfEachLocation) {
  const std::vector<FoundRegistry> found = as_service_account(google())->list({});
  ASSERT_EQ(found.size(), 2U) << "a location without any has no registry";
  EXPECT_EQ(found[0].server, "europe-west1-docker.pkg.dev");
  EXPECT_THAT(found[0].repositories, ElementsAre("shop-project/images/*", "shop-project/tools/*"));
  EXPECT_EQ(found[1].server, "us-east1-docker.pkg.dev");
  crds::RegistryProviderSpec one = google();
  one.google->location = "us-east1";
  EXPECT_THAT(servers(as_service_account(one)->list({})), ElementsAre("us-east1-docker.pkg.dev"));
}

TEST_F(CloudAccountTest, GoogleActsAsAServiceAccountWhereOneIsNamed) {
  const Pass federated = as_service_account(google())->pass_for("us-east1-docker.pkg.dev", {});
  EXPECT_EQ(federated.credential.username, "oauth2accesstoken");
  EXPECT_EQ(federated.credential.password, "google-federated-token");
  EXPECT_EQ(federated.expires_at, clock_.system_now() + std::chrono::seconds(3599));

  crds::RegistryProviderSpec acting = google();
  acting.google->service_account = "reader@shop-project.iam.gserviceaccount.com";
  const Pass pass = as_service_account(acting)->pass_for("us-east1-docker.pkg.dev", {});
  EXPECT_EQ(pass.credential.password, "google-service-token");
  EXPECT_EQ(base::format_rfc3339(pass.expires_at), "2026-01-31T09:00:00Z");
  acting.google->service_account = "other@shop-project.iam.gserviceaccount.com";
  EXPECT_THAT(failure_of<LoginError>([&] { return as_service_account(acting)->list({}); }),
              HasSubstr("PERMISSION_DENIED: denied"));
}

TEST_F(CloudAccountTest, HarborsProjectsAreRepositoriesOfOneHost) {
  cloud_.change([](auto& account) {
    account.harbor_projects.clear();
    for (int i = 0; i < 250; ++i) account.harbor_projects.push_back("project-" + std::to_string(i));
  });
  const auto account = with_secret(harbor(), {{"username", "robot$pratique"}, {"password", "harbor-secret"}});
  const std::vector<FoundRegistry> found = account->list({});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].server, cloud_.host());
  EXPECT_EQ(found[0].repositories.size(), 250U);
  EXPECT_EQ(found[0].repositories.back(), "project-249/*");
  EXPECT_EQ(account->pass_for(cloud_.host(), {}).credential.password, "harbor-secret");

  EXPECT_THAT(failure_of<base::HttpError>([&] {
                return with_secret(harbor(), {{"username", "robot$pratique"}, {"password", "wrong"}})->list({});
              }),
              HasSubstr("401"));
}

TEST_F(CloudAccountTest, AnswersThatAreNoneAreErrors) {
  const auto try_all = [&] {
    std::vector<std::string> told;
    for (const auto& account : {as_service_account(azure()), as_service_account(aws()), as_service_account(google()),
                                with_secret(harbor(), {{"username", "u"}, {"password", "p"}})}) {
      told.push_back(failure_of<base::Error>([&] { return account->list({}); }));
    }
    return told;
  };
  for (const char* body : {"", "{", "[]", "7", "{}", R"({"access_token":7})"}) {
    cloud_.change([&](auto& account) { account.refusal = net::ServerResponse{.body = body}; });
    const std::vector<std::string> told = try_all();
    // An empty list of projects is one.
    EXPECT_THAT(std::vector(told.begin(), told.begin() + 3), Each(Not("nothing"))) << body;
  }
  cloud_.change([](auto& account) { account.refusal = net::ServerResponse{.status = 503, .body = "<html>"}; });
  EXPECT_THAT(try_all(), Each(HasSubstr("503")));
}

// What was not read to its end would be taken for gone.
TEST_F(CloudAccountTest, AListWithoutAnEndIsAnError) {
  const std::string azures = cloud_.url() + "/subscriptions/11111111-2222-3333-4444-555555555555/x";
  const std::string bodies =
      R"({"access_token":"t","value":[],"repositories":[],"locations":[],"nextPageToken":"n","nextLink":")";
  cloud_.change([&](auto& account) { account.refusal = net::ServerResponse{.body = bodies + azures + R"("})"}; });
  EXPECT_THAT(failure_of<base::LimitExceeded>([&] { return as_service_account(azure())->list({}); }),
              HasSubstr("no end"));
  EXPECT_THAT(failure_of<base::LimitExceeded>([&] { return as_service_account(google())->list({}); }),
              HasSubstr("no end"));
}

TEST_F(CloudAccountTest, GoogleIsNotAskedWithASecret) {
  EXPECT_THAT(failure_of<LoginError>([&] {
                return with_secret(google(), {{"key", "k"}})->list({});
              }),
              HasSubstr("service account"));
}

TEST_F(CloudAccountTest, OneOfTheFourIsNeeded) {
  EXPECT_THAT(failure_of<base::ConfigError>([&] { return as_service_account({}); }), HasSubstr("azure, aws, google"));
}

}  // namespace
}  // namespace pratique_operator::clouds
