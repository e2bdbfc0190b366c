// The extractors that are tables of files: a row a form of file.
#include "scanner/inventory/language_files.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::names_and_versions;

struct Row {
  const char* name;
  std::unique_ptr<Extractor> (*make)();
  const char* path;
  std::string content;
  std::vector<std::string> packages;
  const char* first_purl;
  bool is_locked;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class LanguageFile : public testing::TestWithParam<Row> {};

TEST_P(LanguageFile, TellsItsPackages) {
  const Row& row = GetParam();
  const auto extractor = row.make();
  ASSERT_TRUE(extractor->wants(row.path));

  const Extraction extraction = tests::extract(*extractor, row.path, row.content);

  EXPECT_THAT(names_and_versions(extraction.packages), ElementsAreArray(row.packages));
  ASSERT_FALSE(extraction.packages.empty());
  EXPECT_EQ(extraction.packages.front().purl, row.first_purl);
  EXPECT_EQ(extraction.is_locked, row.is_locked);
  EXPECT_THAT(extraction.warnings, IsEmpty());
}

TEST_P(LanguageFile, CutOffAnywhereItNeitherThrowsMoreThanAnErrorNorInvents) {
  const Row& row = GetParam();
  const auto extractor = row.make();
  for (std::size_t size = 0; size < row.content.size(); ++size) {
    try {
      for (const Package& package : tests::extract(*extractor, row.path, row.content.substr(0, size)).packages) {
        EXPECT_FALSE(package.name.empty() || package.version.empty());
      }
    } catch (const base::ParseError& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LanguageFile,
    testing::Values(
        Row{"package_lock_3",
            make_npm_lock_extractor,
            "app/package-lock.json",
            R"({"lockfileVersion": 3, "packages": {"": {"name": "app", "version": "1.0.0"},
                "node_modules/@babel/code": {"version": "7.0.0"},
                "node_modules/a/node_modules/lodash": {"version": "4.17.11"},
                "node_modules/alias": {"name": "real", "version": "2.0.0"},
                "node_modules/jest": {"version": "29.0.0", "dev": true},
                "node_modules/own": {"link": true}, "packages/own": {"version": "1.0.0"}}})",
            {"@babel/code 7.0.0", "lodash 4.17.11", "real 2.0.0"},
            "pkg:npm/%40babel/code@7.0.0",
            true},
        Row{"package_lock_1",
            make_npm_lock_extractor,
            "npm-shrinkwrap.json",
            R"({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}},
                "c": {"version": "npm:real@3.0.0"}, "d": {"version": "4.0.0", "dev": true},
                "e": {"version": "git+ssh://example.com/e.git#abc"}}})",
            {"a 1.0.0", "real 3.0.0", "b 2.0.0"},
            "pkg:npm/a@1.0.0",
            true},
        Row{"yarn_1",
            make_npm_lock_extractor,
            "yarn.lock",
            "# yarn lockfile v1\n\n\"@babel/code@^7.0.0\", \"@babel/code@^7.1.0\":\n  version \"7.1.2\"\n  "
            "dependencies:\n    "
            "a \"^1.0.0\"\n\na@^1.0.0:\n  version \"1.0.1\"\n\nalias@npm:real@^2:\n  version \"2.0.0\"\n",
            {"@babel/code 7.1.2", "a 1.0.1", "real 2.0.0"},
            "pkg:npm/%40babel/code@7.1.2",
            true},
        Row{"yarn_berry",
            make_npm_lock_extractor,
            "srv/yarn.lock",
            "__metadata:\n  version: 6\n\n\"@babel/code@npm:^7.0.0\":\n  version: 7.1.2\n  resolution: "
            "\"@babel/code@npm:7.1.2\"\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n",
            {"@babel/code 7.1.2"},
            "pkg:npm/%40babel/code@7.1.2",
            true},
        Row{"pnpm_5",
            make_npm_lock_extractor,
            "pnpm-lock.yaml",
            "lockfileVersion: 5.4\npackages:\n\n  /@babel/code/7.0.0:\n    resolution: {integrity: sha512-x}\n    dev: "
            "false\n\n  /jest/29.0.0_react@18.0.0:\n    dev: true\n\n  /a/1.0.0_b@2.0.0:\n    dev: false\n",
            {"@babel/code 7.0.0", "a 1.0.0"},
            "pkg:npm/%40babel/code@7.0.0",
            true},
        Row{"pnpm_9",
            make_npm_lock_extractor,
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n\n  '@babel/code@7.0.0':\n    resolution: {integrity: sha512-x}\n\n  "
            "a@1.0.0(b@2.0.0):\n    resolution: {integrity: sha512-y}\n\nsnapshots:\n\n  c@3.0.0: {}\n",
            {"@babel/code 7.0.0", "a 1.0.0"},
            "pkg:npm/%40babel/code@7.0.0",
            true},
        Row{"bun",
            make_npm_lock_extractor,
            "bun.lock",
            "{\n  \"lockfileVersion\": 1,\n  \"packages\": {\n    \"@types/bun\": [\"@types/bun@1.2.14\", \"\", "
            "{}],\n\n    "
            "\"own\": [\"own@workspace:own\"],\n    \"a\": [\"a@1.0.0\", \"\", {}, \"sha512-x\"],\n  }\n}\n",
            {"@types/bun 1.2.14", "a 1.0.0"},
            "pkg:npm/%40types/bun@1.2.14",
            true},
        Row{"poetry",
            make_python_lock_extractor,
            "app/poetry.lock",
            "[[package]]\nname = \"Zope.Interface\"\nversion = \"5.0.0\"\ncategory = \"main\"\n\n[[package]]\nname = "
            "\"pytest\"\nversion = \"7.0.0\"\ncategory = \"dev\"\n",
            {"zope-interface 5.0.0"},
            "pkg:pypi/zope-interface@5.0.0",
            true},
        Row{"uv",
            make_python_lock_extractor,
            "uv.lock",
            "version = 1\n\n[[package]]\nname = \"click\"\nversion = \"8.1.3\"\nsource = { registry = "
            "\"https://example.com\" "
            "}\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n",
            {"click 8.1.3"},
            "pkg:pypi/click@8.1.3",
            true},
        Row{"pylock",
            make_python_lock_extractor,
            "pylock.toml",
            "lock-version = \"1.0\"\n[[packages]]\nname = \"click\"\nversion = \"8.1.3\"\n",
            {"click 8.1.3"},
            "pkg:pypi/click@8.1.3",
            true},
        Row{"pipenv",
            make_python_lock_extractor,
            "Pipfile.lock",
            R"({"default": {"Werkzeug": {"version": "==0.11"}, "own": {"path": "."}}, "develop": {"x": {"version": "==1"}}})",
            {"werkzeug 0.11"},
            "pkg:pypi/werkzeug@0.11",
            true},
        Row{"requirements",
            make_python_lock_extractor,
            "app/requirements-prod.txt",
            "# pinned\n-r other.txt\nFlask[async]==2.0.0 ; python_version > '3'  # why\nrequests >= "
            "2\nurllib3===1.26.4 "
            "--hash=sha256:ab \\\nwild==1.*\n",
            {"flask 2.0.0", "urllib3 1.26.4"},
            "pkg:pypi/flask@2.0.0",
            true},
        Row{"podfile_lock",
            make_cocoapods_extractor,
            "ios/Podfile.lock",
            "PODS:\n  - AFNetworking (4.0.1):\n    - AFNetworking/NSURLSession (= 4.0.1)\n"
            "  - AFNetworking/NSURLSession (4.0.1)\n  - \"GoogleUtilities/NSData+zlib (7.5.2)\"\n\n"
            "DEPENDENCIES:\n  - AFNetworking (~> 4.0)\n  - Reveal (from `../Reveal`)\n\n"
            "SPEC REPOS:\n  trunk:\n    - AFNetworking\n\nPODFILE CHECKSUM: 2acff18c\n\nCOCOAPODS: 1.12.1\n",
            {"AFNetworking 4.0.1", "AFNetworking 4.0.1", "GoogleUtilities 7.5.2"},
            "pkg:cocoapods/AFNetworking@4.0.1",
            true},
        Row{"conda",
            make_conda_extractor,
            "opt/conda/conda-meta/openssl-1.1.1q-h7f8727e_0.json",
            R"({"name": "openssl", "version": "1.1.1q", "build": "h7f8727e_0"})",
            {"openssl 1.1.1q"},
            "pkg:conda/openssl@1.1.1q",
            false},
        Row{"gemspec",
            make_ruby_extractor,
            "var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec",
            "# -*- encoding: utf-8 -*-\n# stub: rack 2.2.4 ruby lib\n\nGem::Specification.new do |s|\n  s.name = "
            "\"rack\".freeze\n  s.version = \"2.2.4\"\n  s.authors = [\"A\".freeze]\nend\n",
            {"rack 2.2.4"},
            "pkg:gem/rack@2.2.4",
            false},
        Row{"gemfile_lock",
            make_ruby_extractor,
            "app/Gemfile.lock",
            "PATH\n  remote: .\n  specs:\n    own (0.1.0)\n\nGEM\n  remote: https://example.com/\n  specs:\n    "
            "nokogiri "
            "(1.13.1-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.6.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  "
            "nokogiri\n",
            {"nokogiri 1.13.1", "racc 1.6.0"},
            "pkg:gem/nokogiri@1.13.1",
            true},
        Row{"composer_2",
            make_php_extractor,
            "srv/vendor/composer/installed.json",
            R"({"packages": [{"name": "guzzlehttp/psr7", "version": "1.8.3"}], "dev": false})",
            {"guzzlehttp/psr7 1.8.3"},
            "pkg:composer/guzzlehttp/psr7@1.8.3",
            false},
        Row{"composer_1",
            make_php_extractor,
            "vendor/composer/installed.json",
            R"([{"name": "a/b", "version": "v1.0"}])",
            {"a/b v1.0"},
            "pkg:composer/a/b@v1.0",
            false},
        Row{"composer_elsewhere",
            make_php_extractor,
            "usr/src/nextcloud/3rdparty/composer/installed.json",
            R"({"packages": [{"name": "guzzlehttp/psr7", "version": "1.8.3", "version_normalized": "1.8.3.0"}],
                "dev": false, "dev-package-names": []})",
            {"guzzlehttp/psr7 1.8.3"},
            "pkg:composer/guzzlehttp/psr7@1.8.3",
            false},
        Row{"composer_lock",
            make_php_extractor,
            "composer.lock",
            R"({"packages": [{"name": "a/b", "version": "v1.0"}], "packages-dev": [{"name": "c/d", "version": "1"}]})",
            {"a/b v1.0"},
            "pkg:composer/a/b@v1.0",
            true},
        Row{"conan_1",
            make_conan_extractor,
            "app/conan.lock",
            R"({"graph_lock": {"nodes": {"0": {"path": "../conanfile.txt"}, "1": {"ref": "poco/1.9.4"},
                "2": {"ref": "openssl/1.1.1q@user/channel#8c0d"}}}, "version": "0.4"})",
            {"poco 1.9.4", "openssl 1.1.1q"},
            "pkg:conan/poco@1.9.4",
            true},
        Row{"conan_2",
            make_conan_extractor,
            "app/conan.lock",
            R"({"version": "0.5", "requires": ["zlib/1.2.11#ffa7%1650538915.154"], "build_requires": ["cmake/3.22.6"]})",
            {"zlib 1.2.11"},
            "pkg:conan/zlib@1.2.11",
            true},
        Row{"stack",
            make_haskell_extractor,
            "app/stack.yaml.lock",
            "packages:\n- completed:\n    hackage: aeson-pretty-0.8.9@sha256:89,1\n    pantry-tree: {}\n  original:\n"
            "    hackage: aeson-pretty-0.8.9@sha256:89,1\n- completed:\n    hackage: text-2.0@sha256:1,2\n",
            {"aeson-pretty 0.8.9", "aeson-pretty 0.8.9", "text 2.0"},
            "pkg:hackage/aeson-pretty@0.8.9",
            true},
        Row{"cabal_freeze",
            make_haskell_extractor,
            "app/cabal.project.freeze",
            "active-repositories: hackage.haskell.org:merge\nconstraints: any.Cabal ==3.6.3.0,\n"
            "             any.aeson ==2.0.3.0,\n             aeson -cffi +ordered-keymap\n",
            {"Cabal 3.6.3.0", "aeson 2.0.3.0"},
            "pkg:hackage/Cabal@3.6.3.0",
            true},
        Row{"renv",
            make_r_extractor,
            "app/renv.lock",
            R"({"R": {"Version": "4.2.1"}, "Packages": {"markdown": {"Package": "markdown", "Version": "1.0",
                "Source": "Repository"}}})",
            {"markdown 1.0"},
            "pkg:cran/markdown@1.0",
            true},
        Row{"r_description",
            make_r_extractor,
            "usr/local/lib/R/site-library/jsonlite/DESCRIPTION",
            "Package: jsonlite\nVersion: 1.8.0\nTitle: A Simple and Robust JSON Parser\n",
            {"jsonlite 1.8.0"},
            "pkg:cran/jsonlite@1.8.0",
            false},
        Row{"deps_json",
            make_dotnet_extractor,
            "app/App.deps.json",
            R"({"libraries": {"App/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.3": {"type": "package"},
                "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"type": "runtimepack"}}})",
            {"Newtonsoft.Json 12.0.3", "Microsoft.NETCore.App.Runtime.linux-x64 6.0.1"},
            "pkg:nuget/Newtonsoft.Json@12.0.3",
            false},
        Row{"packages_lock",
            make_dotnet_extractor,
            "src/packages.lock.json",
            R"({"version": 1, "dependencies": {"net6.0": {"Newtonsoft.Json": {"type": "Direct", "resolved": "12.0.3"},
                "own": {"type": "Project"}}}})",
            {"Newtonsoft.Json 12.0.3"},
            "pkg:nuget/Newtonsoft.Json@12.0.3",
            true},
        Row{"cargo",
            make_rust_extractor,
            "app/Cargo.lock",
            "version = 3\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"time\"\nversion "
            "= "
            "\"0.1.43\"\nsource = \"registry+https://example.com/index\"\n",
            {"time 0.1.43"},
            "pkg:cargo/time@0.1.43",
            true},
        Row{"gradle",
            make_java_lock_extractor,
            "app/gradle.lockfile",
            "# "
            "generated\ncom.fasterxml.jackson.core:jackson-databind:2.9.1=compileClasspath,runtimeClasspath\n"
            "junit:junit:4.12=testCompileClasspath,testRuntimeClasspath\na:b:1=integrationTestRuntimeClasspath\n"
            "org.hamcrest:hamcrest:2=runtimeClasspath,testRuntimeClasspath\nc:d:2=latestRuntimeClasspath\n"
            "e:f:3=testimonials\nempty=testAnnotationProcessor\n",
            {"com.fasterxml.jackson.core:jackson-databind 2.9.1", "org.hamcrest:hamcrest 2", "c:d 2", "e:f 3"},
            "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.9.1",
            true},
        Row{"sbt",
            make_java_lock_extractor,
            "build.sbt.lock",
            R"({"lockVersion": 1, "dependencies": [{"org": "g", "name": "a", "version": "1"}]})",
            {"g:a 1"},
            "pkg:maven/g/a@1",
            true},
        Row{"pubspec",
            make_dart_extractor,
            "app/pubspec.lock",
            "packages:\n  flutter:\n    dependency: \"direct main\"\n    source: sdk\n    version: \"0.0.0\"\n  "
            "http:\n    "
            "description:\n      name: http\n    source: hosted\n    version: \"0.13.2\"\n  path:\n    dependency: "
            "\"direct dev\"\n    source: hosted\n    version: "
            "\"1.8.0\"\nsdks:\n  dart: "
            "\">=2.18.0\"\n",
            {"http 0.13.2", "path 1.8.0"},  // "direct dev" may be needed by what the program needs
            "pkg:pub/http@0.13.2",
            true},
        Row{"mix",
            make_elixir_extractor,
            "mix.lock",
            "%{\n  \"jason\": {:hex, :jason, \"1.4.0\", \"e85\", [:mix], [], \"hexpm\", \"79a\"},\n  \"own\": {:git, "
            "\"https://example.com/own.git\", \"abc\", []},\n}\n",
            {"jason 1.4.0"},
            "pkg:hex/jason@1.4.0",
            true},
        Row{"swift_1",
            make_swift_extractor,
            "Package.resolved",
            R"({"object": {"pins": [{"package": "swift-nio", "repositoryURL": "https://github.com/apple/swift-nio.git",
                "state": {"branch": null, "version": "2.41.0"}}]}, "version": 1})",
            {"github.com/apple/swift-nio 2.41.0"},
            "pkg:swift/github.com/apple/swift-nio@2.41.0",
            true},
        Row{"swift_2",
            make_swift_extractor,
            "Package.resolved",
            R"({"pins": [{"identity": "a", "location": "https://github.com/a/a", "state": {"version": "1.0.0"}},
                {"identity": "b", "location": "https://github.com/b/b", "state": {"branch": "main"}}], "version": 2})",
            {"github.com/a/a 1.0.0"},
            "pkg:swift/github.com/a/a@1.0.0",
            true},
        Row{"julia",
            make_julia_extractor,
            "app/Manifest.toml",
            "julia_version = \"1.9.0\"\nmanifest_format = \"2.0\"\n\n[[deps.JSON]]\nversion = "
            "\"0.21.4\"\n\n[[deps.Dates]]\nuuid "
            "= \"ade\"\n",
            {"JSON 0.21.4"},
            "pkg:julia/JSON@0.21.4",
            true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LanguageFiles, LockFilesOfInstalledPackagesAreNotWanted) {
  EXPECT_FALSE(make_npm_lock_extractor()->wants("app/node_modules/a/yarn.lock"));
  EXPECT_FALSE(make_python_lock_extractor()->wants("usr/lib/python3/site-packages/x/poetry.lock"));
  EXPECT_FALSE(
      make_rust_extractor()->wants("usr/local/cargo/registry/src/index.crates.io-6f17/time-0.1.43/Cargo.lock"));
  EXPECT_FALSE(make_rust_extractor()->wants("root/.cargo/git/checkouts/a-1234/5678/Cargo.lock"));
  EXPECT_FALSE(make_npm_lock_extractor()->wants("go/pkg/mod/github.com/a/b@v1.0.0/ui/package-lock.json"));
  EXPECT_FALSE(make_dotnet_extractor()->wants("root/.nuget/packages/a/1.0.0/packages.config"));
  EXPECT_TRUE(make_npm_lock_extractor()->wants("srv/go/pkg/model/package-lock.json")) << "a program's own";
  EXPECT_TRUE(make_php_extractor()->wants("app/node_modules/a/vendor/composer/installed.json")) << "no lock file";
  EXPECT_FALSE(make_ruby_extractor()->wants("app/MyGemfile.lock"));
}

