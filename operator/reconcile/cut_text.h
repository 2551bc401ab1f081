#pragma once

#include <string>

namespace mkb::reconcile {

/// At most `most` bytes of a UTF-8 text, cut between characters and ending with `...` when it was longer.
std::string cut_text(std::string text, std::size_t most);

}  // namespace mkb::reconcile
