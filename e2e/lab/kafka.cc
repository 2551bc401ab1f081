#include "e2e/lab/kafka.h"

#include <cstdlib>
#include <sstream>

#include "e2e/lab/free_port.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

constexpr const char* kClusterId = "bWtiLWxhYi1jbHVzdGVyLQ";

std::string class_path() {
  const char* cache = std::getenv("MKB_CACHE");
  const char* home = std::getenv("HOME");
  const std::filesystem::path root =
      cache != nullptr ? std::filesystem::path(cache)
                       : std::filesystem::path(home != nullptr ? home : ".") / ".cache" / "mkb";
  const auto jars = root / "kafka-4.1.1";
  if (!std::filesystem::exists(jars / "complete")) {
    throw LabError("Apache Kafka is not in " + jars.string() + ": run ./mkb deps");
  }
  return (jars / "libs" / "*").string();
}

constexpr const char* kLogging = R"(status = warn
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
)";

}  // namespace

Kafka::Kafka(const std::filesystem::path& dir, const KafkaOptions& options, const std::string& name)
    : Server(name, dir),
      properties_(dir / (name + ".properties")),
      address_(options.address),
      optimizing_(options.optimizing),
      port_(free_port()),
      controller_port_(free_port()),
      sasl_port_(options.users.empty() ? std::uint16_t{0} : free_port()) {
  const std::string open = "PLAINTEXT://" + bootstrap();
  const std::string sasl = options.users.empty() ? "" : ",SASL_PLAINTEXT://" + sasl_bootstrap();
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
  const auto data = dir / (name + "-data");
  std::ostringstream text;
  text << "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@" << controller
       << "\nlisteners=" << open << sasl << ",CONTROLLER://" << controller
       << "\nadvertised.listeners=" << open << sasl << "\ncontroller.listener.names=CONTROLLER\n"
       << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,"
          "CONTROLLER:PLAINTEXT\n"
       << "log.dirs=" << data.string() << "\nauto.create.topics.enable=false\n"
       << "message.max.bytes=" << options.message_max_bytes
       << "\n"
       // One small node that must be quick to start, also right after kill -9.
       << "num.network.threads=2\nnum.io.threads=2\nbackground.threads=2\nlog.cleaner.enable=false\n"
          "offsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\n"
          "transaction.state.log.num.partitions=1\ntransaction.state.log.replication.factor=1\n"
          "transaction.state.log.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n"
          "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500\n"
          "controlled.shutdown.enable=false\n";
  if (!options.users.empty()) {
    text << "sasl.enabled.mechanisms=PLAIN\n"
            "listener.name.sasl_plaintext.plain.sasl.jaas.config="
            "org.apache.kafka.common.security.plain.PlainLoginModule required";
    for (const auto& [user, password] : options.users) text << " user_" << user << "=\"" << password << "\"";
    text << ";\nauthorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            "super.users=User:ANONYMOUS\nallow.everyone.if.no.acl.found=false\n";
  }
  write_file(properties_, text.str());
  write_file(dir / "log4j2.properties", kLogging);

  const auto formatted = run({"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", class_path(),
                              "kafka.tools.StorageTool", "format", "-t", kClusterId, "-c", properties_},
                             std::chrono::seconds(90));
  if (formatted.status.code != 0) throw LabError("formatting Kafka's storage failed:\n" + formatted.text);
}

std::vector<std::string> Kafka::command() {
  return {"java",
          "-Xms128m",
          "-Xmx512m",
          optimizing_ ? "-XX:+TieredCompilation" : "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Dlog4j2.configurationFile=" + (dir() / "log4j2.properties").string(),
          "-cp",
          class_path(),
          "kafka.Kafka",
          properties_.string()};
}

bool Kafka::ready() {
  return accepts_connections(port_, address_) && KafkaAdmin(bootstrap()).answers(std::chrono::seconds(2));
}

}  // namespace mkb::lab
