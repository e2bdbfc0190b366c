// What .NET's applications, runtimes and projects tell.
#include <gmock/gmock.h>

#include "base/error.h"
#include "scanner/inventory/dotnet/dotnet_program_extractor.h"
#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> packages_of(std::string_view path, std::string_view content) {
  const Extraction extraction = tests::extract(*make_dotnet_extractor(), path, content);
  EXPECT_THAT(extraction.warnings, IsEmpty());
  return tests::names_and_versions(extraction.packages);
}

// As the runtime's own file has them.
TEST(DotnetRuntime, ListsItselfAsAPackage) {
  EXPECT_THAT(packages_of("usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.4/Microsoft.NETCore.App.deps.json",
                          R"({"libraries": {"Microsoft.NETCore.App.Runtime.linux-x64/8.0.4": {"type": "package"}}})"),
              ElementsAre("Microsoft.NETCore.App.Runtime.linux-x64 8.0.4"));
  EXPECT_THAT(packages_of("usr/share/dotnet/shared/Microsoft.NETCore.App/3.1.23/Microsoft.NETCore.App.deps.json",
                          R"({"libraries": {"Microsoft.NETCore.App/3.1.23-servicing.22122.4": {"type": "package"}}})"),
              ElementsAre("Microsoft.NETCore.App 3.1.23"))
      << "no version before the release";
}

TEST(DotnetProgram, TellsItsLibraries) {
  const Extraction extraction = tests::extract(DotnetProgramExtractor(), "app/server",
                                               R"({"runtimeTarget": {}, "libraries": {"App/1.0.0": {"type": "project"},
            "Newtonsoft.Json/12.0.3": {"type": "package"}}})");
  EXPECT_THAT(tests::names_and_versions(extraction.packages), ElementsAre("Newtonsoft.Json 12.0.3"));
  EXPECT_FALSE(extraction.is_locked) << "they are in the program";
  EXPECT_THROW(static_cast<void>(tests::extract(DotnetProgramExtractor(), "app/server", R"({"runtimeTarget": {}})")),
               base::ParseError);
}

TEST(PackagesConfig, TellsWhatIsNotForDevelopment) {
  EXPECT_THAT(
      packages_of("srv/packages.config",
                  "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<packages>\n"
                  "  <package id=\"jQuery\" version=\"3.1.1\" targetFramework=\"net46\" />\n"
                  "  <package id=\"StyleCop\" version=\"1.0.0\" developmentDependency=\"true\" />\n</packages>\n"),
      ElementsAre("jQuery 3.1.1"));
}

TEST(PackagesConfig, OfAnotherKindHasNoPackages) {
  EXPECT_THAT(packages_of("srv/packages.config", "<configuration><package id=\"a\"/></configuration>"), IsEmpty());
  EXPECT_THROW(static_cast<void>(tests::extract(*make_dotnet_extractor(), "packages.config", "<packages><package")),
               base::ParseError);
}

TEST(PackagesProps, TellsWhatIsPinned) {
  EXPECT_THAT(packages_of("src/Directory.Packages.props",
                          R"PROPS(<Project>
  <PropertyGroup><JsonVersion>13.0.1</JsonVersion></PropertyGroup>
  <ItemGroup Condition="'$(TargetFramework)' == 'net6.0'">
    <PackageVersion Include="Serilog" Version="2.10.0" />
    <PackageVersion Include="Exact" Version="[1.2.3]" />
    <PackageVersion Include="Below"><Version>4.0.0</Version></PackageVersion>
    <PackageVersion Include="Newtonsoft.Json" Version="$(JsonVersion)" />
    <PackageVersion Include="Range" Version="[1.0,2.0)" />
    <PackageVersion Include="Floating" Version="1.*" />
    <PackageReference Update="Updated" Version="5.0.0" />
    <Compile Include="a.cs" Version="1.0.0" />
  </ItemGroup>
</Project>)PROPS"),
              ElementsAre("Serilog 2.10.0", "Exact 1.2.3", "Below 4.0.0", "Updated 5.0.0"));
}

TEST(NugetFiles, AreLockFiles) {
  const auto extractor = make_dotnet_extractor();
  EXPECT_TRUE(tests::extract(*extractor, "packages.config", "<packages/>").is_locked);
  EXPECT_TRUE(tests::extract(*extractor, "Packages.props", "<Project/>").is_locked);
  EXPECT_FALSE(extractor->wants("app/other.packages.config.bak"));
}

}  // namespace
}  // namespace scanner::inventory
