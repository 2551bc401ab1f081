#include "operator/reconcile/fake_api_server.h"

#include <sstream>

namespace mkb::reconcile {
namespace {

using nlohmann::json;

kube::HttpResponse answered(int status, const json& body) {
  return {status, body.dump(), std::nullopt};
}

kube::HttpResponse refused(int status, const std::string& reason, const std::string& message) {
  return answered(status, {{"kind", "Status"},
                           {"status", "Failure"},
                           {"reason", reason},
                           {"message", message},
                           {"code", status}});
}

/// What was applied before and is not any more goes, then the rest is merged in. Lists are taken whole.
void apply_to(json& object, const json& before, const json& wanted) {
  if (before.is_object()) {
    for (const auto& [key, value] : before.items()) {
      if (!wanted.contains(key)) object.erase(key);
    }
  }
  for (const auto& [key, value] : wanted.items()) {
    if (value.is_object() && object.contains(key) && object[key].is_object()) {
      apply_to(object[key], before.is_object() ? before.value(key, json()) : json(), value);
    } else {
      object[key] = value;
    }
  }
}

json without_server_fields(json object) {
  for (const char* field : {"resourceVersion", "generation", "uid"}) object["metadata"].erase(field);
  return object;
}

/// `/apis/g/v/namespaces/ns/plural/name/sub` or `/api/v1/namespaces/ns/plural/name/sub`.
struct Target {
  std::string plural;
  std::string name;
  std::string subresource;
};

Target read_target(const std::string& target) {
  std::vector<std::string> parts;
  std::istringstream path(target.substr(0, target.find('?')));
  for (std::string part; std::getline(path, part, '/');) parts.push_back(part);
  Target read;
  for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
    if (parts[i] != "namespaces") continue;
    read.plural = parts[i + 2];
    if (i + 3 < parts.size()) read.name = parts[i + 3];
    if (i + 4 < parts.size()) read.subresource = parts[i + 4];
  }
  return read;
}

}  // namespace

Result<kube::HttpResponse> FakeApiServer::send(const kube::HttpRequest& request, const std::stop_token&) {
  if (down) return Error(kube::TransportError::kUnreachable, "connection refused");
  const std::lock_guard lock(mutex_);
  return answer(request);
}

Result<kube::HttpResponse> FakeApiServer::stream(const kube::HttpRequest&, const std::stop_token&,
                                                 const OnBytes&) {
  return Error(kube::TransportError::kUnreachable, "this server has no watches");
}

kube::HttpResponse FakeApiServer::answer(const kube::HttpRequest& request) {
  const Target target = read_target(request.target);
  const Key key{target.plural, target.name};
  if (request.method != "GET")
    writes_.push_back(request.method + " " + target.plural + "/" + target.name +
                      (target.subresource.empty() ? "" : "/" + target.subresource));
  if (failing.contains(target.name)) return refused(500, "InternalError", "etcd is away");
  if (forbidden.contains(target.plural)) {
    return refused(403, "Forbidden", target.plural + " is forbidden: User \"mkb-operator\" cannot do that");
  }
  if (request.method != "GET") return write(request, key, target.subresource);
  ++reads_;
  const auto found = objects_.find(key);
  if (found == objects_.end())
    return refused(404, "NotFound", target.plural + " \"" + target.name + "\" not found");
  if (request.accept.find("PartialObjectMetadata") == std::string::npos) return answered(200, found->second);
  return answered(200, {{"kind", "PartialObjectMetadata"},
                        {"apiVersion", "meta.k8s.io/v1"},
                        {"metadata", found->second["metadata"]}});
}

