// What can be wrong with an image, its registry or an ImageScan: the condition that tells of it, and never a clean
// result. The same list holds for `pratique scan` in tests/cli/bad_input_test.cc, for the scan service in
// tests/integration/scanner, for the database in database_test.cc, for forged events in push_event_test.cc, and for
// AdmissionReviews in tests/admission and tests/integration/admission.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::FakeRegistry;
using tests::InstalledOperator;
using tests::message_of;
using tests::state_of;
using tests::TarBuilder;

// One line of the list.
struct Bad {
  const char* name;
  // Makes the registry so, and gives what follows its host in the reference.
  std::function<std::string(FakeRegistry&)> make;
  std::string_view condition;
  const char* state;              // "status/reason"
  std::vector<std::string> says;  // words of its message
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

FakeRegistry::Intercept always(int status, net::Headers headers = {}) {
  return [=](const net::ServerRequest&) {
    return std::optional(net::ServerResponse{.status = status, .headers = headers});
  };
}

// The image answers truly, but for these bytes in the place of `digest`.
FakeRegistry::Intercept instead_of(const base::Digest& digest, std::string body) {
  return [=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (!request.target.ends_with(digest.text())) return std::nullopt;
    return net::ServerResponse{.status = 200, .body = body, .content_type = tests::kOciManifestType};
  };
}

// An image whose layer is the sample with these files beside it, or instead of its own.
std::function<std::string(FakeRegistry&)> image_with(const std::function<void(TarBuilder&)>& add) {
  return [=](FakeRegistry& registry) {
    TarBuilder tar;
    tar.raw(tests::sample_layer().substr(0, tests::sample_layer().size() - 1024));
    add(tar);
    registry.add_image(tests::gzip(tar.archive()), "1");
    return "shop/web:1";
  };
}

// What registries answer.
std::vector<Bad> bad_answers() {
  return {
      {"UnknownImage",
       [](FakeRegistry&) { return "shop/none:1"; },
       crds::kResolved,
       "False/NotFound",
       {"shop/none", "push the image"}},
      {"WrongCredentials",
       [](FakeRegistry& registry) {
         registry.intercept(always(401, {{"WWW-Authenticate", "Basic realm=\"test\""}}));
         return "shop/web:1";
       },
       crds::kResolved,
       "False/Unauthorized",
       {"401", "pullSecrets"}},
      {"NoRightToPull",
       [](FakeRegistry& registry) {
         registry.intercept(always(403));
         return "shop/web:1";
       },
       crds::kResolved,
       "False/Forbidden",
       {"403"}},
      {"RegistryThatAsksToWait",
       [](FakeRegistry& registry) {
         registry.intercept(always(429, {{"Retry-After", "7"}}));
         return "shop/web:1";
       },
       crds::kResolved,
       "False/RateLimited",
       {"429"}},
      {"ManifestWhoseDigestLies",
       [](FakeRegistry& registry) {
         const tests::FakeImage image = registry.add_image(tests::gzip(tests::sample_layer()));
         registry.intercept(instead_of(image.manifest, image.manifest_bytes + " "));
         return "shop/web@" + image.manifest.text();
       },
       crds::kResolved,
       "False/InvalidManifest",
       {"sha256:"}},
      {"LayerCutOffOnItsWay",
       [](FakeRegistry& registry) {
         const std::string layer = tests::gzip(TarBuilder().file("of", "the cut").bytes() + tests::sample_layer());
         const tests::FakeImage image = registry.add_image(layer, "1");
         registry.intercept(instead_of(image.layer, layer.substr(0, layer.size() / 2)));
         return "shop/web:1";
       },
       crds::kScanned,
       "False/InvalidImage",
       {"sha256:"}},
      {"PlatformThatTheImageHasNot",
       [](FakeRegistry& registry) {
         const tests::FakeImage image = registry.add_image(tests::gzip(tests::sample_layer()));
         const std::string entry =
             tests::descriptor_json(tests::kOciManifestType, image.manifest, image.manifest_bytes.size(),
                                    R"(,"platform":{"os":"linux","architecture":"s390x"})");
         registry.add_manifest(R"({"schemaVersion":2,"manifests":[)" + entry + "]}", tests::kOciIndexType, "1");
         return "shop/web:1";
       },
       crds::kResolved,
       "False/NoPlatform",
       {"platform"}},
      {"ReferenceThatIsNone",
       [](FakeRegistry&) { return "Shop//Web:1"; },
       crds::kResolved,
       "False/InvalidReference",
       {"Shop//Web:1", "delete"}},
  };
}

// What images hold.
std::vector<Bad> bad_content() {
  return {
      {"LayerCutOffBeforeItsPush",
       [](FakeRegistry& registry) {
         const std::string layer = tests::gzip(tests::sample_layer());
         registry.add_image(layer.substr(0, layer.size() / 2), "1");
         return "shop/web:1";
       },
       crds::kComplete,
       "False/Incomplete",
       {"sha256:"}},
      {"GzipBomb",
       image_with([](TarBuilder& tar) { tar.file("zeros", std::string(96 << 20, '\0')); }),
       crds::kComplete,
       "False/Incomplete",
       {"LimitExceeded"}},
      {"TarThatClimbsOut",
       image_with([](TarBuilder& tar) { tar.file("../../etc/os-release", "ID=none\n"); }),
       crds::kComplete,
       "False/Incomplete",
       {"CorruptLayer", "../../etc/os-release"}},
      {"BrokenDpkgStatus",
       image_with([](TarBuilder& tar) { tar.file("var/lib/dpkg/status", "Package: a\nSta"); }),
       crds::kComplete,
       "False/Incomplete",
       {"var/lib/dpkg/status"}},
      {"UnknownDistribution",
       image_with([](TarBuilder& tar) { tar.file("usr/lib/os-release", "ID=hannah\nVERSION_ID=1\n"); }),
       crds::kComplete,
       "False/Incomplete",
       {"UnknownDistribution", "os-release", "hannah"}},
      {"ContentThatCannotBeReadYet",
       image_with([](TarBuilder& tar) { tar.file("opt/app.jar", "PK\x03\x04"); }),
       crds::kComplete,
       "False/Incomplete",
       {"jar"}},
  };
}

class BadInput : public ::testing::TestWithParam<Bad> {
 protected:
  // Waits for the condition and says what is wrong with it, or with what the status says besides.
  void expect(const kubernetes::ObjectKey& key, std::string_view condition, const std::string& state,
              const std::vector<std::string>& says) const {
    const bool told =
        tests::eventually([&] { return state_of(tests::stored_scan(key).status.conditions, condition) == state; });
    const crds::ImageScanStatus status = tests::stored_scan(key).status;
    ASSERT_TRUE(told) << json(status).dump(1);
    for (const std::string& words : says) EXPECT_THAT(message_of(status.conditions, condition), HasSubstr(words));
    // Never clean.
    EXPECT_THAT(state_of(status.conditions, crds::kPolicyPassed), Not(HasSubstr("True/")));
    EXPECT_NE(status.complete, true);
    const bool scanned = state_of(status.conditions, crds::kScanned).starts_with("True/");
    EXPECT_EQ(scanned, condition == crds::kComplete) << "only what was read in part has counts";
    EXPECT_EQ(status.counts.has_value(), scanned);
    EXPECT_THAT(state_of(status.conditions, crds::kReady), HasSubstr(scanned ? "ScannedIncompletely" : state));
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"bad"};
  const std::string& ns_ = followed_.name();
  FakeRegistry& registry_ = followed_.registry();
};

TEST_P(BadInput, IsToldAndNeverClean) {
  const std::string image = registry_.host() + "/" + GetParam().make(registry_);

  const kubernetes::ObjectKey key = tests::create_scan(ns_, "bad", {{"image", image}, {"platforms", {"linux/amd64"}}});

  expect(key, GetParam().condition, GetParam().state, GetParam().says);
}

const auto kNameOf = [](const auto& row) { return std::string(row.param.name); };
INSTANTIATE_TEST_SUITE_P(Answers, BadInput, ::testing::ValuesIn(bad_answers()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Content, BadInput, ::testing::ValuesIn(bad_content()), kNameOf);

using BadRegistry = BadInput;

TEST_F(BadRegistry, ThatIsNotThere) {
  std::string host;
  {
    const FakeRegistry gone;
    host = gone.host();
  }
  const std::string name = cluster_.name_registry(host, ns_);
  const kubernetes::ObjectKey key = tests::create_scan(ns_, "away", {{"image", host + "/shop/web:1"}});
  expect(key, crds::kResolved, "False/RegistryUnreachable", {host, "ScanRegistry"});
  (void)cluster_.admin()->remove(crds::kScanRegistry, {"", name}, "");
}

TEST_F(BadRegistry, OnAPrivateAddressThatNobodyNamed) {
  FakeRegistry stranger;
  stranger.add_image(tests::gzip(tests::sample_layer()), "1");
  const kubernetes::ObjectKey key = tests::create_scan(ns_, "private", {{"image", stranger.host() + "/shop/web:1"}});
  expect(key, crds::kResolved, "False/RegistryUnreachable", {"127.0.0.1", "ScanRegistry"});
  EXPECT_TRUE(stranger.seen().empty());
}

// Credentials that the registry refuses are sent to it alone and told to nobody.
TEST_F(BadRegistry, ThatRefusesThePullSecret) {
  registry_.intercept(always(401, {{"WWW-Authenticate", "Basic realm=\"test\""}}));
  const json login{{"auths", {{registry_.host(), {{"username", "ann"}, {"password", "kept-by-ann"}}}}}};
  (void)tests::kubectl_or_throw({"create", "secret", "generic", "login", "-n", ns_,
                                 "--type=kubernetes.io/dockerconfigjson",
                                 "--from-literal=.dockerconfigjson=" + login.dump()});
  const json spec{{"image", registry_.host() + "/shop/web:1"}, {"pullSecrets", {"login"}}};
  const kubernetes::ObjectKey early = tests::create_scan(ns_, "early", spec);
  expect(early, crds::kResolved, "False/CredentialsMissing", {"login", "may not be read", "Role"});
  (void)tests::kubectl_or_throw({"create", "rolebinding", "pratique", "-n", ns_,
                                 "--clusterrole=pratique-pull-secret-reader",
                                 "--serviceaccount=pratique-system:pratique-operator"});

  const kubernetes::ObjectKey key = tests::create_scan(ns_, "late", spec);

  expect(key, crds::kResolved, "False/Unauthorized", {"401", "pullSecrets"});
  EXPECT_THAT(registry_.all_authorizations(), HasSubstr("Basic " + base::encode_base64("ann:kept-by-ann")));
  const std::string told = tests::kubectl_or_throw({"get", "imagescans,events", "-n", ns_, "--output=json"});
  EXPECT_THAT(told + cluster_.leader().log(), AllOf(Not(HasSubstr("kept-by-ann")), HasSubstr("Unauthorized")));
}

TEST_F(BadRegistry, APullSecretThatIsNotThere) {
  (void)tests::kubectl_or_throw({"create", "rolebinding", "pratique", "-n", ns_,
                                 "--clusterrole=pratique-pull-secret-reader",
                                 "--serviceaccount=pratique-system:pratique-operator"});
  registry_.intercept(always(401, {{"WWW-Authenticate", "Basic realm=\"test\""}}));
  const kubernetes::ObjectKey key =
      tests::create_scan(ns_, "bare", {{"image", registry_.host() + "/shop/web:1"}, {"pullSecrets", {"nowhere"}}});
  expect(key, crds::kResolved, "False/CredentialsMissing", {"nowhere", "does not exist"});
}

// A malformed object never reaches the operator; every field of every kind: tests/integration/crds.
TEST_F(BadRegistry, AMalformedObjectIsRefusedByTheNameOfItsField) {
  struct Row {
    json spec;
    const char* field;
  };
  for (const Row& row : {Row{json::object(), "spec.image"}, Row{{{"image", "a b"}}, "spec.image"},
                         Row{{{"image", "a"}, {"interval", "soon"}}, "spec.interval"},
                         Row{{{"image", "a"}, {"platforms", {"linux amd64"}}}, "spec.platforms"}}) {
    try {
      (void)tests::create_scan(ns_, "malformed", row.spec);
      ADD_FAILURE() << row.spec << " was taken";
    } catch (const kubernetes::ApiError& error) {
      EXPECT_THAT(error.what(), HasSubstr(row.field));
    }
  }
}

}  // namespace
}  // namespace pratique_operator
