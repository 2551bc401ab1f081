#include "kube/object_store.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

const std::string& text_at(const json& object, const char* member) {
  static const std::string empty;
  const auto found = object.is_object() ? object.find(member) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get_ref<const std::string&>()
             : empty;
}

const json& metadata_of(const json& object) {
  static const json empty = json::object();
  const auto found = object.is_object() ? object.find("metadata") : object.end();
  return object.is_object() && found != object.end() && found->is_object() ? *found : empty;
}

std::string owner_of(const json& object) {
  const json& metadata = metadata_of(object);
  const auto owners = metadata.find("ownerReferences");
  return owners != metadata.end() && owners->is_array() && !owners->empty() ? text_at(owners->front(), "uid")
                                                                            : std::string();
}

void strip(json& object) {
  const auto metadata = object.is_object() ? object.find("metadata") : object.end();
  if (!object.is_object() || metadata == object.end() || !metadata->is_object()) {
    return;
  }
  metadata->erase("managedFields");
  const auto annotations = metadata->find("annotations");
  if (annotations != metadata->end() && annotations->is_object() && annotations->erase(kLastApplied) != 0 &&
      annotations->empty()) {
    metadata->erase(annotations);
  }
}

std::string compact(const json& object) {
  std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace);
  text.shrink_to_fit();
  return text;
}

std::optional<std::uint64_t> version_number(const json& object) {
  const std::string& text = text_at(metadata_of(object), "resourceVersion");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool is_later_version_of(const json& before, const json& after) {
  const auto old_number = version_number(before);
  const auto new_number = version_number(after);
  return text_at(metadata_of(before), "uid") == text_at(metadata_of(after), "uid") && old_number &&
         new_number && *old_number < *new_number;
}

}  // namespace

std::string object_key(std::string_view name_space, std::string_view name) {
  std::string key;
  key.reserve(name_space.size() + 1 + name.size());
  if (!name_space.empty()) {
    key.append(name_space).push_back('/');
  }
  return key.append(name);
}

std::string object_key(const json& object) {
  const json& metadata = metadata_of(object);
  return object_key(text_at(metadata, "namespace"), text_at(metadata, "name"));
}

std::optional<json> ObjectStore::find(std::string_view key) const {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) {
      return std::nullopt;
    }
    text = entry->second.text;
  }
  return json::parse(text);
}

std::vector<std::string> ObjectStore::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  keys.reserve(entries_.size());
  std::transform(entries_.begin(), entries_.end(), std::back_inserter(keys),
                 [](const auto& entry) { return entry.first; });
  return keys;
}

std::vector<json> ObjectStore::owned_by(std::string_view uid) const {
  std::vector<std::pair<std::string, std::string>> owned;
  {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = by_owner_.equal_range(uid);
    for (auto found = first; found != last; ++found) {
      owned.emplace_back(found->second->first, found->second->second.text);
    }
  }
  std::sort(owned.begin(), owned.end());
  std::vector<json> objects;
  objects.reserve(owned.size());
  std::transform(owned.begin(), owned.end(), std::back_inserter(objects),
                 [](const auto& entry) { return json::parse(entry.second); });
  return objects;
}

std::size_t ObjectStore::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool ObjectStore::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

void ObjectStore::replace(std::vector<json> objects) {
  Changes changes;
  std::set<std::string, std::less<>> keys;
  {
    const std::lock_guard lock(mutex_);
    for (json& object : objects) {
      const std::string key = object_key(object);
      if (take_in(key, object) && on_change_) {
        changes.emplace_back(std::move(object), false);
      }
      keys.insert(key);
    }
    drop_others(keys, changes);
    synced_ = true;
  }
  tell(changes);
}

void ObjectStore::retain(const std::set<std::string, std::less<>>& keys) {
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    drop_others(keys, changes);
    synced_ = true;
  }
  tell(changes);
}

void ObjectStore::put(json object) {
  {
    const std::lock_guard lock(mutex_);
    if (!take_in(object_key(object), object)) {
      return;
    }
  }
  if (on_change_) {
    on_change_(object, false);
  }
}

void ObjectStore::erase(const json& object) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(object_key(object));
    if (entry == entries_.end()) {
      return;
    }
    drop(entry);
  }
  if (on_change_) {
    json last = object;
    strip(last);
    on_change_(last, true);
  }
}

void ObjectStore::absorb(json object) {
  const std::lock_guard lock(mutex_);
  const std::string key = object_key(object);
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || !is_later_version_of(json::parse(entry->second.text), object)) {
    return;
  }
  take_in(key, object);
  entries_.find(key)->second.absorbed = true;
}

/// Whether `object` is older than what a write of ours has brought already.
bool ObjectStore::outrun(const Entry& old, const json& object) {
  return old.absorbed && is_later_version_of(object, json::parse(old.text));
}

/// False when nothing has changed.
bool ObjectStore::take_in(const std::string& key, json& object) {
  const std::string& version = text_at(metadata_of(object), "resourceVersion");
  const auto old = entries_.find(key);
  if (old != entries_.end() && !version.empty() && old->second.version == version) {
    old->second.absorbed = false;
    return false;
  }
  if (old != entries_.end() && outrun(old->second, object)) {
    return false;
  }
  strip(object);
  Entry entry{compact(object), owner_of(object), version};
  if (old != entries_.end()) {
    if (version.empty() && old->second.text == entry.text) {
      return false;
    }
    drop(old);
  }
  const auto added = entries_.emplace(key, std::move(entry)).first;
  if (!added->second.owner.empty()) {
    by_owner_.emplace(added->second.owner, added);
  }
  return true;
}

void ObjectStore::drop(Entries::iterator entry) {
  const auto [first, last] = by_owner_.equal_range(entry->second.owner);
  const auto found = std::find_if(first, last, [&](const auto& owned) { return owned.second == entry; });
  if (found != last) {
    by_owner_.erase(found);
  }
  entries_.erase(entry);
}

void ObjectStore::drop_others(const std::set<std::string, std::less<>>& keys, Changes& changes) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (!keys.contains(entry->first)) {
      if (on_change_) {
        changes.emplace_back(json::parse(entry->second.text), true);
      }
      drop(entry);
    }
    entry = next;
  }
}

void ObjectStore::tell(const Changes& changes) const {
  for (const auto& [object, removed] : changes) {
    on_change_(object, removed);
  }
}

}  // namespace mkb::kube
