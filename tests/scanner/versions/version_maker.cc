#include "tests/scanner/versions/version_maker.h"

#include <array>
#include <utility>

#include "scanner/versions/digits.h"

namespace tests {
namespace {

using scanner::versions::is_letter;
using scanner::versions::is_lower;
using scanner::versions::to_lower;

char other_case(char c) {
  if (!is_letter(c)) return c;
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : to_lower(c);
}

}  // namespace

VersionMaker::VersionMaker(std::vector<std::string> real, Grammar grammar)
    : real_(std::move(real)), grammar_(std::move(grammar)) {}

std::string VersionMaker::piece(std::mt19937& random) const {
  if (random() % 2 == 0) return std::string(grammar_.words[random() % grammar_.words.size()]);
  return {grammar_.letters[random() % grammar_.letters.size()]};
}

std::string VersionMaker::made(std::mt19937& random) const {
  constexpr std::array kNumbers = {"0", "0", "1", "2", "10", "2024"};
  std::string version = kNumbers[random() % kNumbers.size()];
  const std::size_t numbers = grammar_.numbers_min + random() % (grammar_.numbers_max - grammar_.numbers_min + 1);
  for (std::size_t i = 1; i < numbers; ++i) version.append(".").append(kNumbers[random() % kNumbers.size()]);
  for (std::size_t pieces = random() % 5; pieces > 0; --pieces) version += piece(random);
  return version;
}

std::string VersionMaker::version(std::mt19937& random) const {
  return random() % 2 == 0 ? real_[random() % real_.size()] : made(random);
}

std::string VersionMaker::changed(std::string version, std::mt19937& random) const {
  for (std::size_t changes = 1 + random() % 2; changes > 0; --changes) {
    const std::size_t at = random() % version.size();
    switch (random() % 4) {
      case 0:
        version.insert(at, piece(random));
        break;
      case 1:
        version += piece(random);
        break;
      case 2:
        if (version.size() > 1) version.erase(at, 1);
        break;
      default:
        version[at] = other_case(version[at]);
    }
  }
  return version;
}

Pair VersionMaker::pair(std::mt19937& random) const {
  std::string left = version(random);
  std::string right = random() % 4 == 0 ? version(random) : changed(left, random);
  return {std::move(left), std::move(right)};
}

}  // namespace tests
