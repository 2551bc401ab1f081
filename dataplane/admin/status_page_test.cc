#include "dataplane/admin/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace mkb::dataplane {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page() {
  return std::string(status_page_html());
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

std::string base64(const std::array<unsigned char, SHA256_DIGEST_LENGTH>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8U | byte;
    for (held += 8; held >= 6; held -= 6) {
      text += kDigits[bits >> static_cast<unsigned>(held - 6) & 63U];
    }
  }
  text += kDigits[bits << static_cast<unsigned>(6 - held) & 63U];  // 32 bytes leave 4 bits and one '='
  return text + "=";
}

/// The CSP source of the element, computed apart from the code under test.
std::string hash_of(const std::string& tag) {
  const std::string text = page();
  const std::size_t begin = text.find("<" + tag + ">") + tag.size() + 2;
  const std::string inner = text.substr(begin, text.find("</" + tag + ">") - begin);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(inner.data()), inner.size(), digest.data());
  return "'sha256-" + base64(digest) + "'";
}

TEST(StatusPageTest, IsTheFileByteForByte) {
  std::ifstream file(MKB_STATUS_PAGE, std::ios::binary);
  ASSERT_TRUE(file);
  const std::string expected(std::istreambuf_iterator<char>(file), {});
  EXPECT_GT(expected.size(), 10'000U);
  EXPECT_EQ(page(), expected);
}

TEST(StatusPageTest, ThePolicyNamesThePagesOneScriptAndOneStyle) {
  EXPECT_EQ(occurrences(page(), "<script"), 1U);
  EXPECT_EQ(occurrences(page(), "<script>"), 1U);
  EXPECT_EQ(occurrences(page(), "<style>"), 1U);
  EXPECT_THAT(status_page_csp(), HasSubstr("default-src 'none'; connect-src 'self'"));
  EXPECT_THAT(status_page_csp(), HasSubstr("script-src " + hash_of("script") + ";"));
  EXPECT_THAT(status_page_csp(), HasSubstr("style-src " + hash_of("style") + ";"));
  EXPECT_THAT(status_page_csp(), HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(status_page_csp(), Not(HasSubstr("unsafe")));
}

TEST(StatusPageTest, NeedsNothingFromElsewhere) {
  std::string text = page();
  const std::string_view svg_namespace = "http://www.w3.org/2000/svg";  // a name, never fetched
  for (std::size_t at = text.find(svg_namespace); at != text.npos; at = text.find(svg_namespace)) {
    text.erase(at, svg_namespace.size());
  }
  for (const char* reference : {"http:", "https:", "src=", "@import", "url(http", "url(//", "\"//"}) {
    EXPECT_THAT(text, Not(HasSubstr(reference)));
  }
}

TEST(StatusPageTest, NeverMakesMarkupOrCodeOfText) {
  for (const char* sink : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                           "Function(", "DOMParser", "srcdoc", "createContextualFragment", "javascript:"}) {
    EXPECT_THAT(page(), Not(HasSubstr(sink)));
  }
  for (const char* refused_by_the_policy : {" style=\"", " onclick=", " onload=", " onerror="}) {
    EXPECT_THAT(page(), Not(HasSubstr(refused_by_the_policy)));
  }
}

TEST(StatusPageTest, SuitsReadersOfEveryKind) {
  for (const char* part :
       {"lang=\"en\"", "width=device-width", "aria-live=\"polite\"", "(prefers-color-scheme: dark)",
        "@media (prefers-reduced-motion: reduce)", "matchMedia(\"(prefers-reduced-motion: reduce)\")"}) {
    EXPECT_THAT(page(), HasSubstr(part));
  }
}

}  // namespace
}  // namespace mkb::dataplane
