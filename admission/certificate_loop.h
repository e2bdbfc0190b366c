// Certificate and trust, kept as they should be while the program runs.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "admission/certificates.h"
#include "admission/webhook_trust.h"
#include "base/clock.h"

namespace admission {

struct CertificateLoop {
  CertificateSource& source;
  WebhookTrust& trust;
  const base::Clock& clock;
  std::chrono::milliseconds interval{10'000};
  std::chrono::milliseconds trust_delay{5'000};  // in which every API server has learnt of a new authority
  std::function<void(const ServingCertificate& certificate)> show;
  // Called once: a certificate is shown, and the API server can know its authority or is not to ask us yet.
  std::function<void()> on_ready;
};

// Until `stop`: at once, then every `interval`, and more often while a certificate waits to be shown or the webhook
// configuration is not there: from its creation on the API server asks us. One of the five places that catch: what
// fails is logged and tried again.
void keep_certificate(CertificateLoop loop, std::stop_token stop);

}  // namespace admission