kube::HttpResponse FakeApiServer::write(const kube::HttpRequest& request, const Key& key,
                                        const std::string& subresource) {
  const auto found = objects_.find(key);
  const bool applies = request.content_type.find("apply-patch") != std::string::npos;
  if (found == objects_.end() && request.method != "POST" && !(applies && subresource.empty())) {
    return refused(404, "NotFound", key.first + " \"" + key.second + "\" not found");
  }
  const json body = request.body.empty() ? json() : json::parse(request.body);
  if (request.method == "DELETE") {
    if (body.is_object() && body.contains("preconditions") &&
        body["preconditions"]["uid"] != found->second["metadata"]["uid"]) {
      return refused(409, "Conflict", "the uid does not match");
    }
    remove(kube::ResourceKind{"", "", key.first, ""}, key.second);
    return answered(200, {{"kind", "Status"}, {"status", "Success"}});
  }
  if (request.method == "POST") {
    const Key made{key.first, body["metadata"]["name"]};
    if (objects_.contains(made)) return refused(409, "AlreadyExists", made.second + " already exists");
    store(made, body);
    return answered(201, objects_[made]);
  }
  json object = found == objects_.end() ? json::object() : found->second;
  const auto version = json::json_pointer("/metadata/resourceVersion");
  if (applies && body.contains(version) && found != objects_.end() &&
      body.at(version) != found->second.at(version)) {
    return refused(409, "Conflict", "the object has been modified");
  }
  if (applies) {
    json& before = applied_[key.first + "/" + key.second + "/" + subresource];
    apply_to(object, before, body);
    before = body;
  } else if (request.content_type.find("json-patch") != std::string::npos) {
    try {
      object = object.patch(body);
    } catch (const json::exception& error) {
      return refused(422, "Invalid", error.what());
    }
  } else {
    object.merge_patch(body);
  }
  store(key, object);
  const auto now = objects_.find(key);
  return answered(200, now == objects_.end() ? object : now->second);
}

void FakeApiServer::store(const Key& key, json object) {
  const auto found = objects_.find(key);
  if (rewrite) rewrite(object);
  json& metadata = object["metadata"];
  metadata["namespace"] = kNamespace;
  metadata["name"] = key.second;
  if (found == objects_.end()) {
    if (!metadata.contains("uid"))
      metadata["uid"] = key.first + "-" + key.second + "-" + std::to_string(version_);
    metadata["generation"] = metadata.value("generation", 1);
  } else {
    const json& before = found->second;
    metadata["uid"] = before["metadata"]["uid"];
    const bool same_spec = before.value("spec", json()) == object.value("spec", json());
    metadata["generation"] = before["metadata"].value("generation", 1) + (same_spec ? 0 : 1);
    if (without_server_fields(before) == without_server_fields(object)) {
      return;  // As the real one: what changes nothing has no new resourceVersion.
    }
  }
  metadata["resourceVersion"] = std::to_string(++version_);
  const bool over =
      metadata.contains("deletionTimestamp") && metadata.value("finalizers", json::array()).empty();
  if (over) {
    objects_.erase(key);
  } else {
    objects_[key] = std::move(object);
  }
}

void FakeApiServer::put(const kube::ResourceKind& kind, json object) {
  const Key key{std::string(kind.plural), object["metadata"]["name"]};
  store(key, std::move(object));
}

void FakeApiServer::put_status(const kube::ResourceKind& kind, const std::string& name, const json& status) {
  json object = objects_.at({std::string(kind.plural), name});
  object["status"] = status;
  store({std::string(kind.plural), name}, std::move(object));
}

std::optional<json> FakeApiServer::get(const kube::ResourceKind& kind, const std::string& name) const {
  const auto found = objects_.find({std::string(kind.plural), name});
  return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

void FakeApiServer::remove(const kube::ResourceKind& kind, const std::string& name) {
  const Key key{std::string(kind.plural), name};
  const auto found = objects_.find(key);
  if (found == objects_.end()) return;
  if (found->second["metadata"].value("finalizers", json::array()).empty()) {
    objects_.erase(found);
    applied_.erase(key.first + "/" + key.second + "/");
    return;
  }
  json object = found->second;
  object["metadata"]["deletionTimestamp"] = deletion_time;
  store(key, std::move(object));
}

std::vector<json> FakeApiServer::list(const kube::ResourceKind& kind) const {
  std::vector<json> all;
  for (const auto& [key, object] : objects_) {
    if (key.first == kind.plural) all.push_back(object);
  }
  return all;
}

std::vector<std::string> FakeApiServer::take_writes() {
  return std::exchange(writes_, {});
}

}  // namespace mkb::reconcile
