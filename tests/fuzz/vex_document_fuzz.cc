// VEX documents of every format, in envelopes and bare, as far as the exceptions that become of them.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "net/signed_envelope.h"
#include "operator/vex/vex_exceptions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pratique_operator;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  crds::VexSource source;
  source.metadata.name = "fuzz";
  source.spec.images = {"registry:5000/*"};
  for (const crds::VexFormat format :
       {crds::VexFormat::kOpenVex, crds::VexFormat::kCsaf, crds::VexFormat::kCycloneDx}) {
    try {
      const std::optional<net::Envelope> envelope = net::read_envelope(text);
      const std::string document = envelope ? net::predicate_of(envelope->payload) : std::string(text);
      const vex::MadeExceptions made = vex::exceptions_of(source, vex::read_document(format, document));
      for (const crds::FindingException& exception : made.exceptions) {
        CHECK(exception.spec.vulnerabilities.size() <= 100 && !exception.spec.match.images.empty());
        CHECK(!nlohmann::json(exception).dump().empty());  // it throws for what is no UTF-8
      }
    } catch (const base::Error&) {
      continue;
    }
  }
  return 0;
}
