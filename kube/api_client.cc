#include "kube/api_client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr int kMostWaits = 2;
constexpr std::chrono::seconds kLongestWait{10};
constexpr std::size_t kMostOfABody = 200;

bool wait_on_the_clock(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return stop.stop_requested();
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Not every answer comes from the API server: a proxy in front of it may answer with a page.
std::string printable(std::string_view body) {
  std::string text(body.substr(0, kMostOfABody));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string status_field(const json& status, const char* name) {
  const auto found = status.is_object() ? status.find(name) : status.end();
  return found != status.end() && found->is_string() ? found->get<std::string>() : std::string();
}

struct Refusal {
  ApiError error;
  std::string_view words;
};

Refusal refusal_of(int status, const std::string& reason) {
  switch (status) {
    case 401:
      return {ApiError::kUnauthorized, "unauthorized"};
    case 403:
      return {ApiError::kForbidden, "forbidden"};
    case 404:
      return {ApiError::kNotFound, "not found"};
    case 409:
      if (reason == "AlreadyExists") return {ApiError::kAlreadyExists, "already exists"};
      return {ApiError::kConflict, "conflict"};
    case 410:
      return {ApiError::kGone, "gone"};
    case 429:
      return {ApiError::kTooManyRequests, "too many requests"};
    default:
      if (status >= 500) return {ApiError::kServer, "server error"};
      if (status >= 400) return {ApiError::kInvalid, "invalid"};
      return {ApiError::kBadAnswer, "unexpected answer"};
  }
}

bool is_worth_a_wait(const HttpResponse& response) {
  return (response.status == 429 || response.status == 503) && response.retry_after.has_value();
}

}  // namespace

struct ApiClient::Call {
  std::string_view verb;
  const ResourceKind& kind;
  std::string_view name_space;
  std::string_view name;
  HttpRequest request;

  [[nodiscard]] std::string what() const {
    std::string text = std::string(verb) + " " + std::string(kind.plural) + " ";
    if (!name_space.empty()) text += std::string(name_space) + "/";
    return text + std::string(name);
  }

  void send_json(std::string_view method, std::string_view content_type, const json& body) {
    request.method = method;
    request.content_type = content_type;
    request.body = text_of(body);
  }

  void add_query(std::string_view query) {
    request.target += request.target.find('?') == std::string::npos ? '?' : '&';
    request.target += query;
  }

  [[nodiscard]] Error refused(const HttpResponse& response) const {
    const json status = json::parse(response.body, nullptr, false);
    const Refusal refusal = refusal_of(response.status, status_field(status, "reason"));
    std::string message = what() + ": " + std::string(refusal.words);
    if (refusal.error == ApiError::kServer || refusal.error == ApiError::kBadAnswer) {
      message += " (status " + std::to_string(response.status) + ")";
    }
    std::string detail = printable(status_field(status, "message"));
    if (status.is_discarded()) detail = printable(response.body);
    if (!detail.empty()) message += ": " + detail;
    return {refusal.error, std::move(message)};
  }
};

ApiClient::ApiClient(HttpTransport& transport, std::string field_manager, Observer observer)
    : transport_(transport),
      field_manager_(std::move(field_manager)),
      observer_(std::move(observer)),
      sleep_(wait_on_the_clock) {}

Result<json> ApiClient::run(const Call& call, const std::stop_token& stop) {
  for (int waits = 0;; ++waits) {
    const auto start = std::chrono::steady_clock::now();
    const auto response = transport_.send(call.request, stop);
    if (observer_) {
      observer_(call.verb, call.kind.plural, response.ok() ? response->status : 0,
                std::chrono::steady_clock::now() - start);
    }
    if (!response.ok()) return response.error().with_context(call.what());
    if (is_worth_a_wait(*response) && waits < kMostWaits) {
      if (sleep_(std::min(*response->retry_after, kLongestWait), stop)) {
        return Error(TransportError::kCancelled, call.what() + ": stopped");
      }
      continue;
    }
    if (response->status < 200 || response->status > 299) return call.refused(*response);
    json object = json::parse(response->body, nullptr, false);
    if (!object.is_object()) {
      return Error(ApiError::kBadAnswer,
                   call.what() + ": the answer is no JSON object: " + printable(response->body));
    }
    return object;
  }
}

Result<json> ApiClient::get(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                            const std::stop_token& stop) {
  Call call{"get", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  return run(call, stop);
}

Result<json> ApiClient::get_metadata(const ResourceKind& kind, std::string_view name_space,
                                     std::string_view name, const std::stop_token& stop) {
  Call call{"get", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  call.request.accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  auto object = run(call, stop);
  if (object.ok() && status_field(*object, "kind") != "PartialObjectMetadata") {
    return Error(ApiError::kBadAnswer, call.what() + ": the answer is more than the metadata asked for");
  }
  return object;
}

Result<json> ApiClient::create(const ResourceKind& kind, std::string_view name_space, const json& object,
                               const std::stop_token& stop) {
  const json metadata = object.value("metadata", json::object());
  const std::string name = status_field(metadata, "name");
  Call call{"create", kind, name_space, name, {}};
  call.request.target = kind.collection(name_space);
  call.add_query("fieldManager=" + field_manager_);
  call.send_json("POST", "application/json", object);
  return run(call, stop);
}

Result<json> ApiClient::update(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                               const json& object, const std::stop_token& stop) {
  Call call{"update", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  call.add_query("fieldManager=" + field_manager_);
  call.send_json("PUT", "application/json", object);
  return run(call, stop);
}

Result<json> ApiClient::apply(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                              const json& object, std::string_view subresource, const std::stop_token& stop) {
  Call call{"apply", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  if (!subresource.empty()) call.request.target += "/" + std::string(subresource);
  call.add_query("fieldManager=" + field_manager_);
  call.add_query("force=true");
  // JSON is YAML; the server took no other name for the type before 1.34 or so.
  call.send_json("PATCH", "application/apply-patch+yaml", object);
  return run(call, stop);
}

Result<json> ApiClient::json_patch(const ResourceKind& kind, std::string_view name_space,
                                   std::string_view name, const json& operations,
                                   std::string_view subresource, const std::stop_token& stop) {
  Call call{"patch", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  if (!subresource.empty()) call.request.target += "/" + std::string(subresource);
  call.add_query("fieldManager=" + field_manager_);
  call.send_json("PATCH", "application/json-patch+json", operations);
  return run(call, stop);
}

Result<json> ApiClient::merge_patch(const ResourceKind& kind, std::string_view name_space,
                                    std::string_view name, const json& patch, std::string_view subresource,
                                    const std::stop_token& stop) {
  Call call{"patch", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  if (!subresource.empty()) call.request.target += "/" + std::string(subresource);
  call.add_query("fieldManager=" + field_manager_);
  call.send_json("PATCH", "application/merge-patch+json", patch);
  return run(call, stop);
}

Result<void> ApiClient::remove(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                               std::string_view uid, const std::stop_token& stop) {
  Call call{"delete", kind, name_space, name, {}};
  call.request.target = kind.object(name_space, name);
  json options = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
  if (!uid.empty()) options["preconditions"] = {{"uid", uid}};
  call.send_json("DELETE", "application/json", options);
  const auto answer = run(call, stop);
  if (answer.ok() || answer.error().is(ApiError::kNotFound)) return {};
  // An object of that name with another uid: the one that was meant is gone.
  if (!uid.empty() && answer.error().is(ApiError::kConflict) &&
      answer.error().message().find("UID in ") != std::string::npos) {
    return {};
  }
  return answer.error();
}

}  // namespace mkb::kube