TEST(LanguageFiles, AFileNamedAsComposersIsNoneByItsContent) {
  const Extraction extraction =
      tests::extract(*make_php_extractor(), "srv/composer/installed.json", R"({"songs": [{"name": "a/b"}]})");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_THAT(extraction.warnings, IsEmpty());
  EXPECT_FALSE(make_php_extractor()->wants("srv/mycomposer/installed.json"));
}

TEST(LanguageFiles, ADescriptionOfRIsThatOfAPackageRightInItsLibrary) {
  const auto extractor = make_r_extractor();
  EXPECT_TRUE(extractor->wants("usr/lib/R/library/boot/DESCRIPTION"));
  EXPECT_TRUE(extractor->wants("usr/local/lib/R/site-library/jsonlite/DESCRIPTION"));
  EXPECT_FALSE(extractor->wants("usr/lib/R/library/devtools/templates/new/DESCRIPTION"));
  EXPECT_FALSE(extractor->wants("usr/lib/R/library/DESCRIPTION"));
  EXPECT_FALSE(extractor->wants("DESCRIPTION"));
}

struct BadRow {
  const char* name;
  std::unique_ptr<Extractor> (*make)();
  const char* path;
  const char* content;
};

class BadLanguageFile : public testing::TestWithParam<BadRow> {};

