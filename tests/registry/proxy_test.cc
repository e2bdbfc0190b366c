// A registry that is reached by a proxy alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "registry/registry_client.h"
#include "tests/support/fake_registry.h"
#include "tests/support/forward_proxy.h"

namespace registry {
namespace {

using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kHost = "registry.example:80";  // whose name nobody but the proxy knows

// Ends with the test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class RegistryBehindAProxy : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ImageSource> source(const std::string& reference) {
    net::UrlPolicy policy;
    policy.plain_http_hosts = {kHost};
    return make_registry_source(
        {.reference = base::parse_image_reference(reference), .credentials = {}, .policy = policy}, clock_);
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  tests::ForwardProxy proxy_{{{kHost, registry_.port()}}};
};

TEST_F(RegistryBehindAProxy, IsReadThroughIt) {
  const tests::FakeImage image = registry_.add_image("layer", "v1");
  const Variable proxy("HTTP_PROXY", proxy_.host());

  const auto image_source = source("registry.example:80/app:v1");
  const ResolvedImage resolved = image_source->resolve({}, {});
  const Manifest manifest = image_source->manifest(image.manifest, {});

  EXPECT_EQ(resolved.digest, image.manifest);
  EXPECT_EQ(manifest.layers.size(), 1u);
  EXPECT_THAT(proxy_.asked(), Not(IsEmpty()));
  EXPECT_THAT(proxy_.asked(), Each(StartsWith("GET http://registry.example/v2/")));
}

TEST_F(RegistryBehindAProxy, IsNotAskedThroughItWhereNoProxyNamesIt) {
  const Variable proxy("HTTP_PROXY", proxy_.host());
  const Variable direct("NO_PROXY", ".example");
  EXPECT_THROW(static_cast<void>(source("registry.example:80/app:v1")->resolve({}, {})), base::NetworkError);
  EXPECT_THAT(proxy_.asked(), IsEmpty());
}

// The realm is the registry's word: it must not make the proxy dial a cloud's metadata service.
TEST_F(RegistryBehindAProxy, CannotSendTheProxyWhereItMayNotGo) {
  registry_.intercept([](const net::ServerRequest&) {
    return net::ServerResponse{.status = 401,
                               .headers = {{"WWW-Authenticate", R"(Bearer realm="https://169.254.169.254/token")"}}};
  });
  const Variable plain("HTTP_PROXY", proxy_.host());
  const Variable tls("HTTPS_PROXY", proxy_.host());
  EXPECT_THROW(static_cast<void>(source("registry.example:80/app:v1")->resolve({}, {})), base::Error);
  EXPECT_THAT(proxy_.asked(), Each(Not(HasSubstr("169.254"))));
}

TEST_F(RegistryBehindAProxy, AVariableThatIsNoProxyIsNamed) {
  const Variable proxy("HTTP_PROXY", "socks5://proxy.example");
  try {
    static_cast<void>(source("registry.example:80/app:v1")->resolve({}, {}));
    FAIL() << "nothing was thrown";
  } catch (const base::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("HTTP_PROXY"));
  }
}

}  // namespace
}  // namespace registry
