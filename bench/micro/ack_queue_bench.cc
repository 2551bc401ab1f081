#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "mqtt/ack_queue.h"

// What ordered acknowledgement costs per message, for batches of state.range(0) messages in flight.

namespace mkb::mqtt {
namespace {

/// One item is a message: received, completed in the order that `shuffle` makes, acknowledged.
template <class Shuffle>
void acknowledge(benchmark::State& state, Shuffle&& shuffle) {
  const auto in_flight = static_cast<std::size_t>(state.range(0));
  std::vector<std::size_t> order(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i) {
    order[i] = i;
  }
  shuffle(order);
  std::vector<AckQueue::Sequence> sequences(in_flight);
  AckQueue queue;
  for (auto _ : state) {
    for (std::size_t i = 0; i < in_flight; ++i) {
      sequences[i] = queue.push(static_cast<std::uint16_t>(i + 1), 1);
    }
    for (const std::size_t i : order) {
      queue.complete(sequences[i]);
      while (queue.ready()) {
        benchmark::DoNotOptimize(queue.release());
      }
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void ack_in_order(benchmark::State& state) {
  acknowledge(state, [](std::vector<std::size_t>&) {});
}
BENCHMARK(ack_in_order)->Arg(100)->Arg(10'000);

void ack_shuffled(benchmark::State& state) {
  acknowledge(state, [](std::vector<std::size_t>& order) {
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  });
}
BENCHMARK(ack_shuffled)->Arg(100)->Arg(10'000);

/// As Kafka does with four partitions: in order within each, one partition's batch after the other's.
void ack_by_partition(benchmark::State& state) {
  acknowledge(state, [](std::vector<std::size_t>& order) {
    std::stable_sort(order.begin(), order.end(), [](std::size_t a, std::size_t b) { return a % 4 < b % 4; });
  });
}
BENCHMARK(ack_by_partition)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace mkb::mqtt
