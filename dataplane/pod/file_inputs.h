#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/pod/pod_agent.h"

namespace mkb::dataplane {

/// Where a bridge that is driven through files is told what to do.
struct InputFiles {
  std::filesystem::path config;      ///< the resource
  std::filesystem::path record;      ///< the record of shards as JSON; empty: none
  std::filesystem::path assignment;  ///< the assignment as JSON
};

/// Reads the files again and again and tells of changes; a file that is away, or is being replaced, keeps its
/// last content. On the io_context's thread.
class FileInputs {
 public:
  FileInputs(boost::asio::io_context& io, InputFiles files, std::function<void(RoutesText)> on_routes,
             std::function<void(std::string)> on_assignment,
             std::chrono::milliseconds interval = std::chrono::milliseconds(20));

  /// Reads now, and from now on.
  void start();

 private:
  void read();
  void schedule();

  InputFiles files_;
  std::function<void(RoutesText)> on_routes_;
  std::function<void(std::string)> on_assignment_;
  std::chrono::milliseconds interval_;
  boost::asio::steady_timer timer_;
  RoutesText routes_;
  std::string assignment_;
};

}  // namespace mkb::dataplane
