#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "mqtt/ack.h"
#include "mqtt/filter_matcher.h"
#include "mqtt/publish.h"

// What one received message costs in the sans-I/O parts: framing and decoding, acknowledging, matching.

namespace mkb::mqtt {
namespace {

Publish telemetry() {
  Publish publish;
  publish.topic = "vehicles/00042/telemetry";
  publish.payload.assign(256, 'x');
  publish.packet_id = 7;
  publish.qos = 1;
  return publish;
}

void decode(benchmark::State& state, const Publish& publish, Version version) {
  std::string bytes;
  if (!encode(publish, version, Sender::kServer, bytes).ok()) {
    state.SkipWithError("cannot encode");
    return;
  }
  for (auto _ : state) {
    const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
    benchmark::DoNotOptimize(decode_publish(scan.frame, version, Sender::kServer));
  }
}

void decode_publish_311(benchmark::State& state) {
  decode(state, telemetry(), Version::k311);
}
BENCHMARK(decode_publish_311);

void decode_publish_5(benchmark::State& state) {
  decode(state, telemetry(), Version::k5);
}
BENCHMARK(decode_publish_5);

void decode_publish_5_with_properties(benchmark::State& state) {
  Publish publish = telemetry();
  publish.properties.add(PropertyId::kContentType, "application/json")
      .add(PropertyId::kSubscriptionIdentifier, 3)
      .add(PropertyId::kMessageExpiryInterval, 60)
      .add_user_property("source", "fleet-7")
      .add_user_property("trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00");
  decode(state, publish, Version::k5);
}
BENCHMARK(decode_publish_5_with_properties);

void encode_publish_5(benchmark::State& state) {
  const Publish publish = telemetry();
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(encode(publish, Version::k5, Sender::kServer, out).ok());
  }
}
BENCHMARK(encode_publish_5);

void append_puback(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    if (out.size() > 4'000) {
      out.clear();
    }
    append_ack(out, PacketType::kPuback, 7, ReasonCode::kSuccess, Version::k5);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(append_puback);

/// state.range(0) filters, most of them exact, some with wildcards; topics that match one or two of them.
void match_topic(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::string> filters;
  std::vector<std::string> topics;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string vehicle = "fleet" + std::to_string(i % 100) + "/vehicles/" + std::to_string(i);
    filters.push_back(vehicle + (i % 10 == 0 ? "/#" : i % 10 == 1 ? "/+" : "/telemetry"));
    topics.push_back(vehicle + "/telemetry");
  }
  filters.emplace_back("+/vehicles/+/position");
  std::vector<FilterMatcher::Entry> entries;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    entries.push_back({filters[i], static_cast<std::uint32_t>(i)});
  }
  const Result<FilterMatcher> matcher = FilterMatcher::build(entries);
  std::shuffle(topics.begin(), topics.end(), std::mt19937_64(1));
  FilterMatcher::Matches matches;
  std::size_t next = 0;
  for (auto _ : state) {
    matcher->match(topics[next], matches);
    benchmark::DoNotOptimize(matches.values().data());
    next = next + 1 == topics.size() ? 0 : next + 1;
  }
}
BENCHMARK(match_topic)->Arg(1)->Arg(100)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace mkb::mqtt