TEST_P(BadLanguageFile, IsRefused) {
  EXPECT_THROW(static_cast<void>(tests::extract(*GetParam().make(), GetParam().path, GetParam().content)),
               base::ParseError);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadLanguageFile,
    testing::Values(BadRow{"no_json", make_npm_lock_extractor, "package-lock.json", "nope"},
                    BadRow{"json_of_another_kind", make_php_extractor, "composer.lock", "{}"},
                    BadRow{"no_libraries", make_dotnet_extractor, "a.deps.json", R"({"libraries": 3})"},
                    BadRow{"no_toml", make_rust_extractor, "Cargo.lock", "[[package]\nname = 3"},
                    BadRow{"toml_that_its_library_asserts", make_rust_extractor, "Cargo.lock", "[[=]]"},
                    BadRow{"no_pins", make_swift_extractor, "Package.resolved", R"({"pins": {}})"},
                    BadRow{"no_name", make_ruby_extractor, "a/specifications/b.gemspec", "Gem::Specification.new\n"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LanguageFiles, ABrokenEntryCostsItselfAndAWarning) {
  const Extraction extraction =
      tests::extract(*make_php_extractor(), "composer.lock",
                     R"({"packages": [{"name": "a/b"}, {"version": "1"}, 7, {"name": "c/d", "version": "1.0"}]})");
  EXPECT_THAT(names_and_versions(extraction.packages), testing::ElementsAre("c/d 1.0"));
  ASSERT_THAT(extraction.warnings, SizeIs(1));
  EXPECT_EQ(extraction.warnings[0].count, 3u);
  EXPECT_THAT(extraction.warnings[0].message, HasSubstr("package a/b has no readable version"));
}

// TOML with characters that its library's tables have no place for, in a key, a name and a comment.
TEST(LanguageFiles, NamesOutsideAsciiAreNone) {
  const Extraction extraction =
      tests::extract(*make_rust_extractor(), "Cargo.lock",
                     "# \xC6\xBD\n[[package]]\nname = \"t\xEF\xBA\xBFme\"\nversion = \"1.0.0\"\n"
                     "[[package]]\nname = \"time\"\nversion = \"0.1.0\"\nsource = \"registry\"\n");

  EXPECT_THAT(tests::names_and_versions(extraction.packages), testing::ElementsAre("time 0.1.0"));
}

std::string in_utf16(std::string_view text, bool little) {
  std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) {
    if (!little) bytes.push_back('\0');
    bytes.push_back(c);
    if (little) bytes.push_back('\0');
  }
  return bytes;
}

// A file that was written by PowerShell is installed by pip as any other.
TEST(LanguageFiles, RequirementsAreReadByTheirByteOrderMark) {
  const std::string text = "Django==3.2.0\r\nrequests==2.19.0  # why\r\n";
  for (const std::string& content :
       {text, "\xEF\xBB\xBF" + text, in_utf16(text, true), in_utf16(text, false), in_utf16(text, true) + "x"}) {
    const Extraction extraction = tests::extract(*make_python_lock_extractor(), "app/requirements.txt", content);
    EXPECT_THAT(names_and_versions(extraction.packages), testing::ElementsAre("django 3.2.0", "requests 2.19.0"));
    EXPECT_THAT(extraction.warnings, IsEmpty());
  }
}

TEST(LanguageFiles, CharactersOfUtf16OutsideAsciiAreNoPartOfAName) {
  const std::string kanji = in_utf16("# ", true) + "\x41\x60" + in_utf16("\nDjango==3.2.0\n", true).substr(2);
  const Extraction extraction = tests::extract(*make_python_lock_extractor(), "requirements.txt", kanji);
  EXPECT_THAT(names_and_versions(extraction.packages), testing::ElementsAre("django 3.2.0"));
}

// In UTF-32, or in UTF-16 without its mark: refused, since nothing would be found in it.
TEST(LanguageFiles, RequirementsInAnotherEncodingAreRefused) {
  const std::string unmarked = in_utf16("Django==3.2.0\n", true).substr(2);
  const std::string utf32 = std::string("\xFF\xFE\0\0D\0\0\0", 8);
  for (const std::string& content : {unmarked, utf32}) {
    EXPECT_THROW(static_cast<void>(tests::extract(*make_python_lock_extractor(), "requirements.txt", content)),
                 base::ParseError);
  }
}

TEST(LanguageFiles, DocumentsThatNestForEverAreRefused) {
  const std::string deep = R"({"packages": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THROW(static_cast<void>(tests::extract(*make_php_extractor(), "composer.lock", deep)), base::ParseError);
  const std::string deep_toml = "a = " + std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THROW(static_cast<void>(tests::extract(*make_rust_extractor(), "Cargo.lock", deep_toml)), base::ParseError);
}

}  // namespace
}  // namespace scanner::inventory
