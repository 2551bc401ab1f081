#pragma once

#include <string>
#include <string_view>

namespace mkb::reconcile {

/// 16 hexadecimal digits of the text's SHA-256: equal texts have equal digests on every machine.
std::string digest(std::string_view text);

}  // namespace mkb::reconcile
