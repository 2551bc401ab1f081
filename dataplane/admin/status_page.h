#pragma once

#include <string>
#include <string_view>

namespace mkb::dataplane {

/// The status page: status_page.html as it was at build time, one document without external parts.
std::string_view status_page_html();

/// Its Content-Security-Policy: only the page's own script and style, named by their SHA-256, may run, and it
/// may talk only to where it came from. Text of peers shown on the page can therefore never run.
const std::string& status_page_csp();

}  // namespace mkb::dataplane
