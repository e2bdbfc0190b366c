// Plugins as a cluster's nodes have them: small programs that say who may pull what.
#include "operator/credential_plugins/credential_plugins.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/support/layout_writer.h"

namespace pratique_operator::credential_plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CredentialPluginsTest : public testing::Test {
 protected:
  // A plugin that notes what it was asked, and has the name of its n-th question as password.
  void install(const std::string& name, const std::string& cache) {
    const std::string asked = folder_.file(name + ".asked");
    write(name, "#!/bin/sh\ncat >> " + asked + "\necho >> " + asked + "\nn=$(wc -l < " + asked +
                    ")\necho '{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":"
                    "\"credentialprovider.kubelet.k8s.io/v1\"," +
                    cache + ",\"auth\":{\"registry.example.com\":{\"username\":\"" + name +
                    "\",\"password\":\"'$n'\"}}}'\n");
  }
  void write(const std::string& name, const std::string& script) {
    const std::string path = folder_.file(name);
    std::ofstream(path) << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  static PluginConfig plugin(const std::string& name, std::vector<std::string> images = {"*.example.com"}) {
    return {.name = name,
            .api_version = "credentialprovider.kubelet.k8s.io/v1",
            .match_images = std::move(images),
            .default_cache_duration = std::chrono::minutes(10),
            .arguments = {},
            .environment = {}};
  }
  void configure(std::vector<PluginConfig> configs) {
    plugins_ = std::make_unique<CredentialPlugins>(std::move(configs), folder_.path().string(), clock_);
  }
  // "user password" of each credential.
  std::vector<std::string> ask(const std::string& image) {
    const CredentialPlugins::Answer answer = plugins_->ask(base::parse_image_reference(image), {});
    failures_ = answer.failures;
    std::vector<std::string> lines;
    for (const registry::KeyringEntry& entry : answer.keyring) {
      lines.push_back(entry.credential.username + " " + entry.credential.password);
    }
    return lines;
  }
  [[nodiscard]] std::string asked(const std::string& name) const {
    return base::read_file(folder_.file(name + ".asked"), 10'000);
  }

  tests::TemporaryFolder folder_;
  tests::FakeClock clock_;
  std::unique_ptr<CredentialPlugins> plugins_;
  std::vector<std::string> failures_;
};

TEST_F(CredentialPluginsTest, OnlyThoseThatMatchAreAsked) {
  install("one", R"("cacheKeyType":"Image")");
  install("two", R"("cacheKeyType":"Image")");
  configure({plugin("one"), plugin("two", {"registry.example.com/shop"})});
  EXPECT_THAT(ask("registry.example.com/shop/web:1"), ElementsAre("one 1", "two 1"));
  EXPECT_THAT(asked("one"), HasSubstr(R"("image":"registry.example.com/shop/web")"));
  EXPECT_THAT(ask("registry.example.com/other:1"), ElementsAre("one 2"));
  EXPECT_THAT(ask("elsewhere.example.org/shop/web:1"), IsEmpty());
  EXPECT_THAT(failures_, IsEmpty());
}

TEST_F(CredentialPluginsTest, AnAnswerIsKeptForWhatItHoldsFor) {
  struct Row {
    const char* key;
    std::vector<std::string> of_another_tag;
    std::vector<std::string> of_another_repository;
    std::vector<std::string> of_another_registry;
  };
  for (const Row& row : {Row{"Image", {"p 1"}, {"p 2"}, {"p 3"}}, Row{"Registry", {"p 1"}, {"p 1"}, {"p 2"}},
                         Row{"Global", {"p 1"}, {"p 1"}, {"p 1"}}}) {
    std::filesystem::remove(folder_.file("p.asked"));
    install("p", std::string(R"("cacheKeyType":")") + row.key + "\"");
    configure({plugin("p")});
    EXPECT_THAT(ask("registry.example.com/shop/web:1"), ElementsAre("p 1"));
    EXPECT_EQ(ask("registry.example.com/shop/web:2"), row.of_another_tag) << row.key;
    EXPECT_EQ(ask("registry.example.com/shop/api:1"), row.of_another_repository) << row.key;
    EXPECT_EQ(ask("other.example.com/shop/web:1"), row.of_another_registry) << row.key;
  }
}

TEST_F(CredentialPluginsTest, AnAnswerIsKeptAsLongAsItSays) {
  install("p", R"("cacheKeyType":"Image","cacheDuration":"1m0s")");
  configure({plugin("p")});
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 1"));
  clock_.advance(std::chrono::seconds(59));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 1"));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 2"));

