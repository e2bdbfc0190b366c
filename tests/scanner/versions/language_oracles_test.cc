// The orders of languages against each one's own tool: the answers to 60,000 pairs in one process of the tool's, by a
// script in oracles/. A new ecosystem's order is one more row of kOracles and one more script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <compare>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/comparisons.h"
#include "tests/scanner/versions/version_maker.h"
#include "tests/scanner/versions/version_pairs.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"

namespace scanner::versions {
namespace {

using testing::Ge;
using testing::IsEmpty;
using testing::SizeIs;
using tests::Pair;

// What a script prints for a pair of which its tool refuses one.
constexpr int kRefused = 2;

struct Oracle {
  const VersionOrder& order;
  std::string program;               // that runs the script
  std::string script;                // in oracles/
  std::string packages;              // of Debian's, that have the tool
  std::vector<std::string> vectors;  // published ones, whose versions are real
  tests::Grammar grammar;
  // Whether it is known that this answer of the tool is not ours, and why; null: all are.
  bool (*is_known)(const Pair& pair, int answer) = nullptr;
  // Whether a version is outside of the laws of an order; null: none is.
  bool (*is_lawless)(const std::string& version) = nullptr;
};

void PrintTo(const Oracle& oracle, std::ostream* out) {
  *out << oracle.order.name();
}

bool is_in_one(const RE2& pattern, const Pair& pair) {
  return RE2::PartialMatch(pair.first, pattern) || RE2::PartialMatch(pair.second, pattern);
}

// What the loose pattern makes of texts that are no versions: it splits the third number where a fourth follows
// ("1.2.34.5" is 1.2.3 with the pre-release 4.5), and takes the dash of "1.2.3-" for an identifier.
bool is_known_of_semver(const Pair& pair, int /*answer*/) {
  static const RE2 odd(R"(^[v=]*\d+\.\d+\.(\d{2,}\.|\d+-($|[.+])))");
  return is_in_one(odd, pair);
}

// "stable" in other letters than small ones is none of its own words to Composer: 1.0-Stable is below 1.0-dev.
bool is_known_of_composer(const Pair& pair, int /*answer*/) {
  static const RE2 stable("(?i)stable");
  const auto is_odd = [](const std::string& version) {
    return RE2::PartialMatch(version, stable) && version.find("stable") == std::string::npos;
  };
  return is_odd(pair.first) || is_odd(pair.second);
}

// Maven's answers hang on how its lists nest where its page
// (https://maven.apache.org/pom.html#version-order-specification) knows only tokens.
bool nests_oddly(const Pair& pair) {
  static const RE2 odd(
      "(?i)^[.-]|[.-][.-]|[.-]$"             // an empty token
      "|^[^0-9]"                             // a word in front, against 0
      "|[^0-9.]0+[^0-9]"                     // a zero behind a hyphen or word, and more behind it
      "|(^|[^a-z])(final|ga|release)[^a-z]"  // a word that means nothing, and more behind it
      "|\\.[^0-9.-]+([.-]|[0-9]+[^0-9])");   // a word behind a dot, and more than a number behind it
  return is_in_one(odd, pair);
}

// "1.0.RC1" as "1.0-RC1".
std::string hyphened(std::string version) {
  static const RE2 dot(R"(\.([^0-9.-]))");
  RE2::GlobalReplace(&version, dot, R"(-\1)");
  return version;
}

// Since 3.8.7 Maven reads a dot before a word as a hyphen, before which it cuts zeros off: 2.9.0.RC1 < 2.9.0-1, and
// 1.0.0.RC8-beta < 1.0.0-RC16. The published vectors have both the other way about, as the releases before did.
bool is_known_of_maven(const Pair& pair, int answer) {
  return nests_oddly(pair) || tests::sign_of(maven_order(), {hyphened(pair.first), hyphened(pair.second)}) == answer;
}

// Maven's own order is none where a zero, or nothing, stands before a dot and a word: maven.cc tells.
bool is_lawless_in_maven(const std::string& version) {
  static const RE2 zero_and_word(R"((^|[^0-9])0+\.[^0-9.-]|(^|[.-])\.[^0-9.-])");
  return RE2::PartialMatch(version, zero_and_word);
}

const std::vector<Oracle> kOracles = {
    {.order = pep440_order(),
     .program = "/usr/bin/python3 -B",
     .script = "pep440.py",
     .packages = "python3 python3-packaging",
     .vectors = {"pypi-versions.txt", "pypi-versions-generated.txt"},
     .grammar = {.letters = "0129.-_avV!",
                 .words = {"rc1", ".post1", ".dev0", "a1", "+local.1", "-1", ".0", "b.2", "c", "preview", "-r4", "_rev",
                           "1!", "+Ubuntu-2"}}},
    {.order = semver_order(),
     .program = "node",
     .script = "semver.js",
     .packages = "node-semver",
     .vectors = {"semver-versions.txt", "pub-versions.txt"},
     .grammar = {.numbers_min = 3,
                 .numbers_max = 3,
                 .letters = "019aZv=-",
                 .words = {"-rc.1", "-alpha.0", "-a.b", "+build.1", "-0", "beta", "-1", "-x.10", "--a"}},
     .is_known = is_known_of_semver},
    {.order = gem_order(),
     .program = "ruby",
     .script = "gem.rb",
     .packages = "ruby",
     .vectors = {"rubygems-versions.txt", "rubygems-versions-generated.txt"},
     .grammar = {.letters = "019.-abZ",
                 .words = {".rc1", "-1", ".0", ".a", ".pre", "00", ".10", ".b.2", "-x86", ".beta"}}},
    {.order = composer_order(),
     .program = "php",
     .script = "composer.php",
     .packages = "php-cli php-composer-semver",
     .vectors = {"packagist-versions.txt", "packagist-versions-generated.txt"},
     .grammar = {.letters = "0129.-_avX",
                 .words = {"-dev", "RC1", ".rc", "-patch1", ".0", "-beta.2", "pl", ".x-dev", "-stable", "alpha3", "+b1",
                           "0131", "-01-02", "BETA"}},
     .is_known = is_known_of_composer},
    {.order = maven_order(),
     .program = "bash",
     .script = "maven.sh",
     .packages = "libmaven3-core-java openjdk-17-jre-headless",
     .vectors = {"maven-versions.txt", "maven-versions-generated.txt"},
     .grammar = {.letters = "0129abmx",
                 .words = {"-alpha", ".1", "-1", "rc1", ".0", "-SNAPSHOT", ".Final", "-sp", ".RELEASE", "-b2", "-jre",
                           ".ga", ".CR1", "-"}},
     .is_known = is_known_of_maven,
     .is_lawless = is_lawless_in_maven},
};

tests::VersionMaker maker_of(const Oracle& oracle, const std::filesystem::path& vectors) {
  std::vector<std::string> real;
  for (const std::string& file : oracle.vectors) {
    for (const auto& [left, sign, right] : tests::comparisons_in(vectors / file)) {
      real.push_back(left);
      real.push_back(right);
    }
  }
  EXPECT_THAT(real, SizeIs(Ge(100U)));
  return {std::move(real), oracle.grammar};
}

std::string command_of(const Oracle& oracle, const tests::PairFile& pairs) {
  const std::filesystem::path script = tests::source_path() / "tests/scanner/versions/oracles" / oracle.script;
  return oracle.program + " '" + script.string() + "' '" + pairs.path().string() + "'";
}

struct Tally {
  int compared = 0;  // pairs that the tool does not refuse
  int known = 0;     // of these, those that differ as it is known
  std::vector<std::string> unknown;
};

Tally tally_of(const Oracle& oracle, const std::vector<Pair>& pairs, const std::vector<int>& answers) {
  Tally tally;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (answers[i] == kRefused) continue;
    ++tally.compared;
    const auto& [left, right] = pairs[i];
    // What the tool reads is readable to us, too.
    const std::optional<std::strong_ordering> ours = oracle.order.compare(left, right);
    if (ours == (answers[i] <=> 0)) continue;
    if (oracle.is_known != nullptr && oracle.is_known(pairs[i], answers[i])) {
      ++tally.known;
    } else {
      tally.unknown.push_back(left + " " + "<=>"[answers[i] + 1] + " " + right + (ours ? "" : ", unreadable to us"));
    }
  }
  return tally;
}

class LanguageOracle : public testing::TestWithParam<Oracle> {};

TEST_P(LanguageOracle, OrderAgreesWithTheTool) {
  REQUIRE_SHARED_DATA(vectors, "data/corpora/version-vectors/osv-scalibr");
  const Oracle& oracle = GetParam();
  const tests::VersionMaker maker = maker_of(oracle, vectors);
  const std::vector<Pair> pairs = tests::random_pairs(60'000, [&](std::mt19937& random) { return maker.pair(random); });
  const tests::PairFile file(pairs);

  const std::vector<int> answers = tests::answers_of(command_of(oracle, file));

  ASSERT_EQ(answers.size(), pairs.size()) << "the tool is needed: apt-get install " << oracle.packages;
  const Tally tally = tally_of(oracle, pairs, answers);
  EXPECT_THAT(tally.unknown, IsEmpty()) << "by the tool";
  RecordProperty("compared", tally.compared);
  RecordProperty("known", tally.known);
  EXPECT_GE(tally.compared, 20'000);
  EXPECT_EQ(tally.known > 0, oracle.is_known != nullptr) << "a known difference is one that is met";
  EXPECT_LE(tally.known * 20, tally.compared) << tally.known << " differ as it is known";
}

TEST_P(LanguageOracle, OrderIsTotalOnRealVersions) {
  REQUIRE_SHARED_DATA(vectors, "data/corpora/version-vectors/osv-scalibr");
  const Oracle& oracle = GetParam();
  const tests::VersionMaker maker = maker_of(oracle, vectors);
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::string version = maker.version(random);
    const std::array<std::string, 3> triple = {version, maker.changed(version, random), maker.changed(version, random)};
    if (tests::laws_hold(oracle.order, triple)) continue;
    ASSERT_TRUE(oracle.is_lawless != nullptr && std::any_of(triple.begin(), triple.end(), oracle.is_lawless))
        << triple[0] << ", " << triple[1] << ", " << triple[2];
  }
}

INSTANTIATE_TEST_SUITE_P(Ecosystems, LanguageOracle, testing::ValuesIn(kOracles),
                         [](const auto& oracle) { return std::string(oracle.param.order.name()); });

}  // namespace
}  // namespace scanner::versions
