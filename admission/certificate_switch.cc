#include "admission/certificate_switch.h"

namespace admission {

void CertificateSwitch::offer(const ServingCertificate& certificate) {
  offered_ = certificate;
  if (shown_ && shown_->same_leaf(certificate)) shown_ = certificate;
}

std::string CertificateSwitch::bundle() const {
  if (!offered_) return {};
  std::string bundle = offered_->authority_pem + offered_->old_authority_pem;
  if (shown_ && bundle.find(shown_->authority_pem) == std::string::npos) bundle += shown_->authority_pem;
  return bundle;
}

void CertificateSwitch::bundle_stands(base::SteadyTime now) {
  const std::string bundle = this->bundle();
  if (bundle == standing_bundle_) return;
  standing_bundle_ = bundle;
  standing_since_ = now;
}

bool CertificateSwitch::may_show(base::SteadyTime now) const {
  if (!shown_ || shown_->authority_pem == offered_->authority_pem) return true;
  return standing_bundle_ == bundle() && now - standing_since_ >= trust_delay_;
}

std::optional<ServingCertificate> CertificateSwitch::next(base::SteadyTime now) {
  if (!pending() || !may_show(now)) return std::nullopt;
  shown_ = offered_;
  return shown_;
}

}  // namespace admission
