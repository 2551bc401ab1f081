#include "base/error.h"

namespace mkb {

Error Error::with_context(const std::string& context) const {
  Error copy = *this;
  copy.message_ = context + ": " + message_;
  return copy;
}

}  // namespace mkb
