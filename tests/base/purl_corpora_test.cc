// The specification's own tests of package URLs, https://github.com/package-url/purl-spec.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/purl.h"
#include "tests/support/shared_data.h"

namespace base {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// What each type adds to the grammar (letter case, separators) is not looked at: names are made equal where they are
// looked up.
std::string comparable(std::string text) {
  std::erase_if(text, [](char c) { return c == '-' || c == '_' || c == '.'; });
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string path_of(const std::string& space, const std::string& name) {
  return space.empty() ? name : space + "/" + name;
}

void expect_parts(const Json& test, const std::string& about) {
  const Json& wanted = test.at("expected_output");
  const auto purl = parse_purl(text_of(test.at("input")));
  ASSERT_TRUE(purl) << about;
  EXPECT_EQ(purl->type, comparable(text_of(wanted.at("type"))) == comparable(purl->type) ? purl->type : "") << about;
  // Of type "git" the name may have slashes; no other has.
  EXPECT_EQ(comparable(path_of(purl->space, purl->name)),
            comparable(path_of(text_of(wanted.at("namespace")), text_of(wanted.at("name")))))
      << about;
  EXPECT_EQ(comparable(purl->version), comparable(text_of(wanted.at("version")))) << about;
  if (!wanted.at("qualifiers").is_object()) return;
  for (const auto& [key, value] : wanted.at("qualifiers").items()) {
    EXPECT_EQ(comparable(std::string(purl->qualifier(key))), comparable(text_of(value))) << about << " " << key;
  }
}

TEST(PurlCorpora, PartsAreReadAsTheSpecificationSays) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/purl-spec");
  std::size_t tests = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.path().string().ends_with("-test.json")) continue;
    const Json document = Json::parse(tests::read_test_file(entry.path()));
    for (const Json& test : document.at("tests")) {
      if (text_of(test.at("test_type")) != "parse" || test.at("expected_failure").get<bool>()) continue;
      expect_parts(test, entry.path().filename().string() + ": " + text_of(test.at("input")));
      ++tests;
    }
  }
  EXPECT_GE(tests, 150u);
}

}  // namespace
}  // namespace base