  install("p", R"("cacheKeyType":"Image","cacheDuration":"0s")");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 3"));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 4")) << "not at all";

  install("p", R"("cacheKeyType":"Image")");
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 5"));
  clock_.advance(std::chrono::minutes(9));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 5")) << "as the configuration says";
}

TEST_F(CredentialPluginsTest, OneThatFailsDoesNotHideTheNext) {
  write("broken", "#!/bin/sh\necho no identity >&2\nexit 1\n");
  write("odd", "#!/bin/sh\necho s3cret\n");
  install("good", R"("cacheKeyType":"Image")");
  configure({plugin("broken"), plugin("odd"), plugin("missing"), plugin("good")});
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("good 1"));
  EXPECT_THAT(failures_,
              ElementsAre(HasSubstr("credential plugin broken: " + folder_.file("broken") + ": it ended with status 1"),
                          HasSubstr("credential plugin odd: its answer is no CredentialProviderResponse"),
                          HasSubstr("credential plugin missing: ")));
  EXPECT_EQ(failures_[1].find("s3cret"), std::string::npos);
}

// One that hangs takes a minute each time, and holds up a worker.
TEST_F(CredentialPluginsTest, OneThatFailedIsNotAskedAgainAtOnce) {
  write("p", "#!/bin/sh\nexit 1\n");
  configure({plugin("p")});
  EXPECT_THAT(ask("registry.example.com/web:1"), IsEmpty());
  const std::vector<std::string> first = failures_;
  install("p", R"("cacheKeyType":"Image")");
  EXPECT_THAT(ask("registry.example.com/api:1"), IsEmpty());
  EXPECT_EQ(failures_, first) << "and the failure is told again";
  clock_.advance(std::chrono::minutes(1));
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 1"));
}

// An image of a registry that is none must not take everybody's credentials.
TEST_F(CredentialPluginsTest, AFailureSaysNothingOfOtherRegistries) {
  write("p", "#!/bin/sh\necho no answer\n");
  configure({plugin("p")});
  EXPECT_THAT(ask("nowhere.example.com/web:1"), IsEmpty());
  install("p", R"("cacheKeyType":"Image")");
  EXPECT_THAT(ask("registry.example.com/web:1"), ElementsAre("p 1"));
  EXPECT_THAT(ask("nowhere.example.com/web:1"), IsEmpty()) << "an answer that is none counts as a failure, too";
}

TEST_F(CredentialPluginsTest, AreLoadedFromWhatTheCommandLineNames) {
  const std::string config = folder_.file("config.yaml");
  std::ofstream(config)
      << "{apiVersion: kubelet.config.k8s.io/v1, kind: CredentialProviderConfig, providers: [{name: p, "
         "matchImages: [\"*.example.com\"], defaultCacheDuration: 1h, apiVersion: "
         "credentialprovider.kubelet.k8s.io/v1}]}";
  const auto error_of = [&](const std::string& file, const std::string& folder) -> std::string {
    try {
      return load_plugins(file, folder, clock_) ? "loaded" : "none";
    } catch (const base::ConfigError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(error_of("", ""), "none");
  EXPECT_THAT(error_of(config, ""), HasSubstr("need each other"));
  EXPECT_THAT(error_of("", folder_.path().string()), HasSubstr("need each other"));
  EXPECT_THAT(error_of(folder_.file("nowhere"), folder_.path().string()), HasSubstr("nowhere"));
  EXPECT_THAT(error_of(config, folder_.path().string()), HasSubstr("provider \"p\": there is no program"));
  install("p", R"("cacheKeyType":"Image")");
  EXPECT_EQ(error_of(config, folder_.path().string()), "loaded");
}

}  // namespace
}  // namespace pratique_operator::credential_plugins
