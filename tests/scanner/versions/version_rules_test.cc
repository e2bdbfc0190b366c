// The rules of each ecosystem's order, one row a rule, and what each can read.
#include <gtest/gtest.h>

#include <vector>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Row {
  const char* left;
  const char* sign;
  const char* right;
};

struct Rules {
  const VersionOrder& order;
  std::vector<Row> rows;
  std::vector<const char*> readable;
  std::vector<const char*> unreadable;
};

void PrintTo(const Rules& rules, std::ostream* out) {
  *out << rules.order.name();
}

class VersionRules : public testing::TestWithParam<Rules> {};

TEST_P(VersionRules, EveryRowHolds) {
  for (const auto& [left, sign, right] : GetParam().rows) {
    const auto answer = GetParam().order.compare(left, right);
    ASSERT_TRUE(answer.has_value()) << left << " and " << right;
    EXPECT_STREQ(*answer < 0 ? "<" : *answer > 0 ? ">" : "=", sign) << left << " and " << right;
  }
}

TEST_P(VersionRules, TellsWhatCanBeRead) {
  for (const char* version : GetParam().readable) EXPECT_TRUE(GetParam().order.readable(version)) << version;
  for (const char* version : GetParam().unreadable) EXPECT_FALSE(GetParam().order.readable(version)) << version;
}

const Rules kDebianRules{
    .order = debian_order(),
    .rows = {{"1.0~rc1", "<", "1.0"},
             {"1.0", "<", "1.0a"},
             {"1.0a", "<", "1.0+"},
             {"1.0~~", "<", "1.0~"},
             {"1:0.1", ">", "9.9"},
             {"0:1", "=", "1"},
             {"1-0", "=", "1"},
             {"1-1", ">", "1"},
             {"1-1+b1", ">", "1-1"},
             {"1-1+b1", "<", "1-1+deb12u1"},
             {"2-1-1", ">", "2-1"},
             {"1.010", "=", "1.10"},
             {"1:2:3-1", "<", "1:2:4-1"},
             {"5.36.0-7+deb12u1", ">", "5.36.0-7"}},
    .readable = {"1", "1:1", "0:1.0-1", "1.2+dfsg~rc1-3+b1", "1:2:3", "a1", "1-1-1", "2147483647:1"},
    .unreadable = {"", ":1", "a:1", "1:", "1-", "-1", "1_2", "1 ", "1:1 2", "1-a:b", "2147483648:1", "1\n"}};

const Rules kApkRules{
    .order = apk_order(),
    .rows = {{"1.2", "<", "1.2.0"},
             {"1.2_rc1", "<", "1.2"},
             {"1.2_p1", ">", "1.2"},
             {"1.2-r0", ">", "1.2"},
             {"1.2-r2", "<", "1.2-r10"},
             {"1.2a", ">", "1.2"},
             {"1.2.1", ">", "1.2a"},
             {"1.05", "<", "1.1"},
             {"01.5", "=", "1.5"},
             {"1.2_alpha", "<", "1.2_beta"},
             {"1.2_pre9", "<", "1.2_rc1"},
             {"1.2_git20240101", "<", "1.2_git20240102"},
             {"1.2_rc1_p1", ">", "1.2_rc1"},
             {"1.2_alpha_pre2", "<", "1.2_alpha"},
             {"1.2~abc-r0", "<", "1.2~abd-r0"},
             {"3.1.4-r6", "=", "3.1.4-r6"}},
    .readable = {"1", "1.2.3-r0", "1.2a_p1-r3", "1.2_git20240101-r0", "1.2~0a1b-r1", "20240226-r0", "6.6.2p1", "1-r"},
    .unreadable = {"", "a", ".1", "1..2", "1.", "1_blah", "1A", "1-1", "1-r1-r2", "1-ruff", "1.2~xyz", "1 2"}};

