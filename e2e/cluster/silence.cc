#include "e2e/cluster/silence.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "e2e/lab/lab_error.h"

namespace mkb::e2e {
namespace {

struct Arrival {
  std::int64_t appended;
  std::int64_t published;
};

Arrival arrival_of(const lab::KafkaRecord& record) {
  const auto payload = nlohmann::json::parse(record.value, nullptr, false);
  if (!payload.is_object() || !payload.contains("ts")) {
    throw lab::LabError("no vehicle's record: " + record.value.substr(0, 200));
  }
  return {record.timestamp_ms, payload["ts"].get<std::int64_t>()};
}

}  // namespace

Silence longest_silence(const std::vector<lab::KafkaRecord>& records) {
  std::map<std::string, std::vector<Arrival>> topics;
  for (const auto& record : records) {
    topics[record.header("mqtt.topic").value_or("")].push_back(arrival_of(record));
  }
  Silence silence;
  for (auto& [topic, arrivals] : topics) {
    std::stable_sort(arrivals.begin(), arrivals.end(),
                     [](const Arrival& a, const Arrival& b) { return a.appended < b.appended; });
    for (std::size_t i = 1; i < arrivals.size(); ++i) {
      const auto from = std::max(arrivals[i - 1].appended, arrivals[i].published);
      const std::chrono::milliseconds gap(std::max<std::int64_t>(0, arrivals[i].appended - from));
      if (silence.topic.empty() || gap > silence.longest) silence = {gap, topic, arrivals[i].appended};
    }
  }
  return silence;
}

}  // namespace mkb::e2e
