// AWS Signature Version 4 of a request. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "net/http.h"

namespace pratique_operator::clouds {

struct AwsKeys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: keys that live for ever
};

struct AwsRequest {
  std::string method;
  std::string host;        // "api.ecr.eu-central-1.amazonaws.com"
  std::string path = "/";  // already encoded
  net::Headers headers;    // further ones, which are signed too
  std::string body;
  std::string region;
  std::string service;  // "ecr"
};

// The headers to send beside AwsRequest::headers: Authorization, X-Amz-Date and, where there is one,
// X-Amz-Security-Token.
[[nodiscard]] net::Headers sign_aws_request(const AwsRequest& request, const AwsKeys& keys, base::SystemTime now);

}  // namespace pratique_operator::clouds
