#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mkb::dataplane {

/// One Kafka record header. The value is bytes.
struct RecordHeader {
  std::string_view name;
  std::string_view value;
};

/// The headers of a record, in order; a name may occur several times. Flat and reusable: clear() keeps the
/// memory. Names and viewed values must outlive their use here; owned values live inside.
class RecordHeaders {
 public:
  /// Appends a header whose value is only viewed.
  void add(std::string_view name, std::string_view value);
  /// Appends a header whose value is copied.
  void add_copy(std::string_view name, std::string_view value);
  /// Appends a header whose value is the digits of `number`.
  void add_number(std::string_view name, std::uint64_t number);
  /// Appends a header whose value is whatever `write(std::string&)` appends to the string that it is given;
  /// when `write` returns false nothing is added.
  template <class Write>
  bool add_written(std::string_view name, Write&& write) {
    const std::size_t offset = owned_.size();
    if (!write(owned_)) {
      owned_.resize(offset);
      return false;
    }
    entries_.push_back({name, nullptr, offset, owned_.size() - offset});
    return true;
  }

  void clear() { truncate(0); }
  /// Removes all but the first `count` headers.
  void truncate(std::size_t count);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// Header `index`; its value is valid until the next change.
  [[nodiscard]] RecordHeader operator[](std::size_t index) const;
  /// The value of the last header of this name, which is the one that counts for Java's lastHeader().
  [[nodiscard]] std::optional<std::string_view> last(std::string_view name) const;
  /// Sum of all names' and values' sizes, for limits on a record's size.
  [[nodiscard]] std::size_t total_bytes() const;

 private:
  struct Entry {
    std::string_view name;
    const char* viewed;  ///< nullptr: the value is owned_[offset, offset + size)
    std::size_t offset;
    std::size_t size;
  };

  std::vector<Entry> entries_;
  std::string owned_;
};

}  // namespace mkb::dataplane
