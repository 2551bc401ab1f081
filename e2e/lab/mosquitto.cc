#include "e2e/lab/mosquitto.h"

#include <unistd.h>

#include <sstream>

#include "e2e/lab/free_port.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

std::filesystem::path write_users(const std::filesystem::path& dir, const std::string& name,
                                  const std::map<std::string, std::string>& users) {
  auto file = dir / (name + ".users");
  write_file(file, "");
  for (const auto& [user, password] : users) {
    const auto made = run({"mosquitto_passwd", "-b", file, user, password}, std::chrono::seconds(20));
    if (made.status.code != 0) throw LabError("mosquitto_passwd: " + made.text);
  }
  return file;
}

}  // namespace

Mosquitto::Mosquitto(const std::filesystem::path& dir, const MosquittoOptions& options,
                     const std::string& name)
    : Server(name, dir),
      config_(dir / (name + ".conf")),
      address_(options.address),
      port_(free_port()),
      tls_port_(options.tls ? free_port() : std::uint16_t{0}) {
  std::ostringstream text;
  // Started by root it would change to a user who may not read this directory.
  if (::geteuid() == 0) text << "user root\n";
  // What it writes to a standard output that is no terminal stays in its buffer.
  text << "log_dest stderr\nlog_timestamp_format %H:%M:%S\nlog_type error\nlog_type warning\nlog_type "
          "notice\nlog_type information\n"
       << "max_inflight_messages " << options.max_inflight << "\n"
       << "max_queued_messages " << options.max_queued << "\n"
       << "set_tcp_nodelay true\n";
  if (options.log_denied) text << "log_type debug\n";
  if (options.max_packet_size > 0) text << "max_packet_size " << options.max_packet_size << "\n";
  if (!options.acl.empty()) {
    const auto rules = dir / (name + ".acl");
    write_file(rules, options.acl);
    text << "acl_file " << rules.string() << "\n";
  }
  if (options.persistence) {
    const auto data = dir / (name + "-data");
    std::filesystem::create_directories(data);
    text << "persistence true\npersistence_location " << data.string() << "/\nautosave_interval 2\n";
  }
  if (options.users.empty()) {
    text << "allow_anonymous true\n";
  } else {
    text << "allow_anonymous " << (options.anonymous_too ? "true" : "false") << "\npassword_file "
         << write_users(dir, name, options.users).string() << "\n";
  }
  text << "listener " << port_ << " " << address_ << "\n";
  if (options.tls) {
    text << "listener " << tls_port_ << " " << address_ << "\n"
         << "cafile " << options.tls->ca.string() << "\ncertfile " << options.tls->server.string()
         << "\nkeyfile " << options.tls->server_key.string() << "\nrequire_certificate "
         << (options.require_client_certificate ? "true" : "false") << "\n";
  }
  write_file(config_, text.str());
}

std::vector<std::string> Mosquitto::command() {
  return {"mosquitto", "-c", config_.string()};
}

bool Mosquitto::ready() {
  return accepts_connections(port_, address_);
}

}  // namespace mkb::lab
