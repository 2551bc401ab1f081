#include "kube/credentials.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kube/http_transport.h"
#include "kube/text_file.h"

namespace mkb::kube {
namespace {

constexpr std::chrono::seconds kFresh{10};

Error unusable(const char* what, const std::string& why) {
  return {TransportError::kConfiguration, std::string(what) + " " + why};
}

Result<std::string> load(const CredentialSource& source, const char* what) {
  if (source.file.empty()) return source.text;
  auto text = read_text_file(source.file);
  if (!text.ok()) return unusable(what, text.error().message());
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
    return unusable(what, source.file.string() + ": is empty");
  }
  return text;
}

// It becomes part of a header.
Result<std::string> load_token(const CredentialSource& source) {
  auto text = load(source, "token");
  if (!text.ok() || text->empty()) return text;
  const std::size_t first = text->find_first_not_of(" \t\r\n");
  std::string token = text->substr(first, text->find_last_not_of(" \t\r\n") - first + 1);
  if (std::any_of(token.begin(), token.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7F; })) {
    return unusable("token", source.file.string() + ": holds more than one token");
  }
  return token;
}

}  // namespace

Result<CredentialSet> Credentials::read() const {
  CredentialSet set;
  auto token = load_token(config_.token);
  if (!token.ok()) return token.error();
  auto ca = load(config_.ca, "certificate authority");
  if (!ca.ok()) return ca.error();
  auto certificate = load(config_.certificate, "client certificate");
  if (!certificate.ok()) return certificate.error();
  auto key = load(config_.key, "client key");
  if (!key.ok()) return key.error();
  return CredentialSet{std::move(*token), std::move(*ca), std::move(*certificate), std::move(*key), 1};
}

Result<std::shared_ptr<const CredentialSet>> Credentials::read_again() {
  read_at_ = clock_.now();
  auto fresh = read();
  if (!fresh.ok()) {
    if (set_ != nullptr) return set_;
    return fresh.error();
  }
  if (set_ != nullptr) {
    const bool same_tls =
        fresh->ca == set_->ca && fresh->certificate == set_->certificate && fresh->key == set_->key;
    if (same_tls && fresh->token == set_->token) return set_;
    fresh->tls_generation = set_->tls_generation + (same_tls ? 0 : 1);
  }
  set_ = std::make_shared<const CredentialSet>(std::move(*fresh));
  return set_;
}

Result<std::shared_ptr<const CredentialSet>> Credentials::current() {
  const std::lock_guard lock(mutex_);
  if (set_ != nullptr && clock_.now() - read_at_ < kFresh) return set_;
  return read_again();
}

bool Credentials::renewed(const CredentialSet& used) {
  const std::lock_guard lock(mutex_);
  // Another thread may have been faster.
  const auto differs = [&used](const CredentialSet& other) {
    return other.token != used.token || other.tls_generation != used.tls_generation;
  };
  if (set_ != nullptr && differs(*set_)) return true;
  const auto fresh = read_again();
  return fresh.ok() && differs(**fresh);
}

}  // namespace mkb::kube