const Rules kPep440Rules{
    .order = pep440_order(),
    .rows = {{"1.0", "=", "1"},
             {"1.0", "=", "v1.0.0"},
             {"1.0.dev1", "<", "1.0a1"},
             {"1.0a1.dev1", "<", "1.0a1"},
             {"1.0rc1", "=", "1.0-c.1"},
             {"1.0rc1", "<", "1.0"},
             {"1.0", "<", "1.0.post0"},
             {"1.0.post1.dev1", "<", "1.0.post1"},
             {"1.0-1", "=", "1.0.post1"},
             {"1!0.1", ">", "99"},
             {"1.0+local", ">", "1.0"},
             {"1.0+1", ">", "1.0+a"},
             {"1.0+A.1", "=", "1.0+a-1"},
             {"1.0ALPHA", "=", "1.0a0"},
             {"1.10", ">", "1.9"},
             {" 1.0 ", "=", "1.0"},
             {"1.0a1.post1", ">", "1.0a1"},
             {"1.0rc.", "=", "1.0rc0"},
             {"1.0.post-", "=", "1.0.post0"},
             {"1.0dev_", "=", "1.0.dev0"},
             {"1.0a--5", "=", "1.0a0.post5"},
             {"1.0a-5", "=", "1.0a5"},
             {"1.0b.+local", ">", "1.0b0"},
             {"1.0a-.dev1", "=", "1.0a0.dev1"}},
    .readable = {"1", "1.0", "1!2.3.4a5.post6.dev7+l.o-c", "2022.12.07", "1.0-r4", "1.0_rc_1", "V1", "1.0c_", "1.0r."},
    .unreadable = {"", "a", "1.", "1..0", "1.0-bulbasaur", "1.0+", "1.0+a..b", "1.0+a.", "1.0a1b1", "2013-01-23", "!1",
                   "1!", "trunk", "1.0a..", "1.0-post--", "1.0."}};

const Rules kSemverRules{.order = semver_order(),
                         .rows = {{"1.0.0-alpha", "<", "1.0.0-alpha.1"},
                                  {"1.0.0-alpha.1", "<", "1.0.0-alpha.beta"},
                                  {"1.0.0-2", "<", "1.0.0-10"},
                                  {"1.0.0-10", "<", "1.0.0-a"},
                                  {"1.0.0-rc.1", "<", "1.0.0"},
                                  {"1.0.0+a", "=", "1.0.0+b"},
                                  {"v1.0.0", "=", "1.0.0"},
                                  {"=1.0.0", "=", "1.0.0"},
                                  {"=v1.0.0", "=", "1.0.0"},
                                  {"v 1.0.0", "=", "1.0.0"},
                                  {" = v0.9.9", "<", "1.0.0"},
                                  {"vv1.2.3", ">", "1.2.2"},
                                  {"1.2", "=", "1.2.0"},
                                  {"1", "=", "1.0.0"},
                                  {"1.2.3beta", "=", "1.2.3-beta"},
                                  {"4.17.20", "<", "4.17.21"},
                                  {"1.0.0-a-b", ">", "1.0.0-a"},
                                  {"1.0.0.alpha.beta", "=", "1.0.0-alpha-beta"}},
                         .readable = {"1.2.3", "v1.2.3", "1.2.3-a.b-c.4+x.y", "0.1", "0", "1.2.3rc1", "1.0.0.rc1"},
                         .unreadable = {"", "v", "v=", "= ", "a", "1 2", "1.2.3.4", "1.2.3-", "1.2.3-a..b", "1.2.3-.a",
                                        "1.2.3-a.", "1.2.3-a_b", "latest", "1.x", "^1.0.0"}};

const Rules kRpmRules{.order = rpm_order(),
                      .rows = {{"1.0~rc1", "<", "1.0"},
                               {"1.0^git1", ">", "1.0"},
                               {"1.0^git1", "<", "1.0.1"},
                               {"1.0-1", "=", "0:1.0-1"},
                               {"1:0.1-1", ">", "9-9"},
                               {"1.1.1k-7.el8_6", "<", "1.1.1k-12.el8_9"},
                               {"2.0a", ">", "2.0"},
                               {"xyz.4", "<", "8"},
                               {"1.0010", "=", "1.10"},
                               {"2_0", "=", "2.0"},
                               {"1-1.el9", "<", "1-1.el9_1"},
                               {"1.module+el9:1", "<", "2"}},
                      .readable = {"1", "1-1", "2:1.0~rc1^git-3.el9", "1.2.3+abc", "a"},
                      .unreadable = {"", "1:", "-1", "1 2", "1\n"}};

