#include "dataplane/pod/file_inputs.h"

#include <utility>

#include "dataplane/pod/whole_file.h"

namespace mkb::dataplane {

FileInputs::FileInputs(boost::asio::io_context& io, InputFiles files,
                       std::function<void(RoutesText)> on_routes,
                       std::function<void(std::string)> on_assignment, std::chrono::milliseconds interval)
    : files_(std::move(files)),
      on_routes_(std::move(on_routes)),
      on_assignment_(std::move(on_assignment)),
      interval_(interval),
      timer_(io) {}

void FileInputs::start() {
  read();
  schedule();
}

void FileInputs::read() {
  auto bridge = read_whole(files_.config);
  auto record = files_.record.empty() ? std::nullopt : read_whole(files_.record);
  if (bridge && !bridge->empty() && (record || files_.record.empty())) {
    RoutesText routes{std::move(*bridge), std::move(record)};
    if (!(routes == routes_)) {
      routes_ = routes;
      on_routes_(std::move(routes));
    }
  }
  auto assignment = read_whole(files_.assignment);
  if (assignment && !assignment->empty() && *assignment != assignment_) {
    assignment_ = *assignment;
    on_assignment_(std::move(*assignment));
  }
}

void FileInputs::schedule() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) {
      read();
      schedule();
    }
  });
}

}  // namespace mkb::dataplane
