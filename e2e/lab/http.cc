#include "e2e/lab/http.h"

#include <curl/curl.h>

#include <memory>

namespace mkb::lab {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

HttpReply get(const std::string& url, const std::filesystem::path& ca, std::chrono::milliseconds timeout) {
  HttpReply reply;
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!ca.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  if (curl_easy_perform(curl.get()) == CURLE_OK) {
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
    reply.status = static_cast<int>(status);
    if (type != nullptr) reply.type = type;
  }
  return reply;
}

}  // namespace

HttpReply http_get(std::uint16_t port, const std::string& path, std::chrono::milliseconds timeout) {
  return get("http://127.0.0.1:" + std::to_string(port) + path, {}, timeout);
}

HttpReply https_get(std::uint16_t port, const std::string& path, const std::filesystem::path& ca,
                    std::chrono::milliseconds timeout) {
  return get("https://127.0.0.1:" + std::to_string(port) + path, ca, timeout);
}

}  // namespace mkb::lab
