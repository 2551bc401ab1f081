#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mkb::kube {

/// One answer on its way from the I/O thread, which must never wait, to the thread that asked. Either side
/// may go first: the I/O thread keeps its share alive.
class Exchange {
 public:
  /// `most_pending`: bytes that may wait to be taken.
  explicit Exchange(std::size_t most_pending) : most_pending_(most_pending) {}

  // The I/O thread's side.

  void begin(int status, std::optional<std::chrono::seconds> retry_after);
  /// False: too much is waiting, or nobody wants it any more.
  [[nodiscard]] bool add(std::string_view bytes);
  /// The answer is whole, or `error` broke it off. Only the first call counts.
  void end(std::optional<Error> error = {});

  // The asking thread's side.

  struct Piece {
    int status = 0;  ///< 0: the answer has not begun
    std::optional<std::chrono::seconds> retry_after;
    std::string bytes;  ///< what came since the last piece
    bool ended = false;
    std::optional<Error> error;  ///< with `ended`
    bool silent = false;         ///< nothing came for `timeout`
    bool stopped = false;
  };
  /// Waits for the answer's beginning, bytes, or its end, each of them at most `timeout`.
  Piece wait(std::chrono::milliseconds timeout, const std::stop_token& stop);
  /// Nothing more is wanted: what still comes is refused. True: something may still come.
  bool abandon();

 private:
  const std::size_t most_pending_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int status_ = 0;
  bool told_status_ = false;
  std::optional<std::chrono::seconds> retry_after_;
  std::string pending_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::optional<Error> error_;
};

}  // namespace mkb::kube
