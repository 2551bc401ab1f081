#include "dataplane/admin/status_page.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

namespace mkb::dataplane {

/// Made of status_page.html by embed_text.cmake.
extern const char kStatusPage[];
extern const std::size_t kStatusPageSize;

namespace {

/// `'sha256-...'` of what stands between the page's only <tag> and </tag>.
std::string source_hash(std::string_view page, const std::string& tag) {
  const std::string open = "<" + tag + ">";
  const std::size_t begin = page.find(open) + open.size();
  const std::string_view text = page.substr(begin, page.find("</" + tag + ">") - begin);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data())) + "'";
}

}  // namespace

std::string_view status_page_html() {
  return {kStatusPage, kStatusPageSize};
}

const std::string& status_page_csp() {
  static const std::string policy = "default-src 'none'; connect-src 'self'; img-src data:; script-src " +
                                    source_hash(status_page_html(), "script") + "; style-src " +
                                    source_hash(status_page_html(), "style") +
                                    "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return policy;
}

}  // namespace mkb::dataplane
