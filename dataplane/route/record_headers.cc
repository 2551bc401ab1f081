#include "dataplane/route/record_headers.h"

#include <array>
#include <charconv>

namespace mkb::dataplane {

void RecordHeaders::add(std::string_view name, std::string_view value) {
  // An empty view may have no address; nullptr here means "owned".
  entries_.push_back({name, value.data() != nullptr ? value.data() : "", 0, value.size()});
}

void RecordHeaders::add_copy(std::string_view name, std::string_view value) {
  entries_.push_back({name, nullptr, owned_.size(), value.size()});
  owned_ += value;
}

void RecordHeaders::add_number(std::string_view name, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  add_copy(name, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void RecordHeaders::truncate(std::size_t count) {
  while (entries_.size() > count) {
    if (entries_.back().viewed == nullptr) {
      owned_.resize(entries_.back().offset);
    }
    entries_.pop_back();
  }
}

RecordHeader RecordHeaders::operator[](std::size_t index) const {
  const Entry& entry = entries_[index];
  const char* start = entry.viewed != nullptr ? entry.viewed : owned_.data() + entry.offset;
  return {entry.name, {start, entry.size}};
}

std::optional<std::string_view> RecordHeaders::last(std::string_view name) const {
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (entries_[i].name == name) {
      return (*this)[i].value;
    }
  }
  return std::nullopt;
}

std::size_t RecordHeaders::total_bytes() const {
  std::size_t sum = 0;
  for (const Entry& entry : entries_) {
    sum += entry.name.size() + entry.size;
  }
  return sum;
}

}  // namespace mkb::dataplane
