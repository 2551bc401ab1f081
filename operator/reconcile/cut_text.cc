#include "operator/reconcile/cut_text.h"

namespace mkb::reconcile {

std::string cut_text(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most - 3);
  // Not in the middle of a character.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
  return text + "...";
}

}  // namespace mkb::reconcile
