#include "kube/api_status.h"

#include <algorithm>

#include "kube/json_member.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestMessage = 300;
constexpr std::int64_t kLongestWait = 3600;

std::int64_t number_in(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return object.is_object() && found != object.end() && found->is_number_integer()
             ? found->get<std::int64_t>()
             : 0;
}

// What goes into logs and conditions must not break their lines.
std::string printable(std::string_view text) {
  std::string line(text.substr(0, kLongestMessage));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::string words_for(int code) {
  switch (code) {
    case 0:
      return "refused";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not found";
    case 409:
      return "conflict";
    case 410:
      return "gone";
    case 429:
      return "too many requests";
    default:
      return (code >= 500 ? "server error (status " : "refused (status ") + std::to_string(code) + ")";
  }
}

}  // namespace

std::string ApiStatus::text() const {
  return message.empty() ? words_for(code) : words_for(code) + ": " + message;
}

ApiStatus api_status(int http_status, std::string_view body) {
  const json parsed = json::parse(body, nullptr, false);
  ApiStatus status = api_status(parsed);
  status.code = http_status;
  if (parsed.is_discarded()) {
    status.message = printable(body);
  }
  return status;
}

ApiStatus api_status(const json& status) {
  ApiStatus read;
  read.code = static_cast<int>(std::clamp<std::int64_t>(number_in(status, "code"), 0, 999));
  read.reason = text_in(status, "reason");
  read.message = printable(text_in(status, "message"));
  const auto details = status.is_object() ? status.find("details") : status.end();
  if (status.is_object() && details != status.end()) {
    const std::int64_t seconds = number_in(*details, "retryAfterSeconds");
    if (seconds > 0) {
      read.retry_after = std::chrono::seconds(std::min(seconds, kLongestWait));
    }
  }
  return read;
}

}  // namespace mkb::kube
