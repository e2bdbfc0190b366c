#include "tests/support/aws_signature_check.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/error.h"

namespace tests {
namespace {

std::string sha256(const std::string& text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  std::size_t length = 0;
  CHECK(EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(),
                     reinterpret_cast<unsigned char*>(digest.data()), &length) == 1);
  digest.resize(length);
  return digest;
}

std::string hmac(const std::string& key, const std::string& text) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  std::size_t length = 0;
  CHECK(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                  reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                  reinterpret_cast<unsigned char*>(code.data()), code.size(), &length) != nullptr);
  code.resize(length);
  return code;
}

std::string hex(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Without white space at its ends; in between, one space is as good as many.
std::string trimmed(const std::string& value) {
  std::istringstream words(value);
  std::string text;
  for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// "a/b" of "X=a/b, Y=c"; "" where it has no X=.
std::string part_of(const std::string& header, const std::string& name) {
  const std::size_t at = header.find(" " + name);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + 1 + name.size();
  return header.substr(begin, header.find(',', begin) - begin);
}

// "20260131T080000Z"
bool is_basic_time(const std::string& text) {
  const std::string form = "ddddddddTddddddZ";
  return std::ranges::equal(text, form, [](char c, char of_form) {
    return of_form == 'd' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == of_form;
  });
}

// "" or which header is not signed and has to be.
std::string unsigned_header(const net::ServerRequest& request, const AwsAuthorization& said) {
  const auto is_signed = [&](const std::string& name) {
    return std::ranges::find(said.signed_headers, name) != said.signed_headers.end();
  };
  for (const auto& [name, value] : request.headers) {
    const std::string known = lower_case(name);
    const bool counts = known == "host" || known == "content-type" || known.starts_with("x-amz-");
    if (counts && !is_signed(known)) return known;
  }
  for (const char* name : {"host", "x-amz-date"}) {
    if (!is_signed(name)) return name;
  }
  return {};
}

std::string canonical_request(const net::ServerRequest& request, const AwsAuthorization& said) {
  std::string headers;
  std::string names;
  for (const std::string& name : said.signed_headers) {
    headers += name + ":" + trimmed(net::find_header(request.headers, name).value_or("")) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return request.method + "\n" + std::string(request.path()) + "\n\n" + headers + "\n" + names + "\n" +
         hex(sha256(request.body));
}

}  // namespace

std::optional<AwsAuthorization> parse_aws_authorization(const std::string& header) {
  constexpr std::size_t kSignatureDigits = 64;
  if (!header.starts_with("AWS4-HMAC-SHA256 ")) return std::nullopt;
  const std::vector<std::string> scope = split(part_of(header, "Credential="), '/');
  AwsAuthorization said;
  said.signed_headers = split(part_of(header, "SignedHeaders="), ';');
  said.signature = part_of(header, "Signature=");
  const bool is_whole = scope.size() == 5 && scope[4] == "aws4_request" && !said.signed_headers.empty() &&
                        said.signature.size() == kSignatureDigits;
  if (!is_whole) return std::nullopt;
  said.access_key_id = scope[0];
  said.date = scope[1];
  said.region = scope[2];
  said.service = scope[3];
  return said;
}

std::string why_not_signed(const net::ServerRequest& request, const AwsAuthorization& said, const std::string& secret) {
  if (request.target.find('?') != std::string::npos) return "a query is signed in another way";
  if (!std::ranges::is_sorted(said.signed_headers)) return "SignedHeaders is not sorted";
  if (const std::string name = unsigned_header(request, said); !name.empty()) return "'" + name + "' must be signed";
  const std::string time = net::find_header(request.headers, "X-Amz-Date").value_or("");
  if (!is_basic_time(time)) return "X-Amz-Date is no time in ISO 8601 basic format";
  if (!time.starts_with(said.date))
    return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date";
  const std::string scope = said.date + "/" + said.region + "/" + said.service + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex(sha256(canonical_request(request, said)));
  std::string key = "AWS4" + secret;
  for (const std::string& part : {said.date, said.region, said.service, std::string("aws4_request")})
    key = hmac(key, part);
  if (hex(hmac(key, to_sign)) == said.signature) return {};
  return "The request signature we calculated does not match the signature you provided.";
}

}  // namespace tests
