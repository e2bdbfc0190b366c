// Debian's order against dpkg's own code: 100,000 random pairs through its Perl module Dpkg::Version in one process,
// and some hundreds through the program itself.
#include <gtest/gtest.h>

#include <cstdlib>

#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/version_pairs.h"

namespace scanner::versions {
namespace {

using tests::Pair;
using tests::random_text;

std::string random_version(std::mt19937& random) {
  std::string version;
  if (random() % 4 == 0) version += std::to_string(random() % 3) + ":";
  version += static_cast<char>('0' + random() % 10);
  version += random_text(random, "0019.a~+-bZ", 8);
  if (random() % 2 == 0) version += "-" + random_text(random, "01a~+.", 4) + "1";
  if (random() % 8 == 0) version += "+b" + std::to_string(random() % 20);
  return version;
}

// Half of the pairs differ by a small change only, where the rules are fine.
Pair random_pair(std::mt19937& random) {
  std::string left = random_version(random);
  if (random() % 2 == 0) return {left, random_version(random)};
  return {left, left + random_text(random, "0~1a", 2)};
}

std::vector<Pair> random_readable_pairs(std::size_t count) {
  return tests::random_pairs(count, [](std::mt19937& random) {
    Pair pair = random_pair(random);
    while (!debian_order().readable(pair.first) || !debian_order().readable(pair.second)) pair = random_pair(random);
    return pair;
  });
}

std::vector<int> answers_of_dpkg_module(const tests::PairFile& file) {
  return tests::answers_of(
      "perl -MDpkg::Version -ne '($l, $r) = split; "
      "print version_compare(Dpkg::Version->new($l), Dpkg::Version->new($r)), \"\\n\"' " +
      file.path().string());
}

TEST(DebianOracle, AgreesWithDpkgOnHundredThousandRandomPairs) {
  const std::vector<Pair> pairs = random_readable_pairs(100'000);
  const tests::PairFile file(pairs);

  const std::vector<int> answers = answers_of_dpkg_module(file);

  ASSERT_EQ(answers.size(), pairs.size()) << "perl's Dpkg::Version is needed (package libdpkg-perl)";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    ASSERT_EQ(tests::sign_of(debian_order(), pairs[i]), answers[i]) << pairs[i].first << " and " << pairs[i].second;
  }
}

TEST(DebianOracle, AgreesWithTheDpkgProgram) {
  for (const Pair& pair : random_readable_pairs(300)) {
    const int sign = tests::sign_of(debian_order(), pair);
    const std::string word = sign < 0 ? "lt" : sign > 0 ? "gt" : "eq";
    const std::string command = "dpkg --compare-versions '" + pair.first + "' " + word + " '" + pair.second + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
}

}  // namespace
}  // namespace scanner::versions
