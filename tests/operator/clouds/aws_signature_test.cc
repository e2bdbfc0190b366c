// AWS' own published vectors of Signature Version 4.
#include "operator/clouds/aws_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/aws_signature_check.h"

namespace pratique_operator::clouds {
namespace {

using testing::HasSubstr;

const AwsKeys kKeys{.access_key_id = "AKIDEXAMPLE",
                    .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                    .session_token = {}};
const base::SystemTime kTime = *base::parse_rfc3339("2015-08-30T12:36:00Z");

AwsRequest request_of(const std::string& method) {
  return {.method = method,
          .host = "example.amazonaws.com",
          .headers = {},
          .body = {},
          .region = "us-east-1",
          .service = "service"};
}

TEST(AwsSignature, GetVanilla) {
  const net::Headers headers = sign_aws_request(request_of("GET"), kKeys, kTime);
  EXPECT_EQ(headers.at("X-Amz-Date"), "20150830T123600Z");
  EXPECT_EQ(headers.at("Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(AwsSignature, PostVanilla) {
  EXPECT_THAT(sign_aws_request(request_of("POST"), kKeys, kTime).at("Authorization"),
              HasSubstr("Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST(AwsSignature, PostWithAForm) {
  AwsRequest request = request_of("POST");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "Param1=value1";
  EXPECT_THAT(sign_aws_request(request, kKeys, kTime).at("Authorization"),
              HasSubstr("SignedHeaders=content-type;host;x-amz-date, "
                        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(AwsSignature, SignsTheSessionToken) {
  AwsKeys keys = kKeys;
  keys.session_token = "session";
  const net::Headers headers = sign_aws_request(request_of("GET"), keys, kTime);
  EXPECT_EQ(headers.at("X-Amz-Security-Token"), "session");
  EXPECT_THAT(headers.at("Authorization"), HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token"));
}

// What reads it shares no code with what wrote it.
TEST(AwsSignature, TheOtherSideComesToTheSame) {
  AwsRequest request = request_of("POST");
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", "Registry.Describe"}};
  request.body = R"({"maxResults":1})";
  AwsKeys keys = kKeys;
  keys.session_token = "session";
  net::ServerRequest sent;
  sent.method = "POST";
  sent.target = "/";
  sent.headers = sign_aws_request(request, keys, kTime);
  sent.headers.insert(request.headers.begin(), request.headers.end());
  sent.headers["Host"] = request.host;
  sent.body = request.body;
  const auto said = tests::parse_aws_authorization(sent.headers.at("Authorization"));
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(said->region, "us-east-1");
  EXPECT_EQ(tests::why_not_signed(sent, *said, keys.secret_access_key), "");

  const std::string differs = "The request signature we calculated does not match the signature you provided.";
  EXPECT_EQ(tests::why_not_signed(sent, *said, "another"), differs);
  net::ServerRequest changed = sent;
  changed.body += " ";
  EXPECT_EQ(tests::why_not_signed(changed, *said, keys.secret_access_key), differs);
  changed = sent;
  changed.method = "GET";
  EXPECT_EQ(tests::why_not_signed(changed, *said, keys.secret_access_key), differs);
  for (const char* name : {"Host", "X-Amz-Target", "X-Amz-Security-Token", "Content-Type"}) {
    changed = sent;
    changed.headers[name] += "x";
    EXPECT_EQ(tests::why_not_signed(changed, *said, keys.secret_access_key), differs) << name;
  }
  changed = sent;
  changed.headers["X-Amz-Other"] = "x";
  EXPECT_EQ(tests::why_not_signed(changed, *said, keys.secret_access_key), "'x-amz-other' must be signed");
  changed = sent;
  changed.headers["X-Amz-Date"] = "20150831T123600Z";
  EXPECT_THAT(tests::why_not_signed(changed, *said, keys.secret_access_key), HasSubstr("Credential scope"));
  for (const char* text : {"", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request"}) {
    EXPECT_FALSE(tests::parse_aws_authorization(text).has_value()) << text;
  }
}

TEST(AwsSignature, ChangesWithEverything) {
  const std::string signature = sign_aws_request(request_of("GET"), kKeys, kTime).at("Authorization");
  AwsRequest other = request_of("GET");
  other.body = "x";
  EXPECT_NE(sign_aws_request(other, kKeys, kTime).at("Authorization"), signature);
  EXPECT_NE(sign_aws_request(request_of("GET"), kKeys, kTime + std::chrono::seconds(1)).at("Authorization"), signature);
  AwsKeys keys = kKeys;
  keys.secret_access_key += "x";
  EXPECT_NE(sign_aws_request(request_of("GET"), keys, kTime).at("Authorization"), signature);
}

}  // namespace
}  // namespace pratique_operator::clouds