const Rules kMavenRules{.order = maven_order(),
                        .rows = {{"2.14.1", "<", "2.15.0"},
                                 {"1.0-alpha-1", "<", "1.0-beta-1"},
                                 {"1.0-SNAPSHOT", "<", "1.0"},
                                 {"1.0", "=", "1.0.0.Final"},
                                 {"5.2.25.RELEASE", "=", "5.2.25"},
                                 {"1.0-sp", ">", "1.0"},
                                 {"1.0-jre", ">", "1.0-android"},
                                 {"1a1", "=", "1-alpha-1"},
                                 {"1-a", "=", "1a"},
                                 {"1.foo", "<", "1-foo"},
                                 {"1-foo", "<", "1-1"},
                                 {"1-1", "<", "1.1"}},
                        .readable = {"1", "1.0.0.Final", "r09", "20040616"},
                        .unreadable = {"", "1 2", "${project.version} "}};

const Rules kGemRules{.order = gem_order(),
                      .rows = {{"1.0", "=", "1.0.0"},
                               {"1.0.0.rc1", "<", "1.0.0"},
                               {"1.0.a.2", "=", "1.0.a2"},
                               {"1.0.a10", ">", "1.0.a9"},
                               {"1.0.0-1", "<", "1.0.0"},
                               {"0.beta", "=", "0.0.beta"},
                               {"2.1.A", "<", "2.1.a"}},
                      .readable = {"1", "1.2.3.rc1", "1.0.0-alpha.1", "1.0--", "1-a.-b", "1a"},
                      .unreadable = {"", "a", "1.", "1..2", "1.-a", "1-", "1-.a", "1_2", "1 2"}};

const Rules kNugetRules{.order = nuget_order(),
                        .rows = {{"5.05.01", "=", "5.5.1"},
                                 {"1.0", "=", "1.0.0.0"},
                                 {"1.0.0-BETA", "=", "1.0.0-beta+x"},
                                 {"1.0.0-beta.2", "<", "1.0.0-beta.10"},
                                 {"1.0.0.1-a", ">", "1.0.0"},
                                 {"1.0.0-a", "<", "1.0.0-a.0"}},
                        .readable = {"1", "1.2.3.4-rc.1+b", "01.02"},
                        .unreadable = {"", "v1", "1.", "1.2.3.4.5", "1.0-", "1.0-a..b", "1.0-a_b", "1 2"}};

const Rules kPhpRules{.order = php_order(),
                      .rows = {{"v1.0", "=", "1.0"},
                               {"1.0-dev", "<", "1.0a1"},
                               {"1.0alpha", "=", "1.0-a"},
                               {"1.0RC1", "=", "1.0rc1"},
                               {"1.0RC1", "<", "1.0"},
                               {"1.0", "<", "1.0pl1"},
                               {"1.0.0", ">", "1.0"},
                               {"1.0-BETA", "<", "1.0-dev"},
                               {"1.0-whatever", "<", "1.0-dev"}},
                      .readable = {"1", "v1.2.3-beta1", "1.0_p1", "2.x-dev"},
                      .unreadable = {"", "v", "dev-main", "1 2", "1@dev"}};

// The last rows are those lines of the published vectors of PHP's order that Composer answers otherwise.
const Rules kComposerRules{.order = composer_order(),
                           .rows = {{"v1.0", "=", "V1.0.0.0"},
                                    {"1.0", "<", "1.0.0.1"},
                                    {"1.0-dev", "<", "1.0.0-alpha1"},
                                    {"1.0alpha", "=", "1.0-a"},
                                    {"1.0.0-BETA.2", "=", "1-b2"},
                                    {"1.0-Rc1", "=", "1.0RC1"},
                                    {"1.0-RC1-dev", "<", "1.0-RC1"},
                                    {"1.0", "<", "1.0pl1"},
                                    {"1.0-p1.2", "<", "1.0-patch1.3"},
                                    {"1.0-stable", "=", "1.0+build.5"},
                                    {"1.0.", "=", "1.0"},
                                    {"2.9.5", "<", "2.x-dev"},
                                    {"2.x-dev", "<", "3.0-alpha1"},
                                    {"2.1.99", "<", "2.1.X-dev"},
                                    {"2.1.x-dev", "<", "2.2.0-dev"},
                                    {"2.x-dev", "=", "2.x.x.x.dev"},
                                    {"20240131", "<", "20240131.1"},
                                    {"2024-01-31-BETA", "<", "2024-01-31"},
                                    {"2024", "=", "2024.0.0"},
                                    {"1.0-whatever", "<", "1.0-dev"},
                                    {"1.2.3.4.5", ">", "1.2.3.4"},
                                    {"1.0.0", "=", "1.0"},
                                    {"v3.0", ">", "v3.0.0-beta"},
                                    {"v6.5", ">", "v6.5.0-beta-0"},
                                    {"v1.9.0-BETA.1", ">", "v1.9.0-ALPHA.2"},
                                    {"v1.9.0-ALPHA.2", "<", "v1.9.0-BETA.2"},
                                    {"5.1.0-stable", ">", "5.1.0-beta2"},
                                    {"3.0.0b1", ">", "3.0.0b1.post1"}},
                           .readable = {"1", "v1.2.3-beta1", "1.0_p1", "2.x-dev"},
                           .unreadable = {"", "v", "dev-main", "1 2", "1@dev"}};

