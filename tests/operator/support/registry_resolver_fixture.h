// A resolver between an API server in memory and a registry that a test has in its hands.
#pragma once

#include <gtest/gtest.h>

#include "base/base64.h"
#include "operator/reconcilers/failure.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/secrets.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/support/fake_registry.h"

namespace tests {

namespace reconcilers = pratique_operator::reconcilers;

class RegistryResolverTest : public testing::Test {
 protected:
  RegistryResolverTest() { name_registry({}); }

  // The ScanRegistry that names the fake one, as it must for a private address and plain http.
  void name_registry(const nlohmann::json& auth) {
    const nlohmann::json registry = {{"metadata", {{"name", "main"}}},
                                     {"spec",
                                      {{"server", registry_.host()},
                                       {"namespace", "shop"},
                                       {"tls", {{"plainHTTP", true}}},
                                       {"auth", auth.is_null() ? nlohmann::json::object() : auth}}}};
    registries_ = {std::make_shared<const crds::ScanRegistry>(registry.get<crds::ScanRegistry>())};
  }
  void put_secret(const std::string& ns, const std::string& name, const std::string& content,
                  const std::string& key = ".dockerconfigjson") {
    api_.put(reconcilers::kSecret,
             {{"metadata", {{"name", name}, {"namespace", ns}}}, {"data", {{key, base::encode_base64(content)}}}});
  }
  [[nodiscard]] std::string docker_config() const {
    return nlohmann::json{{"auths", {{registry_.host(), {{"username", "robot"}, {"password", "s3cret"}}}}}}.dump();
  }
  void let_in(const std::string& authorization) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (net::find_header(request.headers, "Authorization") == authorization) {
        return std::nullopt;
      }
      return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"r\""}}};
    });
  }
  void answer(int status, net::Headers headers = {}) {
    registry_.intercept([=](const net::ServerRequest&) {
      return net::ServerResponse{.status = status, .headers = headers, .body = "{}"};
    });
  }
  reconcilers::ResolvedReference resolve(const std::string& rest = "shop/web:1",
                                         std::vector<std::string> secrets = {}) {
    return resolver_.resolve({.reference = registry_.reference(rest),
                              .platforms = {{"linux", "amd64", ""}},
                              .ns = "shop",
                              .pull_secrets = std::move(secrets)},
                             {});
  }
  bool still_means(const base::Digest& digest, std::vector<std::string> secrets = {}) {
    return resolver_.still_means({.reference = registry_.reference("shop/web:1"),
                                  .platforms = {{"linux", "amd64", ""}},
                                  .ns = "shop",
                                  .pull_secrets = std::move(secrets)},
                                 digest, {});
  }
  reconcilers::Failure failure(const std::string& rest = "shop/web:1", std::vector<std::string> secrets = {}) {
    try {
      static_cast<void>(resolve(rest, std::move(secrets)));
    } catch (const base::Error& error) {
      return describe_failure(reconcilers::ScanStep::kResolve, error);
    }
    return {.reason = "NoFailure", .message = "", .remedy = reconcilers::Remedy::kRetry, .retry_after = {}};
  }

  MemoryApi api_;
  FakeClock clock_;
  FakeRegistry registry_;
  reconcilers::ScanRegistries registries_;
  reconcilers::RegistryResolver resolver_{api_, clock_, [this] { return registries_; },
                                          [](const std::string& provider, const std::string&, const std::stop_token&) {
                                            return registry::Credential{.username = provider,
                                                                        .password = "of-the-account"};
                                          }};
};

}  // namespace tests
