#include "policy/image_id.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

TEST(ImageId, TheDigestIsThatOfTheManifest) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const struct {
    const char* name;
    std::string image_id;
    std::string digest;
  } rows[] = {
      {"of a repository", "docker.io/library/nginx@" + digest, digest},
      {"of an old kubelet", "docker-pullable://registry:5000/web@" + digest, digest},
      {"of the configuration, without a repository", digest, ""},
      {"a short digest", "registry:5000/web@sha256:abc", ""},
      {"not told yet", "", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(digest_of_image_id(row.image_id), row.digest) << row.name;
  }
}

}  // namespace
}  // namespace policy
