#pragma once

#include <functional>
#include <map>
#include <optional>

namespace mkb::planner::simulation {

/// An MQTT broker as far as sessions go: one connection per client id. Who connects closes the older
/// connection [MQTT-3.1.4-3], after which nothing that its pod sends counts.
class ModelBroker {
 public:
  struct Connection {
    int ordinal = 0;
    int number = 0;  ///< unique in a run
  };

  /// Told when a connection of `shard` is closed because the pod `by` connects.
  std::function<void(int shard, Connection closed, int by)> on_fenced;
  /// Told after the connection of `shard` has changed.
  std::function<void(int shard)> on_changed;

  /// Told when the pod has ended the session of `shard`.
  std::function<void(int shard, int ordinal)> on_ended;

  int connect(int shard, int ordinal) {
    fence(shard, ordinal);
    connections_[shard] = Connection{ordinal, ++last_number_};
    sessions_[shard] = true;
    on_changed(shard);
    return last_number_;
  }

  /// Of a connection that is not the shard's any more: nothing.
  void disconnect(int shard, int number) {
    const auto found = connections_.find(shard);
    if (found == connections_.end() || found->second.number != number) return;
    connections_.erase(found);
    on_changed(shard);
  }

  /// CONNECT with Clean Start 1 and expiry 0, then DISCONNECT.
  void end(int shard, int ordinal) {
    fence(shard, ordinal);
    sessions_[shard] = false;
    on_ended(shard, ordinal);
    on_changed(shard);
  }

  [[nodiscard]] std::optional<Connection> connection(int shard) const {
    const auto found = connections_.find(shard);
    if (found == connections_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] bool has_session(int shard) const {
    const auto found = sessions_.find(shard);
    return found != sessions_.end() && found->second;
  }

 private:
  void fence(int shard, int by) {
    const auto found = connections_.find(shard);
    if (found == connections_.end()) return;
    const Connection closed = found->second;
    connections_.erase(found);
    on_fenced(shard, closed, by);
  }

  std::map<int, Connection> connections_;
  std::map<int, bool> sessions_;
  int last_number_ = 0;
};

}  // namespace mkb::planner::simulation
