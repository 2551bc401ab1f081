#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mkb::kube {

/// `<namespace>/<name>`, as client-go's MetaNamespaceKeyFunc.
std::string object_key(std::string_view name_space, std::string_view name);
std::string object_key(const nlohmann::json& object);

/// The objects of one kind as the API server last told, kept as compact JSON text without managedFields:
/// a thousand resources with their children must fit into 40 MB. Thread-safe.
class ObjectStore {
 public:
  /// After a change, outside the lock; `object` is the newest, or the last known one when `removed`.
  using OnChange = std::function<void(const nlohmann::json& object, bool removed)>;

  explicit ObjectStore(OnChange on_change = {}) : on_change_(std::move(on_change)) {}

  [[nodiscard]] std::optional<nlohmann::json> find(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Objects whose first ownerReference is that uid.
  [[nodiscard]] std::vector<nlohmann::json> owned_by(std::string_view uid) const;
  [[nodiscard]] std::size_t size() const;
  /// True once a whole list has been taken in.
  [[nodiscard]] bool synced() const;

  /// The whole content, after a list; what is not in it has been removed.
  void replace(std::vector<nlohmann::json> objects);
  void put(nlohmann::json object);
  void erase(const nlohmann::json& object);

 private:
  struct Entry {
    std::string text;
    std::string owner;
    std::string version;
  };

  OnChange on_change_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::multimap<std::string, std::string, std::less<>> by_owner_;
  bool synced_ = false;
};

}  // namespace mkb::kube
