#include "operator/credential_plugins/plugin_messages.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pratique_operator::credential_plugins {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kVersion = "credentialprovider.kubelet.k8s.io/v1";

json answer() {
  return {{"kind", "CredentialProviderResponse"},
          {"apiVersion", kVersion},
          {"cacheKeyType", "Registry"},
          {"cacheDuration", "6h0m0s"},
          {"auth", {{"*.dkr.ecr.*.amazonaws.com", {{"username", "AWS"}, {"password", "s3cret"}}}}}};
}

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(parse_plugin_answer(text, kVersion));
  } catch (const base::ParseError& error) {
    return error.what();
  }
  return "read";
}

TEST(PluginMessages, AskForOneRepository) {
  EXPECT_EQ(
      json::parse(plugin_request("registry:5000/shop/web", kVersion)),
      (json{{"kind", "CredentialProviderRequest"}, {"apiVersion", kVersion}, {"image", "registry:5000/shop/web"}}));
}

TEST(PluginMessages, AnAnswerIsAKeyring) {
  const PluginAnswer read = parse_plugin_answer(answer().dump(), kVersion);
  ASSERT_EQ(read.keyring.size(), 1U);
  EXPECT_EQ(read.keyring[0].location, "*.dkr.ecr.*.amazonaws.com");
  EXPECT_EQ(read.keyring[0].credential.username, "AWS");
  EXPECT_EQ(read.keyring[0].credential.password, "s3cret");
  EXPECT_EQ(read.cache_key, CacheKey::kRegistry);
  EXPECT_EQ(read.cache_duration, std::chrono::hours(6));
}

TEST(PluginMessages, NothingIsAnAnswerToo) {
  json nothing = answer();
  nothing["auth"] = nullptr;
  nothing.erase("cacheDuration");
  const PluginAnswer read = parse_plugin_answer(nothing.dump(), kVersion);
  EXPECT_TRUE(read.keyring.empty());
  EXPECT_EQ(read.cache_duration, std::nullopt);
}

TEST(PluginMessages, WhatIsNoAnswerIsNamedAndNeverQuoted) {
  const auto with = [](const char* field, const json& value) {
    json bad = answer();
    bad[field] = value;
    return error_of(bad.dump());
  };
  EXPECT_THAT(with("kind", "CredentialProviderRequest"), HasSubstr("kind"));
  EXPECT_THAT(with("apiVersion", "credentialprovider.kubelet.k8s.io/v1alpha1"), HasSubstr("apiVersion"));
  EXPECT_THAT(with("cacheKeyType", "Pod"), HasSubstr("cacheKeyType"));
  EXPECT_THAT(with("cacheKeyType", 1), HasSubstr("cacheKeyType"));
  EXPECT_THAT(with("cacheDuration", "6 hours"), HasSubstr("cacheDuration"));
  for (const std::string& text :
       {std::string("s3cret"), std::string("{\"password\":\"s3cret"), std::string("[]"), std::string()}) {
    EXPECT_THAT(error_of(text), HasSubstr("no CredentialProviderResponse"));
    EXPECT_THAT(error_of(text), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace pratique_operator::credential_plugins
