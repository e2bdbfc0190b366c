#include "registry/token_auth.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/digest.h"
#include "base/log.h"
#include "net/json.h"
#include "registry/limits.h"

namespace registry {

namespace {

constexpr std::size_t kChallengesMax = 16;
constexpr std::size_t kChallengeValuesMax = 16;
constexpr std::size_t kTokensMax = 1024;
constexpr std::chrono::seconds kTokenLifetimeDefault{60};
constexpr std::chrono::seconds kTokenLifetimeMax{3600};
// A token is asked for anew so long before it ends that a request under way still finds it good.
constexpr std::chrono::seconds kTokenMargin{10};

bool is_token_character(char c) {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kSymbols.find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Walks the field by the grammar of RFC 9110, 11.2: scheme [ token68 | name=value *( , name=value ) ].
class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view rest) : rest_(rest) {}

  std::vector<Challenge> read_all() {
    std::vector<Challenge> challenges;
    skip(", \t");
    while (challenges.size() < kChallengesMax) {
      const std::string_view scheme = take_token();
      if (scheme.empty()) break;
      challenges.push_back({.scheme = lower(scheme), .values = {}});
      if (!read_values(challenges.back())) {
        challenges.pop_back();
        break;
      }
    }
    return challenges;
  }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  std::string_view take_token() {
    const auto* end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    const std::string_view token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(token.size());
    return token;
  }

  // Reads name=value pairs until the next token is a scheme, which is not followed by '='. False: unreadable.
  bool read_values(Challenge& challenge) {
    while (true) {
      skip(", \t");
      const std::string_view before = rest_;
      const std::string_view name = take_token();
      skip(" \t");
      if (name.empty() || !rest_.starts_with('=')) {
        rest_ = before;
        return name.empty() ? rest_.empty() : true;
      }
      rest_.remove_prefix(1);
      skip(" \t");
      std::optional<std::string> value = take_value();
      if (!value || challenge.values.size() >= kChallengeValuesMax) return false;
      if (!challenge.values.emplace(lower(name), std::move(*value)).second) return false;
    }
  }

