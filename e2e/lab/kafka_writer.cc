#include "e2e/lab/kafka_writer.h"

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

constexpr int kTimeoutMs = 30'000;

using Error = std::unique_ptr<rd_kafka_error_t, KafkaDelete<rd_kafka_error_destroy>>;

void check(rd_kafka_error_t* error, const std::string& what) {
  const Error owned(error);
  if (owned) throw LabError(what + ": " + rd_kafka_error_string(owned.get()));
}

std::map<std::string, std::string> properties(const std::string& bootstrap,
                                              const std::string& transactional_id) {
  std::map<std::string, std::string> made = {
      {"bootstrap.servers", bootstrap},  {"acks", "all"},
      {"enable.idempotence", "true"},    {"linger.ms", "1"},
      {"message.max.bytes", "16777216"}, {"reconnect.backoff.max.ms", "500"}};
  if (!transactional_id.empty()) made["transactional.id"] = transactional_id;
  return made;
}

rd_kafka_vu_t text_field(rd_kafka_vtype_t type, const std::string& text) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  // librdkafka copies it: RD_KAFKA_MSG_F_COPY.
  field.u.mem = {const_cast<char*>(text.data()), text.size()};
  return field;
}

}  // namespace

KafkaWriter::KafkaWriter(const std::string& bootstrap, const std::string& transactional_id, Outcome outcome)
    : outcome_(std::move(outcome)),
      handle_(make_kafka_handle(RD_KAFKA_PRODUCER, properties(bootstrap, transactional_id),
                                [this](rd_kafka_conf_t* conf) {
                                  rd_kafka_conf_set_dr_msg_cb(conf, report);
                                  rd_kafka_conf_set_opaque(conf, this);
                                })) {
  if (!transactional_id.empty()) {
    check(rd_kafka_init_transactions(handle_.get(), kTimeoutMs), "transactions of " + transactional_id);
  }
}

KafkaWriter::~KafkaWriter() {
  // What is not written by now has nobody left who waits for it.
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle_.get(), kTimeoutMs);
}

void KafkaWriter::report(rd_kafka_t*, const rd_kafka_message_t* message, void* writer) {
  const std::unique_ptr<std::uint64_t> tag(static_cast<std::uint64_t*>(message->_private));
  auto& self = *static_cast<KafkaWriter*>(writer);
  const bool written = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!written && self.refusal_.empty()) self.refusal_ = rd_kafka_err2str(message->err);
  if (self.outcome_) self.outcome_(*tag, written);
}

void KafkaWriter::write(const OutgoingRecord& record) {
  auto tag = std::make_unique<std::uint64_t>(record.tag);
  std::vector<rd_kafka_vu_t> fields(5);
  fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  fields[0].u.cstr = record.topic.c_str();
  fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  fields[1].u.i32 = record.partition;
  fields[2].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  fields[2].u.i64 = record.timestamp_ms;
  fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  fields[3].u.i = RD_KAFKA_MSG_F_COPY;
  fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[4].u.ptr = tag.get();
  if (record.key) fields.push_back(text_field(RD_KAFKA_VTYPE_KEY, *record.key));
  if (record.value) fields.push_back(text_field(RD_KAFKA_VTYPE_VALUE, *record.value));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_vu_t field{};
    field.vtype = RD_KAFKA_VTYPE_HEADER;
    field.u.header = {name.c_str(), value.data(), static_cast<ssize_t>(value.size())};
    fields.push_back(field);
  }
  check(rd_kafka_produceva(handle_.get(), fields.data(), fields.size()), "write to " + record.topic);
  // report() has it from here on.
  (void)tag.release();
  poll();
}

void KafkaWriter::poll(std::chrono::milliseconds timeout) {
  rd_kafka_poll(handle_.get(), static_cast<int>(timeout.count()));
}

void KafkaWriter::flush() {
  if (rd_kafka_flush(handle_.get(), kTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw LabError("Kafka did not take every record within 30 s");
  }
  if (!refusal_.empty()) throw LabError("Kafka refused a record: " + refusal_);
}

void KafkaWriter::begin() {
  check(rd_kafka_begin_transaction(handle_.get()), "begin");
}

void KafkaWriter::commit() {
  flush();
  check(rd_kafka_commit_transaction(handle_.get(), kTimeoutMs), "commit");
}

void KafkaWriter::abort() {
  flush();
  check(rd_kafka_abort_transaction(handle_.get(), kTimeoutMs), "abort");
}

void write_records(const std::string& bootstrap, const std::vector<OutgoingRecord>& records) {
  KafkaWriter writer(bootstrap);
  for (const auto& record : records) writer.write(record);
  writer.flush();
}

}  // namespace mkb::lab
