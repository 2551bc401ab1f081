#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::kube {

enum class ListError {
  kGarbage = 1,  ///< no list, or one without a resourceVersion
};

struct ListPage {
  std::string resource_version;  ///< of the whole list, the same on each of its pages
  std::string continue_token;    ///< empty: this was the last page
};

/// Reads a page of a list (Kubernetes API concepts, "Retrieving large results sets in chunks"), giving its
/// objects away one by one as they are read, so that memory holds one of them, not all. Objects given away
/// before an error are sound. Errors: ListError.
Result<ListPage> decode_list_page(std::string_view body,
                                  const std::function<void(nlohmann::json)>& on_object);

}  // namespace mkb::kube