  std::optional<std::string> take_value() {
    if (!rest_.starts_with('"')) {
      const std::string_view token = take_token();
      if (token.empty()) return std::nullopt;
      return std::string(token);
    }
    std::string value;
    for (rest_.remove_prefix(1); !rest_.empty(); rest_.remove_prefix(1)) {
      if (rest_.front() == '"') {
        rest_.remove_prefix(1);
        return value;
      }
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (!rest_.empty()) value += rest_.front();
      if (rest_.empty()) break;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

std::string value_or_empty(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.values.find(name);
  return found == challenge.values.end() ? std::string() : found->second;
}

std::string basic_authorization(const Credential& credential) {
  return "Basic " + base::encode_base64(credential.username + ":" + credential.password);
}

// Our own scope and not the challenge's: the token is handed on as one that can only pull. Registries whose scopes are
// of another kind ("aws") get theirs.
std::string scope_text(const Challenge& challenge, const TokenScope& scope) {
  const std::string asked = value_or_empty(challenge, "scope");
  if (!asked.empty() && !asked.starts_with("repository:")) return asked;
  if (scope.repository.empty()) return {};
  return "repository:" + scope.repository + (scope.access == Access::kPush ? ":pull,push" : ":pull");
}

struct TokenQuestion {
  net::Url realm;
  std::string service;
  std::string scope;
};

std::string cache_key(const TokenQuestion& question, const TokenScope& scope, const Credential* credential) {
  const std::string identity =
      credential == nullptr
          ? std::string("anonymous")
          : base::sha256_hex(credential->username + '\0' + credential->password + '\0' + credential->identity_token);
  return question.realm.text() + '\n' + question.service + '\n' + question.scope + '\n' + identity + '\n' +
         scope.registry.text();
}

net::HttpRequest token_request(const TokenQuestion& question, const Credential* credential) {
  net::HttpRequest request{.url = question.realm, .body_bytes_max = kTokenBytesMax};
  if (credential != nullptr && !credential->identity_token.empty()) {
    request.method = "POST";
    request.headers["Content-Type"] = "application/x-www-form-urlencoded";
    request.body = "grant_type=refresh_token&client_id=pratique&service=" + net::percent_encode(question.service) +
                   (question.scope.empty() ? "" : "&scope=" + net::percent_encode(question.scope)) +
                   "&refresh_token=" + net::percent_encode(credential->identity_token);
    return request;
  }
  std::string& target = request.url.target;
  target += target.find('?') == std::string::npos ? '?' : '&';
  std::string parameters = question.scope.empty() ? "" : "scope=" + net::percent_encode(question.scope);
  if (!question.service.empty()) {
    parameters += (parameters.empty() ? "service=" : "&service=") + net::percent_encode(question.service);
  }
  target += parameters;
  if (credential != nullptr) request.headers["Authorization"] = basic_authorization(*credential);
  return request;
}

struct Token {
  std::string text;
  std::chrono::seconds lifetime;
};

Token parse_token(const std::string& body, const net::Url& realm) {
  const std::string what = "token of " + base::escape_text(realm.authority(), 300);
  const nlohmann::json answer = net::parse_json_bounded(body, what);
  const auto text_member = [&](const char* name) {
    const auto member = answer.is_object() ? answer.find(name) : answer.end();
    return member != answer.end() && member->is_string() ? member->get<std::string>() : std::string();
  };
  Token token{.text = text_member("token"), .lifetime = kTokenLifetimeDefault};
  if (token.text.empty()) token.text = text_member("access_token");
  const bool is_sendable =
      std::all_of(token.text.begin(), token.text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (token.text.empty() || !is_sendable) throw base::ParseError(what + ": the answer holds no usable token");
  const auto lifetime = answer.find("expires_in");
  if (lifetime != answer.end() && lifetime->is_number_unsigned()) {
    const auto most = static_cast<std::uint64_t>(kTokenLifetimeMax.count());
    token.lifetime = std::chrono::seconds(std::min(lifetime->get<std::uint64_t>(), most));
  }
  return token;
}

bool has_password(const Credential* credential) {
  return credential != nullptr && (!credential->username.empty() || !credential->password.empty());
}

}  // namespace

std::vector<Challenge> parse_www_authenticate(std::string_view field) {
  return ChallengeReader(field).read_all();
}

std::optional<std::string> TokenCache::find(const std::string& key, base::SteadyTime now) const {
  return entries_.with([&](const std::map<std::string, Entry>& entries) -> std::optional<std::string> {
    const auto found = entries.find(key);
    if (found == entries.end() || found->second.expires_at <= now) return std::nullopt;
    return found->second.token;
  });
}

void TokenCache::store(const std::string& key, const std::string& token, base::SteadyTime expires_at) {
  entries_.with([&](std::map<std::string, Entry>& entries) {
    if (entries.size() >= kTokensMax && entries.count(key) == 0) {
      entries.erase(std::min_element(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return a.second.expires_at < b.second.expires_at;
      }));
    }
    entries[key] = {token, expires_at};
  });
}

void TokenCache::forget(const std::string& key) {
  entries_.with([&](std::map<std::string, Entry>& entries) { entries.erase(key); });
}

TokenAuth::Answer TokenAuth::answer(const std::vector<Challenge>& challenges, const TokenScope& scope,
                                    const Credential* credential, Freshness freshness, std::stop_token stop) {
  const auto is_bearer = [](const Challenge& challenge) {
    return challenge.scheme == "bearer" && challenge.values.count("realm") > 0;
  };
  const auto found = std::find_if(challenges.begin(), challenges.end(), is_bearer);
  if (found != challenges.end()) return bearer(*found, scope, credential, freshness, stop);
  const bool offers_basic = std::any_of(challenges.begin(), challenges.end(),
                                        [](const Challenge& challenge) { return challenge.scheme == "basic"; });
  if (offers_basic && has_password(credential)) return {.authorization = basic_authorization(*credential)};
  return {};
}

TokenAuth::Answer TokenAuth::bearer(const Challenge& challenge, const TokenScope& scope, const Credential* credential,
                                    Freshness freshness, const std::stop_token& stop) {
  const TokenQuestion question{.realm = net::parse_url(challenge.values.at("realm")),
                               .service = value_or_empty(challenge, "service"),
                               .scope = scope_text(challenge, scope)};
  net::check_scheme(policy_, question.realm);
  Answer answer;
  if (credential != nullptr &&
      net::judge_realm(policy_, scope.registry, question.realm) == net::Credentials::kWithhold) {
    answer.untrusted_realm = question.realm.authority();
    credential = nullptr;
  }
  const std::string key = cache_key(question, scope, credential);
  if (freshness == Freshness::kNew) cache_.forget(key);
  if (const std::optional<std::string> cached = cache_.find(key, clock_.steady_now())) {
    answer.authorization = "Bearer " + *cached;
    return answer;
  }
  const net::HttpResponse response = http_.send(token_request(question, credential), stop);
  const bool is_refusal = response.status == 401 || response.status == 403;
  if (is_refusal && credential != nullptr) return answer;
  if (response.status != 200) {
    throw base::HttpError("token realm " + base::escape_text(question.realm.authority(), 300) + " answered " +
                              std::to_string(response.status),
                          response.status, response.body.substr(0, 1024));
  }
  const Token token = parse_token(response.body, question.realm);
  cache_.store(key, token.text, clock_.steady_now() + token.lifetime - kTokenMargin);
  answer.authorization = "Bearer " + token.text;
  return answer;
}

}  // namespace registry
