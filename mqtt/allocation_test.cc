#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "mqtt/ack.h"
#include "mqtt/filter_matcher.h"
#include "mqtt/publish.h"

// A program of its own, because it counts every allocation made through operator new.

namespace {
std::size_t allocations = 0;
}  // namespace

// Not inlined: else the compiler sees free() meet new and takes it for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace mkb::mqtt {
namespace {

/// Allocations that `work` makes.
template <class Work>
std::size_t allocations_of(const Work& work) {
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

TEST(Allocations, AreCounted) {
  EXPECT_EQ(allocations_of([] { std::vector<int>(100).swap(*std::make_unique<std::vector<int>>()); }), 2u);
}

TEST(Allocations, NoneToDecodeAPublishAndReadItsProperties) {
  Publish publish;
  publish.topic = "vehicles/0123456789/telemetry";
  publish.payload.assign(256, 'x');
  publish.packet_id = 7;
  publish.qos = 1;
  publish.properties.add(PropertyId::kContentType, "application/json")
      .add(PropertyId::kSubscriptionIdentifier, 3)
      .add_user_property("a name of some length", "a value of some length");
  for (const Version version : {Version::k311, Version::k5}) {
    std::string bytes;
    ASSERT_TRUE(encode(publish, version, Sender::kServer, bytes).ok());
    bool decoded = false;
    std::size_t read = 0;
    EXPECT_EQ(allocations_of([&] {
                const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
                const Result<PublishView> view = decode_publish(scan.frame, version, Sender::kServer);
                decoded = view.ok();
                for (const Property& property : view->properties) {
                  read += property.text.size() + property.integer;
                }
              }),
              0u);
    EXPECT_TRUE(decoded);
    EXPECT_EQ(read, version == Version::k5 ? 16u + 3u + 21u : 0u);
  }
}

TEST(Allocations, NoneToAcknowledgeIntoAReusedBuffer) {
  std::string out;
  out.reserve(4'096);
  EXPECT_EQ(allocations_of([&out] {
              for (std::uint16_t id = 1; id <= 500; ++id) {
                append_ack(out, PacketType::kPuback, id, ReasonCode::kSuccess, Version::k5);
              }
            }),
            0u);
  EXPECT_EQ(out.size(), 2'000u);
}

TEST(Allocations, NoneToDecodeAnAcknowledgement) {
  std::string bytes;
  append_ack(bytes, PacketType::kPubrel, 1, ReasonCode::kPacketIdentifierNotFound, Version::k5);
  bool decoded = false;
  EXPECT_EQ(allocations_of(
                [&] { decoded = decode_ack(next_frame(bytes, kMaxPacketBytes).frame, Version::k5).ok(); }),
            0u);
  EXPECT_TRUE(decoded);
}

TEST(Allocations, NoneToMatchOnceTheWorkingMemoryHasGrown) {
  std::vector<std::string> filters;
  filters.reserve(1'004);
  for (int i = 0; i < 1'000; ++i) {
    filters.push_back("vehicles/" + std::to_string(i) + "/telemetry");
  }
  filters.insert(filters.end(), {"vehicles/+/telemetry", "#", "+/+/+", "vehicles/#"});
  std::vector<FilterMatcher::Entry> entries;
  entries.reserve(filters.size());
  for (std::size_t i = 0; i < filters.size(); ++i) {
    entries.push_back({filters[i], static_cast<std::uint32_t>(i)});
  }
  const Result<FilterMatcher> matcher = FilterMatcher::build(entries);
  ASSERT_TRUE(matcher.ok());
  FilterMatcher::Matches matches;
  matcher->match("vehicles/1/telemetry", matches);
  std::size_t found = 0;
  EXPECT_EQ(
      allocations_of([&] {
        for (const char* topic : {"vehicles/999/telemetry", "vehicles/0/telemetry", "other", "$SYS/x"}) {
          matcher->match(topic, matches);
          found += matches.values().size();
        }
      }),
      0u);
  EXPECT_EQ(found, 5u + 5u + 1u);
}

}  // namespace
}  // namespace mkb::mqtt
