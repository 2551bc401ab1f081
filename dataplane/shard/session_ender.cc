#include "dataplane/shard/session_ender.h"

#include <utility>

#include "base/log.h"

namespace mkb::dataplane {

SessionEnder::SessionEnder(boost::asio::io_context& io, const std::string& client_id,
                           mqtt::ConnectionOptions options, const mqtt::ConnectionEnvironment& environment,
                           std::function<void()> ended)
    : client_id_(client_id), ended_(std::move(ended)) {
  options.engine.client_id = client_id;
  options.engine.subscriptions.clear();
  options.engine.end_session = true;
  connection_ = std::make_unique<mqtt::Connection>(io, std::move(options), environment, *this);
}

void SessionEnder::on_connected(const mqtt::ConnectedInfo&) {
  // The broker has forgotten the old session with the CONNECT; the DISCONNECT ends the new one.
  connection_->finish();
}

void SessionEnder::on_disconnected(const Error& error, bool) {
  if (problem_ != error.message()) {
    problem_ = error.message();
    spdlog::warn("session {}: cannot be ended yet: {}", client_id_, problem_);
  }
}

void SessionEnder::on_finished() {
  spdlog::info("session {}: ended", client_id_);
  ended_();
}

}  // namespace mkb::dataplane
