#include "e2e/demo/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "e2e/demo/grouped.h"

namespace mkb::demo {
namespace {

constexpr std::size_t kHistory = 40;

std::string sparkline(const std::vector<double>& values) {
  static constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double top = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string line;
  for (const double value : values) {
    line += kBars[top > 0 ? static_cast<std::size_t>(std::clamp(value / top * 7.0, 0.0, 7.0)) : 0];
  }
  return line;
}

}  // namespace

std::string LiveView::render(const Sample& sample) {
  const double elapsed = sample.seconds - last_.seconds;
  const auto rate = [&](std::uint64_t now, std::uint64_t before) {
    return elapsed > 0 && now >= before ? static_cast<double>(now - before) / elapsed : 0.0;
  };
  const double sent_rate = rate(sample.sent, last_.sent);
  const double kafka_rate = rate(sample.in_kafka, last_.in_kafka);
  rates_.push_back(kafka_rate);
  if (rates_.size() > kHistory) rates_.erase(rates_.begin());

  std::string text;
  if (terminal_) {
    if (started_) text = "\x1b[6A";
    text += block(sample, sent_rate, kafka_rate);
  } else {
    if (!started_) {
      text = fmt::format("{:>7} {:>10} {:>10} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9}\n", "time", "sent",
                         "in Kafka", "msg/s", "in flight", "p50 ms", "p99 ms", "commands", "received",
                         "answered");
    }
    text += fmt::format("{:>5.0f} s {:>10} {:>10} {:>9.0f} {:>9} {:>8.1f} {:>8.1f} {:>9} {:>9} {:>9}\n",
                        sample.seconds, grouped(sample.sent), grouped(sample.in_kafka), kafka_rate,
                        grouped(sample.in_flight), sample.p50_ms, sample.p99_ms, grouped(sample.commands),
                        grouped(sample.obeyed), grouped(sample.answers));
  }
  started_ = true;
  last_ = sample;
  return text;
}

std::string LiveView::block(const Sample& sample, double sent_rate, double kafka_rate) const {
  const char* clear = "\x1b[K\n";
  return fmt::format(
      "  sent by the fleet   {:>12}   {:>7.0f}/s{}"
      "  in Kafka            {:>12}   {:>7.0f}/s   {}{}"
      "  in flight           {:>12}{}"
      "  latency             {:>9.1f} ms p50 {:>8.1f} ms p99   (MQTT in -> Kafka acknowledged){}"
      "  commands            {:>12}   received by vehicles {:>10}   answered in Kafka {:>10}{}"
      "  running             {:>10.0f} s{}",
      grouped(sample.sent), sent_rate, clear, grouped(sample.in_kafka), kafka_rate, sparkline(rates_), clear,
      grouped(sample.in_flight), clear, sample.p50_ms, sample.p99_ms, clear, grouped(sample.commands),
      grouped(sample.obeyed), grouped(sample.answers), clear, sample.seconds, clear);
}

}  // namespace mkb::demo
