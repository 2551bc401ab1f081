#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mkb::kube {

/// `<namespace>/<name>`, as client-go's MetaNamespaceKeyFunc.
std::string object_key(std::string_view name_space, std::string_view name);
std::string object_key(const nlohmann::json& object);

/// The objects of one kind as the API server last told, kept as compact JSON text without managedFields and
/// without kubectl's last-applied-configuration: a thousand resources with their children must fit into 40
/// MB. An object that comes again under the resourceVersion it already has is no change. Thread-safe, but for
/// changes to follow each other as the server made them, one thread must make them.
class ObjectStore {
 public:
  /// After a change, outside the lock, on the thread that made it; `object` is the newest, or the last known
  /// one when `removed`.
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
  /// The end of a list whose objects were put() page by page, so that a long list is never in memory as a
  /// whole: removes what is not among `keys`.
  void retain(const std::set<std::string, std::less<>>& keys);
  void put(nlohmann::json object);
  /// What the server answered to a write of ours, before a watch shows it, so that the next look at the store
  /// does not decide by what was there before. Only for an object that is here already, and tells nobody.
  /// Until the watch has come as far, older versions of the object are ignored (resource versions of one kind
  /// compare as numbers, KEP-5504).
  void absorb(nlohmann::json object);
  /// `object` as it was last; one that is not here is ignored.
  void erase(const nlohmann::json& object);

 private:
  struct Entry {
    std::string text;
    std::string owner;
    std::string version;
    bool absorbed = false;  ///< no watch has shown this version yet
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  using Changes = std::vector<std::pair<nlohmann::json, bool>>;

  static bool outrun(const Entry& old, const nlohmann::json& object);
  bool take_in(const std::string& key, nlohmann::json& object);
  void drop(Entries::iterator entry);
  void drop_others(const std::set<std::string, std::less<>>& keys, Changes& changes);
  void tell(const Changes& changes) const;

  OnChange on_change_;
  mutable std::mutex mutex_;
  Entries entries_;
  /// Owner's uid to entry; the uid's text is the entry's own.
  std::multimap<std::string_view, Entries::iterator, std::less<>> by_owner_;
  bool synced_ = false;
};

}  // namespace mkb::kube
