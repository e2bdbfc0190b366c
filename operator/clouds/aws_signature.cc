#include "operator/clouds/aws_signature.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "net/hmac.h"

namespace pratique_operator::clouds {
namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

// "20260131T080000Z" of "2026-01-31T08:00:00Z".
std::string basic_time(base::SystemTime time) {
  std::string text = base::format_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

struct Canonical {
  std::string headers;  // "host:example\n..."
  std::string names;    // "host;x-amz-date"
};

Canonical canonical_headers(const std::map<std::string, std::string>& headers) {
  Canonical canonical;
  for (const auto& [name, value] : headers) {
    canonical.headers += name + ":" + value + "\n";
    canonical.names += (canonical.names.empty() ? "" : ";") + name;
  }
  return canonical;
}

std::string signing_key(const AwsKeys& keys, const std::string& date, const AwsRequest& request) {
  std::string key = "AWS4" + keys.secret_access_key;
  for (const std::string& part : {date, request.region, request.service, std::string("aws4_request")}) {
    key = net::hmac_bytes(net::HmacHash::kSha256, key, part);
  }
  return key;
}

}  // namespace

net::Headers sign_aws_request(const AwsRequest& request, const AwsKeys& keys, base::SystemTime now) {
  const std::string time = basic_time(now);
  const std::string date = time.substr(0, 8);
  net::Headers added = {{"X-Amz-Date", time}};
  if (!keys.session_token.empty()) added["X-Amz-Security-Token"] = keys.session_token;

  std::map<std::string, std::string> signed_headers = {{"host", request.host}};
  for (const net::Headers& some : {request.headers, added}) {
    for (const auto& [name, value] : some) signed_headers[lower_case(name)] = value;
  }
  const Canonical canonical = canonical_headers(signed_headers);
  const std::string canonical_request = request.method + "\n" + request.path + "\n\n" + canonical.headers + "\n" +
                                        canonical.names + "\n" + base::sha256_hex(request.body);
  const std::string scope = date + "/" + request.region + "/" + request.service + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + base::sha256_hex(canonical_request);
  const std::string signature = net::hmac_hex(net::HmacHash::kSha256, signing_key(keys, date, request), to_sign);
  added["Authorization"] = std::string(kAlgorithm) + " Credential=" + keys.access_key_id + "/" + scope +
                           ", SignedHeaders=" + canonical.names + ", Signature=" + signature;
  return added;
}

}  // namespace pratique_operator::clouds
