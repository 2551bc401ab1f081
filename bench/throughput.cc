#include "bench/throughput.h"

namespace mkb::bench {

Throughput throughput_of(std::uint64_t messages, double seconds, const ProcessCost& used) {
  Throughput result;
  const auto count = static_cast<double>(messages);
  result.messages_per_second = count / seconds;
  result.cpu_microseconds = used.total * 1e6 / count;
  for (const auto& [name, cpu] : used.threads) {
    result.thread_microseconds[name] = cpu * 1e6 / count;
  }
  return result;
}

}  // namespace mkb::bench
