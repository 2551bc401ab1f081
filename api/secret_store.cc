#include "api/secret_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "api/names.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

// Closes a file descriptor when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

std::string purpose(std::string_view key) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPurposes = {
      {{"username", "the user name"},
       {"password", "the password"},
       {"ca.crt", "the certificate authorities to trust"},
       {"tls.crt", "the client certificate"},
       {"tls.key", "the client certificate's private key"}}};
  for (const auto& [name, meaning] : kPurposes) {
    if (name == key) return std::string(meaning);
  }
  return "key " + in_quotes(key);
}

bool is_secret_key(std::string_view key) {
  return !key.empty() && key.size() <= 253 && key != "." && key != ".." &&
         std::all_of(key.begin(), key.end(), is_kafka_topic_character);
}

std::string system_message(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Result<std::string> SecretStore::read(const SecretRef& secret, std::string_view key) const {
  if (!is_dns_subdomain(secret.name)) {
    return Error(SecretError::kBadName, in_quotes(secret.name) + " is no name of a Secret");
  }
  if (!is_secret_key(key)) return Error(SecretError::kBadName, in_quotes(key) + " is no key of a Secret");

  const std::string file = directory_ + "/" + secret.name + "/" + std::string(key);
  const std::string subject = "secret " + secret.name + ": " + purpose(key) + " (" + file + ")";
  // Without O_NONBLOCK opening a FIFO would wait for its writer.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.get() < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Error(missing ? SecretError::kMissing : SecretError::kUnreadable,
                 subject + (missing ? " is missing" : " cannot be opened: " + system_message(errno)));
  }
  struct stat status = {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Error(SecretError::kUnreadable, subject + " is not a regular file");
  }

  std::string content;
  std::array<char, 4096> block{};
  while (true) {
    const ssize_t count = ::read(descriptor.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return Error(SecretError::kUnreadable, subject + " cannot be read: " + system_message(errno));
    if (count == 0) break;
    content.append(block.data(), static_cast<std::size_t>(count));
    if (content.size() > kMaxBytes) {
      return Error(SecretError::kTooLarge,
                   subject + " has more than " + std::to_string(kMaxBytes) + " bytes");
    }
  }
  if (key == "username" || key == "password") {
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
  }
  if (content.empty()) return Error(SecretError::kEmpty, subject + " is empty");
  return content;
}

}  // namespace mkb::api
