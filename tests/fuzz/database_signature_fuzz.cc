// A file as somebody hands it over for an advisory database: what its last block says is either refused or fits it, and
// no key of ours has signed it.
#include <cstdint>

#include "scanner/advisories/ed25519.h"
#include "scanner/advisories/signature.h"
#include "tests/fuzz/scratch_directory.h"

namespace {

using namespace scanner::advisories;

// The key that the block names, whatever that is: our own.
TrustedKeys keys_called(const std::string& identity) {
  static const KeyPair own = make_key_pair();
  return {{identity, own.public_pem}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path = tests::scratch_directory() + "/a.db";
  tests::write_scratch_file(path, {reinterpret_cast<const char*>(data), size});
  Signature signature;
  try {
    signature = read_signature(path);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
    return 0;
  }
  CHECK(signature.body_bytes + kSignatureBytes == size);
  try {
    static_cast<void>(verify_database(path, keys_called(signature.key)));
    CHECK(false);
  } catch (const base::ParseError&) {
    return 0;
  }
  return 0;
}
