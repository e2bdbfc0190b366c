// Attached inventories as others read them: the reference implementation of DSSE and in-toto's own types, in Go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "base/digest.h"
#include "base/file.h"
#include "base/output_file.h"
#include "net/signed_envelope.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "tests/support/layout_writer.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::HasSubstr;

class AttestationOracle : public testing::Test {
 protected:
  static void SetUpTestSuite() { require(std::string(PRATIQUE_ORACLE_SOURCE) + "/build " + PRATIQUE_ORACLE_FOLDER); }
  static void require(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  // The private key; its public half is in the file "public".
  [[nodiscard]] std::string make_key(const std::string& options) const {
    require("openssl genpkey -quiet " + options + " -out " + folder_.file("private") + " && openssl pkey -in " +
            folder_.file("private") + " -pubout -out " + folder_.file("public"));
    return base::read_file(folder_.file("private"), 10'000);
  }
  // What the oracle writes about the envelope.
  [[nodiscard]] std::string read(const std::string& envelope) const {
    const std::string file = folder_.file("envelope");
    std::filesystem::remove(file);
    base::write_new_file(file, envelope, 0600);
    static_cast<void>(std::system((std::string(PRATIQUE_ORACLE_FOLDER) + "/attestation-oracle " +
                                   folder_.file("public") + " " + file + " > " + folder_.file("out") + " 2>&1")
                                      .c_str()));
    return base::read_file(folder_.file("out"), 10'000);
  }
  [[nodiscard]] static std::string statement() {
    scanner::Inventory inventory;
    inventory.digest = base::Digest::of("image").text();
    inventory.platform = "linux/amd64";
    inventory.packages = {{.type = "deb", .name = "bash", .version = "5.2"}};
    inventory.complete = true;
    return write_statement("registry:5000/shop/web", {.inventory = inventory, .attached_sboms = false});
  }

  tests::TemporaryFolder folder_;
};

TEST_F(AttestationOracle, ReadsWhatWeWriteWithEachKindOfKey) {
  for (const char* key : {"-algorithm ED25519", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
                          "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"}) {
    const std::string private_key = make_key(key);
    EXPECT_EQ(read(net::sign_envelope(net::kStatementType, statement(), private_key)),
              std::string(kInventoryPredicate) + "\nregistry:5000/shop/web\n" + base::Digest::of("image").hex() + "\n")
        << key;
  }
}

TEST_F(AttestationOracle, RefusesWhatWeRefuse) {
  const std::string private_key = make_key("-algorithm ED25519");
  const std::string envelope = net::sign_envelope(net::kStatementType, statement(), private_key);
  static_cast<void>(make_key("-algorithm ED25519"));
  EXPECT_THAT(read(envelope), HasSubstr("attestation-oracle:")) << "another key";
  const std::string other = make_key("-algorithm ED25519");
  EXPECT_THAT(read(net::sign_envelope(net::kStatementType, "{}", other)), HasSubstr("attestation-oracle:"))
      << "no statement";
}

}  // namespace
}  // namespace pratique_operator::reconcilers
