#include "operator/reconcile/digest.h"

#include <openssl/sha.h>

#include <array>

namespace mkb::reconcile {

std::string digest(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < 8; ++i) {
    hex.push_back(kDigits[hash[i] >> 4U]);
    hex.push_back(kDigits[hash[i] & 15U]);
  }
  return hex;
}

}  // namespace mkb::reconcile
