// AWS Signature Version 4 as the service's side checks it, by its published description and not by our code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"

namespace tests {

// What an Authorization header says.
struct AwsAuthorization {
  std::string access_key_id;
  std::string date;  // "20260131"
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // in lower case, in their order
  std::string signature;                    // 64 hex digits
};

// nullopt: it is no AWS4-HMAC-SHA256.
[[nodiscard]] std::optional<AwsAuthorization> parse_aws_authorization(const std::string& header);

// Empty: whoever has the secret has signed this very request, with every header that counts. Else for a person, as AWS
// says it. How old it is, is for the caller to judge. Only for requests without a query, as AWS' JSON protocols have.
[[nodiscard]] std::string why_not_signed(const net::ServerRequest& request, const AwsAuthorization& said,
                                         const std::string& secret);

}  // namespace tests
