#include "operator/credential_plugins/plugin_config.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace pratique_operator::credential_plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// As the documentation of Kubernetes has it, shortened.
constexpr const char* kGood = R"(
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: ecr-credential-provider
    matchImages:
      - "*.dkr.ecr.*.amazonaws.com"
      - "registry.io:8080/path"
    defaultCacheDuration: "12h"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    args:
      - --region
      - 1
    env:
      - name: AWS_PROFILE
        value: yes
  - name: gcp
    matchImages: [gcr.io]
    defaultCacheDuration: 1m0s
    apiVersion: credentialprovider.kubelet.k8s.io/v1beta1
)";

std::string error_of(std::string text) {
  try {
    static_cast<void>(parse_plugin_config(text, "plugins.yaml"));
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "read";
}

// The good one with a piece replaced.
std::string error_with(const std::string& piece, const std::string& other) {
  std::string text = kGood;
  const std::size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return error_of(text.replace(at, piece.size(), other));
}

TEST(PluginConfig, IsReadAsAKubeletReadsIt) {
  const std::vector<PluginConfig> configs = parse_plugin_config(kGood, "plugins.yaml");
  ASSERT_EQ(configs.size(), 2U);
  EXPECT_EQ(configs[0].name, "ecr-credential-provider");
  EXPECT_EQ(configs[0].api_version, "credentialprovider.kubelet.k8s.io/v1");
  EXPECT_THAT(configs[0].match_images, ElementsAre("*.dkr.ecr.*.amazonaws.com", "registry.io:8080/path"));
  EXPECT_EQ(configs[0].default_cache_duration, std::chrono::hours(12));
  EXPECT_THAT(configs[0].arguments, ElementsAre("--region", "1")) << "every scalar is a text";
  EXPECT_THAT(configs[0].environment, ElementsAre(Pair("AWS_PROFILE", "yes")));
  EXPECT_EQ(configs[1].default_cache_duration, std::chrono::minutes(1));
}

TEST(PluginConfig, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(error_of("a: ["), HasSubstr("plugins.yaml"));
  EXPECT_THAT(error_of(""), HasSubstr("plugins.yaml: one document"));
  EXPECT_THAT(error_of(std::string(kGood) + "---" + kGood), HasSubstr("one document"));
  EXPECT_THAT(error_with("CredentialProviderConfig", "KubeletConfiguration"),
              HasSubstr("not a CredentialProviderConfig"));
  EXPECT_THAT(error_with("kubelet.config.k8s.io/v1", "v1"), HasSubstr("not a CredentialProviderConfig"));
  EXPECT_THAT(error_with("providers:", "others:"), HasSubstr("providers: 1 to 16"));
  const std::string first = "plugins.yaml: providers[0] \"ecr-credential-provider\": ";
  EXPECT_EQ(error_with("credentialprovider.kubelet.k8s.io/v1\n", "v2\n").substr(0, first.size()), first);
  EXPECT_THAT(error_with("credentialprovider.kubelet.k8s.io/v1\n", "v2\n"), HasSubstr("apiVersion: one of"));
  EXPECT_THAT(error_with("\"12h\"", "soon"), HasSubstr("defaultCacheDuration: a duration"));
  EXPECT_THAT(error_with("    defaultCacheDuration: \"12h\"\n", ""), HasSubstr("defaultCacheDuration: a duration"));
  EXPECT_THAT(error_with("matchImages: [gcr.io]", "matchImages: []"), HasSubstr("providers[1] \"gcp\": matchImages"));
  EXPECT_THAT(error_with("matchImages: [gcr.io]", "matchImages: [{a: b}]"), HasSubstr("must be a text"));
  EXPECT_THAT(error_with("name: AWS_PROFILE", "other: AWS_PROFILE"), HasSubstr("env: each needs a name"));
  EXPECT_THAT(error_with("    matchImages: [gcr.io]", "    tokenAttributes: {}\n    matchImages: [gcr.io]"),
              HasSubstr("tokens of a pod's service account are not supported"));
}

TEST(PluginConfig, AProgramIsOneOfTheFolder) {
  for (const char* name : {"../sh", "/bin/sh", ".", "..", ".hidden", "a/b", "\"\""}) {
    EXPECT_THAT(error_with("name: gcp", std::string("name: ") + name), HasSubstr("name: the name of a program"))
        << name;
  }
}

}  // namespace
}  // namespace pratique_operator::credential_plugins
