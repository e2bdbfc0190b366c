// visit_fields() and enum_words() of the types of scan_registry.h that other kinds have too, for the .cc files of crds/
// alone.
#pragma once

#include "crds/json_fields.h"
#include "crds/scan_registry.h"

namespace crds {

constexpr std::array<EnumWord<EventFormat>, 15> enum_words(EventFormat) {
  return {{{EventFormat::kDistribution, "Distribution"},
           {EventFormat::kAzure, "Azure"},
           {EventFormat::kEventGrid, "EventGrid"},
           {EventFormat::kHarbor, "Harbor"},
           {EventFormat::kQuay, "Quay"},
           {EventFormat::kDockerHub, "DockerHub"},
           {EventFormat::kGhcr, "GHCR"},
           {EventFormat::kGitea, "Gitea"},
           {EventFormat::kGitLab, "GitLab"},
           {EventFormat::kEcr, "ECR"},
           {EventFormat::kArtifactRegistry, "ArtifactRegistry"},
           {EventFormat::kJFrog, "JFrog"},
           {EventFormat::kNexus, "Nexus"},
           {EventFormat::kCloudEvents, "CloudEvents"},
           {EventFormat::kSigned, "Signed"}}};
}

template <typename Visitor, MaybeConst<SecretReference> C>
void visit_fields(Visitor& visit, C& reference) {
  visit("name", reference.name);
  visit("key", reference.key);
}

template <typename Visitor, MaybeConst<RegistryAuth> C>
void visit_fields(Visitor& visit, C& auth) {
  visit("secretRef", auth.secret_ref);
  visit("provider", auth.provider);
  visit("realmHosts", auth.realm_hosts);
}

template <typename Visitor, MaybeConst<RegistryTls> C>
void visit_fields(Visitor& visit, C& tls) {
  visit("caBundle", tls.ca_bundle);
  visit("plainHTTP", tls.plain_http);
}

template <typename Visitor, MaybeConst<EventToken> C>
void visit_fields(Visitor& visit, C& token) {
  visit("issuer", token.issuer);
  visit("audience", token.audience);
  visit("subject", token.subject);
  visit("keysURL", token.keys_url);
  visit("caBundle", token.ca_bundle);
}

template <typename Visitor, MaybeConst<RegistryEvents> C>
void visit_fields(Visitor& visit, C& events) {
  visit("format", events.format);
  visit("secretRef", events.secret_ref);
  visit("clientCABundle", events.client_ca_bundle);
  visit("token", events.token);
  visit("hosts", events.hosts);
  visit("repositories", events.repositories);
}

template <typename Visitor, MaybeConst<Retention> C>
void visit_fields(Visitor& visit, C& retention) {
  visit("age", retention.age);
  visit("tags", retention.tags);
}

template <typename Visitor, MaybeConst<DiscoveryTags> C>
void visit_fields(Visitor& visit, C& tags) {
  visit("include", tags.include);
  visit("exclude", tags.exclude);
  visit("newest", tags.newest);
  visit("maxAge", tags.max_age);
}

template <typename Visitor, MaybeConst<Discovery> C>
void visit_fields(Visitor& visit, C& discovery) {
  visit("repositories", discovery.repositories);
  visit("tags", discovery.tags);
  visit("interval", discovery.interval);
}

template <typename Visitor, MaybeConst<RateLimit> C>
void visit_fields(Visitor& visit, C& limit) {
  visit("requestsPerSecond", limit.requests_per_second);
  visit("concurrent", limit.concurrent);
}

}  // namespace crds