const Rules kDottedRules{.order = dotted_order(),
                         .rows = {{"1.0", "<", "1.0.0"}, {"1-2", "=", "1.2"}, {"1.10", ">", "1.9"}},
                         .readable = {"1", "1.2-3"},
                         .unreadable = {"", "1.", ".1", "1..2", "1a", "1 2"}};

const Rules kConanRules{.order = conan_order(),
                        .rows = {{"1.1.1", "<", "1.1.1a"},
                                 {"1.1.1a", "<", "1.1.1q"},
                                 {"1.1.1q", "<", "1.1.2"},
                                 {"9c", "<", "9d"},
                                 {"9d", "<", "10"},
                                 {"1.0", "=", "1"},
                                 {"1.0-rc1", "<", "1.0"},
                                 {"1.0-rc1", "<", "1.0-rc2"},
                                 {"1.0+2", ">", "1.0"}},
                        .readable = {"1", "1.0.2zd", "9d", "1.70.0-beta+1", "2021_08"},
                        .unreadable = {"", "cci.20200203", "1 2", "v1", "1/2"}};

const Rules kPubRules{.order = pub_order(),
                      .rows = {{"1.0.0", "<", "1.0.0+1"},
                               {"1.0.0-rc.1+9", "<", "1.0.0"},
                               {"1.0.0+1", "<", "1.0.1"},
                               {"1.0.0+2", "<", "1.0.0+10"},
                               {"1.0.0+1", "<", "1.0.0+1.1"}},
                      .readable = {"1.2.3", "0.12.0+4"},
                      .unreadable = {"", "1.2.3.4", "any"}};

// Packages of binaries count their builds alone.
const Rules kJuliaRules{.order = julia_order(),
                        .rows = {{"1.3.1+0", "<", "1.3.1+1"}, {"1.3.1+1", "<", "1.3.2+0"}},
                        .readable = {"1.3.1+0", "0.21"},
                        .unreadable = {"", "1.2.3.4"}};

const Rules kBitnamiRules{.order = bitnami_order(),
                          .rows = {{"18.6.0-3", "=", "18.6.0"},
                                   {"18.6.0-3", "=", "18.6.0-12"},
                                   {"18.5.9-3", "<", "18.6.0"},
                                   {"17.0.13-11-1", "=", "17.0.13"},
                                   {"26.2.5.3-0", ">", "26.2.5.2"},
                                   {"10.7.0.96327", ">", "10.7.0"},
                                   {"2024.12.18-1", ">", "2024.5.1"},
                                   {"2.3", "=", "2.3.0-1"},
                                   {"1.0.0-rc.1", "<", "1.0.0-4"},
                                   {"1.0.0-rc.1-2", "=", "1.0.0-rc.1"},
                                   {"1.0.0-rc.2", "<", "1.0.0-rc.10"},
                                   {"1.0.0beta1", "=", "1.0.0-beta1"},
                                   {"v1.2.3", "=", "1.2.3+build"}},
                          .readable = {"1", "18.6.0-3", "26.2.5.3", "1.0.0-rc.1-2"},
                          .unreadable = {"", "v", "latest", "1..2", "1.", "-1", "1.2-", "1.2-a..b", "1 2"}};

INSTANTIATE_TEST_SUITE_P(Ecosystems, VersionRules,
                         testing::Values(kDebianRules, kApkRules, kPep440Rules, kSemverRules, kRpmRules, kMavenRules,
                                         kGemRules, kNugetRules, kPhpRules, kComposerRules, kDottedRules, kConanRules,
                                         kPubRules, kJuliaRules, kBitnamiRules),
                         [](const auto& rules) { return std::string(rules.param.order.name()); });

}  // namespace
}  // namespace scanner::versions
