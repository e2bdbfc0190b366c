#include "scanner/inventory/program_coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// An image whose programs have ten bytes each.
class Image {
 public:
  Image& program(std::string_view path, bool is_told = false) {
    content_.programs.push_back({.path = path, .bytes = 10, .is_told = is_told});
    return *this;
  }
  Image& read(std::string_view path, const Extraction& extraction) {
    content_.files.push_back({.path = path, .layer = {}, .extraction = &extraction});
    return *this;
  }
  [[nodiscard]] ProgramCoverage coverage() const { return find_programs(content_).coverage; }
  [[nodiscard]] std::vector<std::string> unknown() const {
    std::vector<std::string> paths;
    for (const UnknownProgram& program : coverage().unknown) paths.push_back(program.path);
    return paths;
  }

 private:
  ImageContent content_;
};

Extraction told(std::string type, std::string name = "p") {
  return {.packages = {{.type = std::move(type), .name = std::move(name), .version = "1"}}};
}

TEST(ProgramCoverage, AnImageWithoutProgramsHasNoUnknownOnes) {
  const ProgramCoverage coverage = Image().coverage();
  EXPECT_EQ(coverage.bytes, 0U);
  EXPECT_EQ(coverage.percent(), 100);
}

TEST(ProgramCoverage, KnowsWhatTheDistributionOwns) {
  Extraction dpkg = told("deb");
  dpkg.owned_files = {"bin/ls", "lib/libc.so.6"};
  const Image image = Image()
                          .read("var/lib/dpkg/status", dpkg)
                          .program("bin/ls")
                          .program("usr/lib/libc.so.6")
                          .program("usr/local/bin/copied");
  EXPECT_EQ(image.coverage().bytes, 30U);
  EXPECT_EQ(image.coverage().known_bytes, 20U);
  EXPECT_EQ(image.coverage().percent(), 66);
  EXPECT_THAT(image.unknown(), ElementsAre("usr/local/bin/copied"));
}

TEST(ProgramCoverage, KnowsAProgramThatTellsOfItself) {
  const Extraction go = told("golang");
  const Image image =
      Image().read("opt/tools/server", go).program("opt/tools/server", true).program("opt/tools/copied");
  EXPECT_THAT(image.unknown(), ElementsAre("opt/tools/copied")) << "it says nothing of what lies beside it";
}

TEST(ProgramCoverage, KnowsWhatLiesWhereAPackageWasInstalled) {
  struct Row {
    const char* told_by;
    Extraction extraction;
    const char* program;
    bool is_known;
  };
  Extraction lock = told("npm");
  lock.is_locked = true;
  const Row rows[] = {
      {"app/node_modules/sharp/package.json", told("npm"), "app/node_modules/sharp/build/sharp.node", true},
      {"app/node_modules/sharp/package.json", told("npm"), "app/node_modules/other/other.node", false},
      {"usr/local/lib/python3.11/site-packages/numpy-1.dist-info/METADATA", told("pypi"),
       "usr/local/lib/python3.11/site-packages/numpy/core.so", true},
      {"usr/local/lib/python3.11/site-packages/numpy-1.dist-info/METADATA", told("pypi"),
       "usr/local/lib/python3.11/lib-dynload/_ssl.so", true},
      {"usr/local/lib/python3.11/site-packages/numpy-1.dist-info/METADATA", told("pypi"), "usr/local/lib/other.so",
       false},
      {"usr/lib/python3/dist-packages/six.egg-info", told("pypi"), "usr/lib/other.so", false},
      {"usr/lib/python3/dist-packages/six.egg-info", told("pypi"), "usr/lib/python3/dist-packages/_x.so", true},
      {"opt/app/vendored/six-1.dist-info/METADATA", told("pypi"), "opt/app/vendored/six/_x.so", true},
      {"opt/app/vendored/six-1.dist-info/METADATA", told("pypi"), "opt/app/server", false},
      {"opt/app/vendored/six.egg", told("pypi"), "opt/app/server", false},
      {"usr/local/bundle/specifications/nokogiri-1.gemspec", told("gem"), "usr/local/bundle/gems/nokogiri-1/n.so",
       true},
      {"app/lib/bcrypt_elixir-3.1.0/ebin/bcrypt_elixir.app", told("hex"),
       "app/lib/bcrypt_elixir-3.1.0/priv/bcrypt_nif.so", true},
      {"opt/java/openjdk/release", told("bitnami", "java"), "opt/java/openjdk/lib/server/libjvm.so", true},
      {"usr/local/lib/erlang/releases/26/OTP_VERSION", told("bitnami", "erlang"),
       "usr/local/lib/erlang/erts-14/bin/beam.smp", true},
      {"usr/local/go/VERSION", told("golang", "stdlib"), "usr/local/go/pkg/tool/compile", true},
      {"opt/app/app.jar", told("maven"), "opt/app/native.so", false},
      {"app/package-lock.json", lock, "app/bin/server", false},
  };
  for (const Row& row : rows) {
    const Image image = Image().read(row.told_by, row.extraction).program(row.program);
    EXPECT_EQ(image.coverage().percent(), row.is_known ? 100 : 0) << row.told_by << " " << row.program;
  }
}

TEST(ProgramCoverage, TellsTheLargestOfThoseThatNobodyKnows) {
  ImageContent content;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 2 * kUnknownProgramsMax; ++i) paths.push_back("opt/" + std::to_string(i));
  for (std::size_t i = 0; i < paths.size(); ++i) content.programs.push_back({.path = paths[i], .bytes = i + 1});
  const ProgramCoverage coverage = find_programs(content).coverage;
  ASSERT_THAT(coverage.unknown, SizeIs(kUnknownProgramsMax));
  EXPECT_EQ(coverage.unknown.front().path, "opt/19");
  EXPECT_EQ(coverage.known_bytes, 0U);
}

// Sizes come from whoever made the image.
TEST(ProgramCoverage, CannotOverflow) {
  ImageContent content;
  for (int i = 0; i < 3; ++i) content.programs.push_back({.path = "a", .bytes = ~std::uint64_t{0}, .is_told = true});
  content.programs.push_back({.path = "b", .bytes = 5});
  EXPECT_EQ(find_programs(content).coverage.percent(), 100);
  EXPECT_LE(find_programs(content).coverage.known_bytes, find_programs(content).coverage.bytes);
}

TEST(ProgramCoverage, HundredPerCentMeansAll) {
  const ProgramCoverage coverage{.bytes = 1'000'000'000, .known_bytes = 999'999'999};
  EXPECT_EQ(coverage.percent(), 99);
  EXPECT_EQ((ProgramCoverage{.bytes = 200, .known_bytes = 1}.percent()), 0);
}

}  // namespace
}  // namespace scanner::inventory
