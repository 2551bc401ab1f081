#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace mkb::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

using Number = std::function<double(const PipelineResult&)>;

std::vector<double> numbers(const std::vector<PipelineResult>& results, const Number& number) {
  std::vector<double> values;
  values.reserve(results.size());
  std::transform(results.begin(), results.end(), std::back_inserter(values), number);
  return values;
}

std::optional<Quantiles> median_quantiles(const std::vector<PipelineResult>& results,
                                          std::optional<Quantiles> PipelineResult::*which) {
  const bool complete = std::all_of(results.begin(), results.end(),
                                    [&](const auto& each) { return (each.*which).has_value(); });
  if (!complete) {
    return std::nullopt;
  }
  const auto of = [&](double Quantiles::*quantile) {
    return median(numbers(results, [&](const auto& each) { return *(each.*which).*quantile; }));
  };
  return Quantiles{of(&Quantiles::p50), of(&Quantiles::p99), of(&Quantiles::p999)};
}

std::string describe(const char* what, const std::optional<Quantiles>& quantiles) {
  return quantiles ? fmt::format("  {} {:.2f} / {:.2f} / {:.2f} ms", what, quantiles->p50, quantiles->p99,
                                 quantiles->p999)
                   : std::string();
}

nlohmann::json to_json(const std::optional<Quantiles>& quantiles) {
  if (!quantiles) {
    return nullptr;
  }
  return {{"p50", quantiles->p50}, {"p99", quantiles->p99}, {"p999", quantiles->p999}};
}

}  // namespace

PipelineResult medians(const std::vector<PipelineResult>& results) {
  PipelineResult result;
  Throughput& out = result.throughput;
  out.messages_per_second =
      median(numbers(results, [](const auto& each) { return each.throughput.messages_per_second; }));
  out.cpu_microseconds =
      median(numbers(results, [](const auto& each) { return each.throughput.cpu_microseconds; }));
  out.resident_kib = static_cast<long>(median(
      numbers(results, [](const auto& each) { return static_cast<double>(each.throughput.resident_kib); })));
  for (const auto& [name, ignored] : results.front().throughput.thread_microseconds) {
    out.thread_microseconds[name] = median(numbers(results, [&name = name](const auto& each) {
      const auto found = each.throughput.thread_microseconds.find(name);
      return found == each.throughput.thread_microseconds.end() ? 0.0 : found->second;
    }));
  }
  result.acknowledged = median_quantiles(results, &PipelineResult::acknowledged);
  result.end_to_end = median_quantiles(results, &PipelineResult::end_to_end);
  return result;
}

std::string describe(const PipelineResult& result) {
  const Throughput& throughput = result.throughput;
  std::string text = fmt::format("{:7.0f} msg/s  {:5.2f} us/msg", throughput.messages_per_second,
                                 throughput.cpu_microseconds);
  for (const auto& [name, microseconds] : throughput.thread_microseconds) {
    if (microseconds >= 0.05) {
      text += fmt::format("  {} {:.2f}", name, microseconds);
    }
  }
  text += fmt::format("  rss {:.0f} MB", static_cast<double>(throughput.resident_kib) / 1024);
  return text + describe("acknowledged", result.acknowledged) + describe("end to end", result.end_to_end);
}

std::string table(const std::vector<Scenario>& scenarios) {
  const auto cell = [](const std::optional<Quantiles>& quantiles) {
    return quantiles
               ? fmt::format("{:.1f} / {:.1f} / {:.1f}", quantiles->p50, quantiles->p99, quantiles->p999)
               : std::string("-");
  };
  std::string text = fmt::format("{:46} {:>9} {:>18} {:>7}  {:22} {:22}\n", "medians", "msg/s", "CPU us/msg",
                                 "RSS MB", "MQTT->Kafka acked, ms", "publisher->consumer, ms");
  text += fmt::format("{:46} {:>9} {:>18} {:>7}  {:22} {:22}\n", "", "", "(lowest..highest)", "",
                      "P50 / P99 / P99.9", "P50 / P99 / P99.9");
  for (const Scenario& scenario : scenarios) {
    if (scenario.results.empty()) {
      continue;
    }
    const PipelineResult result = medians(scenario.results);
    const auto costs =
        numbers(scenario.results, [](const auto& each) { return each.throughput.cpu_microseconds; });
    const auto [low, high] = std::minmax_element(costs.begin(), costs.end());
    text += fmt::format("{:46} {:9.0f} {:5.2f} ({:.2f}..{:.2f}) {:7.0f}  {:22} {:22}\n", scenario.name,
                        result.throughput.messages_per_second, result.throughput.cpu_microseconds, *low,
                        *high, static_cast<double>(result.throughput.resident_kib) / 1024,
                        cell(result.acknowledged), cell(result.end_to_end));
  }
  return text;
}

nlohmann::json to_json(const std::vector<Scenario>& scenarios) {
  nlohmann::json all = nlohmann::json::array();
  for (const Scenario& scenario : scenarios) {
    nlohmann::json entry = {{"name", scenario.name}, {"program", name_of(scenario.program)}};
    for (const PipelineResult& each : scenario.results) {
      entry["results"].push_back({{"messages_per_second", each.throughput.messages_per_second},
                                  {"cpu_microseconds", each.throughput.cpu_microseconds},
                                  {"thread_microseconds", each.throughput.thread_microseconds},
                                  {"resident_kib", each.throughput.resident_kib},
                                  {"acknowledged_ms", to_json(each.acknowledged)},
                                  {"end_to_end_ms", to_json(each.end_to_end)}});
    }
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace mkb::bench
