// What can be wrong with what `pratique` is given: each has an exit status and a message that names the thing and the
// way out, and none is called clean.
#include <gmock/gmock.h>

#include "base/file.h"
#include "tests/cli/program_fixture.h"
#include "tests/support/compress.h"
#include "tests/support/fake_registry.h"
#include "tests/support/tar_builder.h"

namespace tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class BadInput : public ProgramTest {
 protected:
  BadInput() { build_database(sample_osv_records()); }

  static net::ServerResponse status(int code) { return net::ServerResponse{.status = code}; }
};

void expect_error(const ProgramRun& run, const testing::Matcher<std::string>& message) {
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, message);
  EXPECT_EQ(run.out, "");
}

void expect_incomplete(const ProgramRun& run, const std::string& warning) {
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("INCOMPLETE"), HasSubstr(warning)));
  EXPECT_THAT(run.err, HasSubstr("the scan is incomplete"));
}

TEST_F(BadInput, AVerbThatIsNone) {
  const ProgramRun run = pratique({"scna"});
  expect_error(run, HasSubstr("did you mean \"scan\"?"));
}

TEST_F(BadInput, ADatabaseThatIsNotThere) {
  write_image({sample_layer()});
  expect_error(pratique({"scan", "oci:image", "--database", "none.db"}),
               AllOf(HasSubstr("none.db"), HasSubstr("pratique database build")));
}

TEST_F(BadInput, ATruncatedDatabase) {
  write_image({sample_layer()});
  const std::string bytes = base::read_file(database_.database(), 16 << 20);
  for (const std::size_t kept : {std::size_t{0}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    database_.write("cut.db", bytes.substr(0, kept));
    expect_error(pratique({"scan", "oci:image", "--database", "cut.db"}), HasSubstr("cut.db"));
  }
}

TEST_F(BadInput, AKeyOfSbomsThatIsNone) {
  write_image({sample_layer()});
  database_.write("no.pub", "nonsense");
  for (const char* file : {"no.pub", "nowhere.pub"}) {
    expect_error(
        pratique({"scan", "oci:image", "--database", database_.database(), "--attached-sboms", "--sbom-key", file}),
        HasSubstr(file));
  }
}

TEST_F(BadInput, ADatabaseWithAnotherByte) {
  write_image({sample_layer()});
  std::string bytes = base::read_file(database_.database(), 16 << 20);
  bytes[bytes.size() / 2] ^= 1;
  database_.write("changed.db", bytes);
  expect_error(pratique({"scan", "oci:image", "--database", "changed.db"}), HasSubstr("changed.db"));
  expect_error(pratique({"database", "verify", "changed.db"}), HasSubstr("changed.db"));
}

TEST_F(BadInput, ADatabaseOfAnUntrustedKey) {
  write_image({sample_layer()});
  setenv("XDG_DATA_HOME", path("another-user").c_str(), 1);
  expect_error(scan("oci:image"), HasSubstr("--database-keys"));
}

TEST_F(BadInput, ALayoutThatIsNone) {
  expect_error(scan("oci:nowhere"), HasSubstr("nowhere"));
}

TEST_F(BadInput, ATagThatIsNotInTheLayout) {
  write_image({sample_layer()});
  expect_error(scan("oci:image:v9"), AllOf(HasSubstr("v9"), HasSubstr("v1")));
}

TEST_F(BadInput, AReferenceThatIsNone) {
  expect_error(scan("Shop//Web:1"), HasSubstr("Shop//Web:1"));
  expect_error(scan("web@md5:00"), HasSubstr("web@md5:00"));
}

TEST_F(BadInput, APlatformThatTheImageHasNot) {
  write_image({sample_layer()});
  expect_error(scan("oci:image", {"--platform", "linux/s390x"}),
               AllOf(HasSubstr("linux/s390x"), HasSubstr("--platform"), HasSubstr("linux/amd64")));
  expect_error(scan("oci:image", {"--platform", "linux"}), HasSubstr("linux"));
}

TEST_F(BadInput, AnImageThatTheRegistryDoesNotKnow) {
  FakeRegistry registry;
  expect_error(scan(registry.host() + "/shop/none:1", {"--plain-http", registry.host()}),
               AllOf(HasSubstr("shop/none"), HasSubstr("404"), HasSubstr("name and tag")));
}

TEST_F(BadInput, WrongCredentials) {
  FakeRegistry registry;
  registry.intercept([](const net::ServerRequest&) {
    net::ServerResponse answer = status(401);
    answer.headers.emplace("WWW-Authenticate", "Basic realm=\"test\"");
    return std::optional(answer);
  });
  database_.write("docker/config.json", R"({"auths": {")" + registry.host() + R"(": {"auth": "YW5uOnNlY3JldA=="}}})");
  const ProgramRun run = scan(registry.host() + "/shop/web:1", {"--plain-http", registry.host()});
  expect_error(run, AllOf(HasSubstr("401"), HasSubstr("docker login"), Not(HasSubstr("secret")),
                          Not(HasSubstr("YW5uOnNlY3JldA"))));
}

TEST_F(BadInput, ABrokenDockerConfiguration) {
  database_.write("docker/config.json", "{\"auths\": SECRET");
  expect_error(scan("127.0.0.1:1/web:1"), AllOf(HasSubstr("docker/config.json"), Not(HasSubstr("SECRET"))));
}

TEST_F(BadInput, ARegistryThatAsksToWait) {
  FakeRegistry registry;
  registry.intercept([](const net::ServerRequest&) {
    net::ServerResponse answer = status(429);
    answer.headers.emplace("Retry-After", "7");
    return std::optional(answer);
  });
  expect_error(scan(registry.host() + "/shop/web:1", {"--plain-http", registry.host()}),
               AllOf(HasSubstr("429"), HasSubstr("wait 7 s")));
}

TEST_F(BadInput, ARegistryThatIsNotThere) {
  std::string host;
  {
    const FakeRegistry registry;
    host = registry.host();
  }
  expect_error(scan(host + "/shop/web:1", {"--plain-http", host}), HasSubstr(host));
}

TEST_F(BadInput, APrivateAddressThatNobodyNamed) {
  FakeRegistry registry;
  registry.add_image(sample_layer(), "1");
  expect_error(scan(registry.host() + "/shop/web:1"), AllOf(HasSubstr("127.0.0.1"), HasSubstr("--allow-private")));
  EXPECT_TRUE(registry.seen().empty());
}

TEST_F(BadInput, AManifestWhoseDigestLies) {
  FakeRegistry registry;
  const FakeImage image = registry.add_image(sample_layer(), "1");
  registry.intercept([&](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/manifests/") == std::string::npos) return std::nullopt;
    net::ServerResponse answer = status(200);
    answer.content_type = kOciManifestType;
    answer.body = image.manifest_bytes + " ";
    return answer;
  });
  expect_error(scan(registry.host() + "/shop/web@" + image.manifest.text(), {"--plain-http", registry.host()}),
               HasSubstr(image.manifest.text()));
}

TEST_F(BadInput, ALayerThatIsCutOffOnTheWay) {
  FakeRegistry registry;
  const std::string layer = sample_layer();
  const FakeImage image = registry.add_image(layer, "1");
  registry.intercept([&](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find(image.layer.text()) == std::string::npos) return std::nullopt;
    net::ServerResponse answer = status(200);
    answer.body = layer.substr(0, layer.size() / 2);
    return answer;
  });
  expect_error(scan(registry.host() + "/shop/web:1", {"--plain-http", registry.host()}), HasSubstr(image.layer.text()));
}

