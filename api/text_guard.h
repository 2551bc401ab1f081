#pragma once

#include <string_view>

#include "api/problem.h"

namespace mkb::api {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20U;

/// Looks at a file before the YAML parser does, and refuses what the parser would misread or could be hurt
/// by: more than kMaxDocumentBytes, text that is not UTF-8 (JSON and YAML from Kubernetes always is), control
/// characters, lone carriage returns, and hundreds of brackets that nothing closes.
/// Returns the text without its byte order mark; an empty view after a problem was reported.
std::string_view guarded_text(std::string_view text, Report& report);

/// The first line up to `last_line` that is indented with a tab, 0 for none: the likely cause of a syntax
/// error that the parser words differently.
int tab_indented_line(std::string_view text, int last_line);

}  // namespace mkb::api
