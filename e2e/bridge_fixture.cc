#include "e2e/bridge_fixture.h"

#include <algorithm>
#include <cctype>
#include <iostream>

namespace mkb::e2e {
namespace {

std::string test_name() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

std::string topic_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' ? static_cast<char>(std::tolower(c)) : '-';
  });
  return name;
}

// Lives as long as the program's tests; its log is kept when any of them failed.
class KafkaEnvironment final : public testing::Environment {
 public:
  static lab::Kafka& get() {
    if (!instance->kafka_) {
      const auto program = std::filesystem::read_symlink("/proc/self/exe").filename().string();
      instance->dir_ = std::make_unique<lab::TempDir>(program);
      instance->kafka_ = std::make_unique<lab::Kafka>(instance->dir_->path());
    }
    if (!instance->kafka_->running()) instance->kafka_->start();
    return *instance->kafka_;
  }

  // A test that failed may have left it frozen.
  static void thaw() {
    if (instance->kafka_ && instance->kafka_->running()) instance->kafka_->thaw();
  }

  void TearDown() override {
    if (!dir_) return;
    if (testing::UnitTest::GetInstance()->Failed()) dir_->keep();
    kafka_.reset();
    dir_.reset();
  }

 private:
  // GoogleTest owns and deletes it.
  static KafkaEnvironment* instance;
  std::unique_ptr<lab::TempDir> dir_;
  std::unique_ptr<lab::Kafka> kafka_;
};

KafkaEnvironment* KafkaEnvironment::instance =
    static_cast<KafkaEnvironment*>(testing::AddGlobalTestEnvironment(new KafkaEnvironment));

}  // namespace

BridgeFixture::BridgeFixture() : dir_(test_name()), topic_(topic_name(test_name())) {}

BridgeFixture::~BridgeFixture() {
  if (HasFailure()) dir_.keep();
}

void BridgeFixture::TearDown() {
  KafkaEnvironment::thaw();
  if (HasFailure()) std::cerr << "logs of " << test_name() << " are kept in $MKB_E2E_LOGS\n";
}

lab::Kafka& BridgeFixture::kafka() {
  return KafkaEnvironment::get();
}

lab::BridgeConfig BridgeFixture::telemetry(const std::string& mqtt_uri,
                                           const std::string& route_lines) const {
  lab::BridgeConfig config;
  config.mqtt_servers = {mqtt_uri};
  config.kafka_bootstrap = kafka().bootstrap();
  config.routes =
      "- name: telemetry\n"
      "  filters: [vehicles/+/telemetry]\n"
      "  qos: 1\n"
      "  topic: " +
      topic() + "\n  key: \"${topic[1]}\"\n" + route_lines;
  return config;
}

void BridgeFixture::wait_drained(const lab::Bridge& bridge, std::uint64_t count,
                                 std::chrono::milliseconds timeout) const {
  auto kafka_admin = admin();
  std::int64_t before = -1;
  auto since = std::chrono::steady_clock::now();
  // Duplicates can make the count complete while messages are still on their way, so it must also stand
  // still.
  lab::wait_until(
      [&] {
        const auto records = kafka_admin.records(topic());
        const auto now = std::chrono::steady_clock::now();
        if (records != before || !bridge.idle()) since = now;
        before = records;
        return records >= static_cast<std::int64_t>(count) && now - since > 2s;
      },
      timeout, std::to_string(count) + " records in " + topic() + " and an idle bridge");
}

lab::Ledger::Totals BridgeFixture::audit(const lab::Fleet& fleet) const {
  auto totals = fleet.ledger(lab::read_topic(kafka().bootstrap(), topic())).totals();
  std::cout << lab::to_table(totals) << std::flush;
  return totals;
}

void expect_balanced(const lab::Ledger::Totals& totals, std::uint64_t duplicates) {
  EXPECT_GT(totals.sent, 0u);
  EXPECT_EQ(totals.lost, 0u) << testing::PrintToString(totals.examples);
  EXPECT_EQ(totals.invented, 0u) << testing::PrintToString(totals.examples);
  EXPECT_EQ(totals.out_of_order, 0u) << testing::PrintToString(totals.examples);
  EXPECT_LE(totals.duplicated, duplicates);
}

}  // namespace mkb::e2e
