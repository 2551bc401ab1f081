#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "mqtt/connection.h"

namespace mkb::mqtt {

/// One transport's life. Handlers hold it; `owner` is cleared when the connection has moved on.
struct Connection::Link {
  /// One read takes up to this much: about a thousand small messages for one system call.
  static constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

  Connection* owner = nullptr;
  std::shared_ptr<Transport> transport;
  std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  std::size_t capacity = kReadBytes;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string writing;
  bool reading = false;
  bool write_pending = false;
  bool half_closed = false;
  bool processing = false;

  [[nodiscard]] std::string_view unread() const { return {buffer.get() + begin, end - begin}; }

  /// Makes room for the rest of an incomplete packet, and for a large read.
  void make_room(std::size_t missing) {
    if (begin == end) {
      begin = end = 0;
    }
    const std::size_t wanted = end - begin + std::max(missing, kReadBytes / 4);
    if (wanted > capacity) {
      auto larger = std::make_unique_for_overwrite<char[]>(wanted);
      std::memcpy(larger.get(), buffer.get() + begin, end - begin);
      buffer = std::move(larger);
      capacity = wanted;
    } else if (begin + wanted > capacity) {
      std::memmove(buffer.get(), buffer.get() + begin, end - begin);
    } else {
      return;
    }
    end -= begin;
    begin = 0;
  }
};

}  // namespace mkb::mqtt
