#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// From any thread but the one that runs `io`: `take(**life)`, called on that thread; nullopt when
/// it does not answer in time, or `*life` is null because its owner has gone.
template <class Owner, class Take>
std::optional<Snapshot> ask_for_snapshot(boost::asio::io_context& io, std::shared_ptr<Owner*> life, Take take,
                                         std::chrono::milliseconds timeout) {
  auto promise = std::make_shared<std::promise<Snapshot>>();
  std::future<Snapshot> future = promise->get_future();
  boost::asio::post(io, [life = std::move(life), take, promise] {
    if (*life != nullptr) {
      promise->set_value(take(**life));
    }
  });
  if (future.wait_for(timeout) != std::future_status::ready) {
    return std::nullopt;
  }
  return future.get();
}

}  // namespace mkb::dataplane
