#include "operator/push_events/sender_proof.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "net/certificates.h"
#include "net/hmac.h"
#include "operator/push_events/limits.h"

namespace pratique_operator::push_events {
namespace {

using crds::EventFormat;

// In what form a header carries the secret.
enum class Form { kVerbatim, kHmacSha256, kHmacSha1 };

struct SecretHeader {
  const char* name;
  Form form;
};

constexpr std::array<SecretHeader, 1> kAuthorization{{{"Authorization", Form::kVerbatim}}};
constexpr std::array<SecretHeader, 2> kGitLab{
    {{"X-Gitlab-Token", Form::kVerbatim}, {"Authorization", Form::kVerbatim}}};
constexpr std::array<SecretHeader, 1> kGitHub{{{"X-Hub-Signature-256", Form::kHmacSha256}}};
constexpr std::array<SecretHeader, 3> kGitea{{{"X-Gitea-Signature", Form::kHmacSha256},
                                              {"X-Forgejo-Signature", Form::kHmacSha256},
                                              {"X-Hub-Signature-256", Form::kHmacSha256}}};
// The token itself, or a signature where signing is chosen.
constexpr std::array<SecretHeader, 2> kJFrog{
    {{"X-JFrog-Event-Auth", Form::kVerbatim}, {"X-JFrog-Event-Auth", Form::kHmacSha256}}};
constexpr std::array<SecretHeader, 1> kNexus{{{"X-Nexus-Webhook-Signature", Form::kHmacSha1}}};
constexpr std::array<SecretHeader, 1> kSigned{{{"X-Signature", Form::kHmacSha256}}};

std::span<const SecretHeader> headers_of(EventFormat format) {
  switch (format) {
    case EventFormat::kGitLab:
      return kGitLab;
    case EventFormat::kGhcr:
      return kGitHub;
    case EventFormat::kGitea:
      return kGitea;
    case EventFormat::kJFrog:
      return kJFrog;
    case EventFormat::kNexus:
      return kNexus;
    case EventFormat::kSigned:
      return kSigned;
    // These can send no header of their administrator's choice.
    case EventFormat::kDockerHub:
    case EventFormat::kQuay:
      return {};
    case EventFormat::kDistribution:
    case EventFormat::kAzure:
    case EventFormat::kEventGrid:
    case EventFormat::kHarbor:
    case EventFormat::kEcr:
    case EventFormat::kArtifactRegistry:
    case EventFormat::kCloudEvents:
      return kAuthorization;
  }
  CHECK(false);
}

// Whose senders may have the secret in the path, because nothing else can be set there.
bool takes_path_secret(EventFormat format) {
  return format == EventFormat::kDockerHub || format == EventFormat::kQuay || format == EventFormat::kEventGrid ||
         format == EventFormat::kArtifactRegistry;
}

bool is_shown(const SecretHeader& header, const std::string& secret, const net::ServerRequest& request) {
  const std::string shown = net::find_header(request.headers, header.name).value_or("");
  if (header.form == Form::kVerbatim) return base::equal_constant_time(shown, secret);
  const net::HmacHash hash = header.form == Form::kHmacSha1 ? net::HmacHash::kSha1 : net::HmacHash::kSha256;
  std::string_view code = shown;
  if (code.starts_with("sha256=")) code.remove_prefix(7);
  return base::equal_constant_time(code, net::hmac_hex(hash, secret, request.body));
}

std::string why_no_secret(const EventSender& sender, const net::ServerRequest& request, const EventPath& path) {
  if (!path.secret.empty() && takes_path_secret(sender.format)) {
    const bool fits =
        sender.secret.size() >= kPathSecretBytesMin && base::equal_constant_time(path.secret, sender.secret);
    return fits ? "" : "the path does not end with the secret, of 16 characters or more, that the ScanRegistry names";
  }
  const std::span<const SecretHeader> headers = headers_of(sender.format);
  const bool proved = std::ranges::any_of(
      headers, [&](const SecretHeader& header) { return is_shown(header, sender.secret, request); });
  if (proved) return "";
  if (headers.empty()) return "the path must be /events/NAME/SECRET, with the secret that the ScanRegistry names";
  return std::string("the ") + headers.front().name + " header does not prove the secret that the ScanRegistry names";
}

std::string why_no_token(const TokenRule& rule, const net::ServerRequest& request, base::SystemTime now) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = net::find_header(request.headers, "Authorization").value_or("");
  if (!header.starts_with(kBearer)) return "the Authorization header holds no Bearer token";
  const net::TokenClaims claims =
      net::verify_web_token(std::string_view(header).substr(kBearer.size()), *rule.keys, now);
  if (claims.issuer != rule.issuer) return "the token's issuer is not the one that the ScanRegistry names";
  if (std::ranges::find(claims.audiences, rule.audience) == claims.audiences.end()) {
    return "the token is not for the audience that the ScanRegistry names";
  }
  const bool is_subject = claims.subject == rule.subject || (!claims.email.empty() && claims.email == rule.subject);
  return is_subject ? "" : "the token's subject is not the one that the ScanRegistry names";
}

}  // namespace

EventPath split_event_path(std::string_view below_prefix) {
  const std::size_t slash = below_prefix.find('/');
  if (slash == std::string_view::npos) return {.registry = below_prefix, .secret = {}};
  return {.registry = below_prefix.substr(0, slash), .secret = below_prefix.substr(slash + 1)};
}

bool shows_nothing(const net::ServerRequest& request, const EventPath& path) {
  if (!path.secret.empty() || !request.client_chain_pem.empty()) return false;
  for (int format = 0; format <= static_cast<int>(EventFormat::kSigned); ++format) {
    for (const SecretHeader& header : headers_of(static_cast<EventFormat>(format))) {
      if (!net::find_header(request.headers, header.name).value_or("").empty()) return false;
    }
  }
  return true;
}

std::string why_not_proved(const EventSender& sender, const net::ServerRequest& request, const EventPath& path,
                           base::SystemTime now) {
  if (sender.secret.empty() && sender.client_ca_pem.empty() && !sender.token) {
    return "the ScanRegistry has no secret, authority or token issuer to prove events by";
  }
  if (!sender.client_ca_pem.empty() && !net::trusts(sender.client_ca_pem, request.client_chain_pem, now)) {
    return "no client certificate of the authority that the ScanRegistry names was shown";
  }
  if (sender.token) {
    if (std::string why = why_no_token(*sender.token, request, now); !why.empty()) return why;
  }
  return sender.secret.empty() ? "" : why_no_secret(sender, request, path);
}

}  // namespace pratique_operator::push_events