TEST_F(BadInput, ALayerThatWasCutOffBeforeItWasPushed) {
  const std::string layer = gzip(sample_layer());
  write_image({layer.substr(0, layer.size() / 2)});
  expect_incomplete(scan("oci:image"), "sha256:");
}

TEST_F(BadInput, AGzipBomb) {
  write_image({sample_layer(), gzip(TarBuilder().file("zeros", std::string(200 << 20, '\0')).archive())});
  expect_incomplete(scan("oci:image"), "LimitExceeded");
}

TEST_F(BadInput, ATarThatClimbsOutOfItsRoot) {
  write_image({sample_layer(), TarBuilder().file("../var/lib/dpkg/status", "Package: a\nVersion: 1\n").archive()});
  const ProgramRun run = scan("oci:image");
  EXPECT_NE(run.exit_code, 0) << run.out;
  EXPECT_NE(run.exit_code, 1) << run.err;
}

TEST_F(BadInput, ABrokenDpkgStatus) {
  write_image({sample_layer(), TarBuilder().file("var/lib/dpkg/status", "Package: a\nSta").archive()});
  expect_incomplete(scan("oci:image"), "Unreadable: var/lib/dpkg/status");
}

TEST_F(BadInput, AnUnknownDistribution) {
  write_image({sample_layer(), TarBuilder().file("usr/lib/os-release", "ID=hannah\n").archive()});
  expect_incomplete(scan("oci:image"), "\"hannah\"");
}

TEST_F(BadInput, ContentThatCannotBeReadYet) {
  write_image({sample_layer(), TarBuilder().file("opt/app.jar", "PK\x03\x04").archive()});
  expect_incomplete(scan("oci:image"), "Unreadable: opt/app.jar");
}

TEST_F(BadInput, AFeedOfAnotherFormat) {
  database_.write("feed.bad/x.json", "{\"id\": ");
  expect_error(
      pratique({"database", "build", "--source", "osv:feed.bad", "--key", database_.key(), "--output", "x.db"}),
      HasSubstr("feed.bad/x.json"));
  expect_error(pratique({"database", "build", "--source", "cvrf:feed", "--key", database_.key(), "--output", "x.db"}),
               AllOf(HasSubstr("cvrf"), HasSubstr("osv")));
}

TEST_F(BadInput, ABrokenFeedLeavesTheGoodDatabase) {
  const std::string before = base::read_file(database_.database(), 16 << 20);
  database_.write("feed.bad/x.json", "[]");
  const ProgramRun run = pratique(
      {"database", "build", "--source", "osv:feed.bad", "--key", database_.key(), "--output", database_.database()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(base::read_file(database_.database(), 16 << 20), before);
}

TEST_F(BadInput, AKeyIsNeverOverwritten) {
  expect_error(pratique({"database", "keygen", "--output", database_.key()}), HasSubstr("signing.key"));
}

TEST_F(BadInput, EveryMessageNamesTheProgram) {
  EXPECT_THAT(scan("oci:nowhere").err, StartsWith("pratique: "));
}

}  // namespace
}  // namespace tests
