// A VexSource whose document lies in a registry, signed: its statements take findings away, and give them back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crds/finding.h"
#include "crds/vex_source.h"
#include "net/signed_envelope.h"
#include "scanner/advisories/ed25519.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

class VexSourceInCluster : public ::testing::Test {
 protected:
  ~VexSourceInCluster() override { cluster_.admin()->remove(crds::kVexSource, key_, {}); }

  // Stores the document, signed by this key, and names it.
  void publish(const json& document, const std::string& private_key) {
    const std::string envelope = net::sign_envelope("application/vnd.openvex+json", document.dump(), private_key);
    followed_.registry().add_artifact(envelope, "application/vnd.dsse.envelope.v1+json", "vex");
  }
  void name_source() {
    cluster_.admin()->apply(crds::kVexSource,
                            {{"apiVersion", crds::kVexSource.api_version()},
                             {"kind", crds::kVexSource.kind},
                             {"metadata", {{"name", key_.name}}},
                             {"spec",
                              {{"oci", followed_.registry().host() + "/security/vex:vex"},
                               {"format", "OpenVEX"},
                               {"keys", {signer_.public_pem}},
                               {"images", {followed_.registry().host() + "/shop/*"}}}}},
                            {.field_manager = "tests", .subresource = {}});
  }
  [[nodiscard]] static json not_affected() {
    return {{"@context", "https://openvex.dev/ns/v0.2.0"},
            {"@id", "https://example.com/vex/1"},
            {"author", "the platform team"},
            {"timestamp", "2026-01-01T00:00:00Z"},
            {"version", 1},
            {"statements",
             {{{"vulnerability", {{"name", "CVE-2024-90001"}}},
               {"products", {{{"@id", "pkg:npm/lodash@4.17.11"}}}},
               {"status", "not_affected"},
               {"justification", "vulnerable_code_not_in_execute_path"}}}}};
  }
  [[nodiscard]] crds::VexSource source() const {
    return cluster_.admin()->get(crds::kVexSource, key_)->get<crds::VexSource>();
  }
  // The state of the row of lodash's vulnerability; empty: there is none.
  [[nodiscard]] std::string state_of_finding() const {
    std::string state;
    (void)cluster_.admin()->list(
        crds::kFinding, {.ns = followed_.name(), .label_selector = {}, .field_selector = {}},
        [&](const json& item) {
          if (item.at("spec").at("vulnerability").at("id") != "CVE-2024-90001") return;
          state = item.value("status", json::object()).value("state", "");
        },
        [&] { state.clear(); }, {});
    return state;
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"vex"};
  const scanner::advisories::KeyPair signer_ = scanner::advisories::make_key_pair();
  const kubernetes::ObjectKey key_{"", followed_.name()};
};

TEST_F(VexSourceInCluster, ItsStatementsCountForAsLongAsItSaysSo) {
  followed_.registry().add_image(
      tests::gzip(tests::TarBuilder().file("of", followed_.name()).bytes() + tests::sample_layer()), "v1");
  (void)tests::create_scan(followed_.name(), "web", {{"image", followed_.registry().host() + "/shop/web:v1"}});
  ASSERT_TRUE(eventually([&] { return state_of_finding() == "Open"; })) << state_of_finding();

  publish(not_affected(), scanner::advisories::make_key_pair().private_pem);
  name_source();
  ASSERT_TRUE(eventually([&] { return state_of(source().status.conditions, "Fetched") == "False/NotSigned"; }))
      << tests::message_of(source().status.conditions, "Fetched");
  EXPECT_EQ(state_of_finding(), "Open") << "of another's key nothing is believed";

  publish(not_affected(), signer_.private_pem);
  cluster_.admin()->merge_patch(crds::kVexSource, key_, {{"spec", {{"interval", "1m"}}}}, {});
  ASSERT_TRUE(eventually([&] { return state_of(source().status.conditions, "Fetched") == "True/Read"; }))
      << tests::message_of(source().status.conditions, "Fetched");
  EXPECT_EQ(source().status.author, "the platform team");
  EXPECT_TRUE(eventually([&] { return state_of_finding() == "NotAffected"; })) << state_of_finding();

  cluster_.admin()->remove(crds::kVexSource, key_, {});
  EXPECT_TRUE(eventually([&] { return state_of_finding() == "Open"; }, std::chrono::seconds(60))) << state_of_finding();
}

}  // namespace
}  // namespace pratique_operator
