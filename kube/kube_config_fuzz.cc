#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/kube_config.h"

// Any text is either a config that a client can use or one readable line about what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mkb::kube;
  const auto config = parse_kube_config({reinterpret_cast<const char*>(data), size}, "/dir/fuzz");
  const auto has_control = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; });
  };
  if (!config.ok()) {
    const auto& error = config.error();
    if (error.message().empty() || has_control(error.message())) std::abort();
    if (!error.is(KubeConfigError::kInvalid) && !error.is(KubeConfigError::kUnsupported)) std::abort();
    return 0;
  }
  if (!config->server.starts_with("https://") && !config->server.starts_with("http://")) std::abort();
  if (config->server.ends_with('/') || has_control(config->server)) std::abort();
  if (config->name_space.empty() || has_control(config->token.text)) std::abort();
  if (config->certificate.empty() != config->key.empty()) std::abort();
  if (config->insecure_skip_tls_verify && !config->ca.empty()) std::abort();
  for (const auto* source : {&config->ca, &config->certificate, &config->key, &config->token}) {
    if (!source->text.empty() && !source->file.empty()) std::abort();
  }
  return 0;
}
