#include "kube/json_member.h"

namespace mkb::kube {

std::string text_in(const nlohmann::json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>()
                                                                           : std::string();
}

}  // namespace mkb::kube
