#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "kube/watch_decoder.h"

// Input: a first byte that says how to cut, then the body of a watch. The events, and what goes wrong, must
// be the same however the body is cut.

namespace mkb::kube {
namespace {

constexpr std::size_t kLongestLine = 2048;

struct Said {
  std::vector<std::string> events;
  std::string error;
  bool operator==(const Said&) const = default;
};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// Pieces of sizes that change from one to the next.
Said decode(std::string_view body, std::size_t first_size, std::size_t step) {
  WatchDecoder decoder(kLongestLine);
  Said said;
  const auto note = [&](const WatchEvent& event) {
    require(said.error.empty());
    require(event.object.is_object());
    said.events.push_back(std::to_string(static_cast<int>(event.type)) + event.object.dump());
    return true;
  };
  std::size_t size = first_size;
  do {
    const std::string_view piece = body.substr(0, std::max<std::size_t>(size, 1));
    if (const Result<void> fed = decoder.feed(piece, note); !fed.ok()) {
      require(said.error.empty() || said.error == fed.error().message());
      said.error = fed.error().message();
    } else {
      require(said.error.empty());
    }
    body.remove_prefix(piece.size());
    size = (size * 7 + step) % 97;
  } while (!body.empty());
  return said;
}

}  // namespace
}  // namespace mkb::kube

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mkb::kube;
  if (size == 0) {
    return 0;
  }
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Said whole = decode(body, body.size(), 0);
  require(decode(body, 1, 1) == whole);
  require(decode(body, data[0], data[0]) == whole);
  // What came before the last newline decides, whatever is left after it; too long a rest is the exception.
  const std::size_t end = body.rfind('\n');
  if (end != std::string_view::npos && body.size() - end <= kLongestLine) {
    require(decode(body.substr(0, end + 1), size, 0) == whole);
  }
  return 0;
}
