#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "api/field.h"
#include "api/quote.h"
#include "api/text_guard.h"
#include "api/yaml_tree.h"
#include "kube/kube_config.h"

namespace mkb::kube {
namespace {

using api::Field;

struct Refusal {
  std::string_view name;
  std::string_view what;
};
constexpr std::string_view kOtherLogin = "use token, tokenFile or client-certificate and client-key";

// A mapping whose other fields are skipped, as every client of a kubeconfig does.
class Section {
 public:
  explicit Section(const Field& field) : field_(field), entries_(field.entries()) {}

  [[nodiscard]] const Field& field() const { return field_; }
  [[nodiscard]] std::optional<Field> find(std::string_view name) const {
    for (const auto& [key, value] : entries_) {
      if (key == name && value.node().kind != api::YamlNode::Kind::kNull) return value;
    }
    return std::nullopt;
  }
  // Not Field::text(): it would quote what is written, and numbers are fine.
  [[nodiscard]] std::string scalar(std::string_view name) const {
    const auto field = find(name);
    return field ? field->any_scalar().value_or("") : std::string();
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    const auto field = find(name);
    if (!field) return false;
    const auto written = field->any_scalar();
    if (written && *written != "true" && *written != "false") {
      field->problem("is neither true nor false", "write true or false");
    }
    return written == "true";
  }

 private:
  Field field_;
  std::vector<std::pair<std::string, Field>> entries_;
};

std::optional<std::string> decoded(std::string base64) {
  std::erase_if(base64, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (base64.empty() || base64.size() % 4 != 0) return std::nullopt;
  std::string bytes(base64.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (length < 0) return std::nullopt;
  // It counts what the padding stands for, too.
  std::size_t padding = 0;
  while (padding < 2 && base64[base64.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

class Reader {
 public:
  Reader(const std::filesystem::path& file, api::Report& report)
      : directory_(file.parent_path()), report_(report) {}

  KubeConfig read(const api::YamlNode& document) {
    const Field root(document, "", document.at, report_);
    const Section config(root);
    if (!report_.clean()) return {};
    const auto context = current_context(config);
    if (!context) return {};
    if (const std::string name_space = context->scalar("namespace"); !name_space.empty()) {
      result_.name_space = name_space;
    }
    if (const auto cluster = named(config, "clusters", "cluster", *context)) read_cluster(*cluster);
    if (context->find("user")) {
      if (const auto user = named(config, "users", "user", *context)) read_user(*user);
    }
    return std::move(result_);
  }

  [[nodiscard]] bool unsupported() const { return unsupported_; }

 private:
  std::optional<Section> current_context(const Section& config) {
    const std::string name = config.scalar("current-context");
    if (name.empty()) {
      config.field().report().problem(
          config.field().at(), "current-context", "is missing",
          "name the context to use, as kubectl config use-context NAME does" + choices(config, "contexts"));
      return std::nullopt;
    }
    return entry(config, "contexts", "context", name, *config.find("current-context"));
  }

  // The entry of `list` that the context's field `kind` names.
  std::optional<Section> named(const Section& config, const char* list, const char* kind,
                               const Section& context) {
    const auto field = context.find(kind);
    const std::string name = context.scalar(kind);
    if (!field || name.empty()) {
      report_.problem(context.field().at(), api::child_path(context.field().path(), kind), "is missing",
                      std::string("name one of ") + list + choices(config, list));
      return std::nullopt;
    }
    return entry(config, list, kind, name, *field);
  }

  std::optional<Section> entry(const Section& config, const char* list, const char* kind,
                               const std::string& name, const Field& reference) {
    for (const Field& item : items(config, list)) {
      const Section section(item);
      if (section.scalar("name") != name) continue;
      const auto body = section.find(kind);
      if (body && body->node().kind == api::YamlNode::Kind::kMap) return Section(*body);
      report_.problem(item.at(), api::child_path(item.path(), kind), body ? "is no mapping" : "is missing",
                      std::string("write ") + kind + ": {...}");
      return std::nullopt;
    }
    if (!report_.clean()) return std::nullopt;
    reference.problem("names " + api::in_quotes(name) + ", which is not in " + list,
                      "use one that is" + choices(config, list));
    return std::nullopt;
  }

  static std::vector<Field> items(const Section& config, const char* list) {
    const auto field = config.find(list);
    if (!field || (field->node().kind == api::YamlNode::Kind::kSequence && field->node().children.empty())) {
      return {};
    }
    return field->filled_list("an entry");
  }

  static std::string choices(const Section& config, const char* list) {
    std::string names;
    for (const Field& item : items(config, list)) {
      const std::string name = Section(item).scalar("name");
      if (!name.empty()) names += (names.empty() ? ": " : ", ") + api::in_quotes(name);
    }
    return names;
  }

  void refuse(const Section& section, std::initializer_list<Refusal> refusals, std::string_view hint) {
    for (const auto& [name, what] : refusals) {
      const auto field = section.find(name);
      if (!field) continue;
      unsupported_ = true;
      field->problem(std::string(what), std::string(hint));
    }
  }

  void read_cluster(const Section& cluster) {
    refuse(cluster, {{"proxy-url", "proxies are not supported"}}, "reach the server directly");
    read_server(cluster);
    result_.tls_server_name = cluster.scalar("tls-server-name");
    result_.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
    result_.ca = pem(cluster, "certificate-authority", "CERTIFICATE");
    if (result_.insecure_skip_tls_verify && !result_.ca.empty()) {
      cluster.find("insecure-skip-tls-verify")
          ->problem("contradicts certificate-authority", "remove one of the two");
    }
  }

  void read_server(const Section& cluster) {
    const std::string written = cluster.scalar("server");
    std::string server = written;
    while (server.ends_with('/')) server.pop_back();
    const auto field = cluster.find("server");
    if (!field) {
      report_.problem(cluster.field().at(), api::child_path(cluster.field().path(), "server"), "is missing",
                      "write the URL of the API server, as in https://10.0.0.1:6443");
    } else if (!is_server_url(server)) {
      field->problem(api::in_quotes(written) + " is no URL of an API server",
                     "write https://HOST:PORT, as in https://10.0.0.1:6443");
    }
    result_.server = std::move(server);
  }

  static bool is_server_url(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return false;
    url.remove_prefix(scheme);
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("-._~:/[]%").find(c) != std::string_view::npos;
    };
    if (!std::all_of(url.begin(), url.end(), allowed)) return false;
    std::string_view authority = url.substr(0, url.find('/'));
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
      const std::string_view digits = authority.substr(colon + 1);
      unsigned port = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
      if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) {
        return false;
      }
      authority = authority.substr(0, colon);
    }
    return !authority.empty();
  }

  void read_user(const Section& user) {
    refuse(user,
           {{"exec", "credential plugins are not run by this client"},
            {"auth-provider", "auth providers are not supported"},
            {"username", "basic authentication is not supported"},
            {"password", "basic authentication is not supported"},
            {"as", "impersonation is not supported"},
            {"as-uid", "impersonation is not supported"},
            {"as-groups", "impersonation is not supported"},
            {"as-user-extra", "impersonation is not supported"}},
           kOtherLogin);
    result_.certificate = pem(user, "client-certificate", "CERTIFICATE");
    result_.key = pem(user, "client-key", "PRIVATE KEY");
    if (result_.certificate.empty() != result_.key.empty()) {
      const char* missing = result_.key.empty() ? "client-key" : "client-certificate";
      report_.problem(user.field().at(), api::child_path(user.field().path(), missing), "is missing",
                      "client-certificate and client-key belong together");
    }
    result_.token.text = user.scalar("token");
    if (std::any_of(result_.token.text.begin(), result_.token.text.end(),
                    [](unsigned char c) { return c <= 0x20 || c >= 0x7F; })) {
      user.find("token")->problem("holds white space or characters that are not ASCII",
                                  "write the token alone");
    }
    // As in client-go, where the file wins: it may be newer.
    if (const std::string file = user.scalar("tokenFile"); !file.empty()) {
      result_.token = {{}, directory_ / file};
    }
  }

  // `name-data` wins over `name`, as in client-go.
  CredentialSource pem(const Section& section, const std::string& name, std::string_view type) {
    if (const auto data = section.find(name + "-data")) {
      const std::string written = data->any_scalar().value_or("");
      if (!written.empty()) {
        auto text = decoded(written);
        if (!text) {
          data->problem("is no base64", "write the file's bytes in base64, on one line");
        } else if (text->find("-----BEGIN ") == std::string::npos ||
                   text->find(std::string(type) + "-----") == std::string::npos) {
          data->problem("holds no PEM " + std::string(type),
                        "encode the PEM file, with its -----BEGIN line, in base64");
        } else {
          return {std::move(*text), {}};
        }
        return {written, {}};  // not empty: it is not missing, too
      }
    }
    const std::string file = section.scalar(name);
    return file.empty() ? CredentialSource{} : CredentialSource{{}, directory_ / file};
  }

  std::filesystem::path directory_;
  api::Report& report_;
  KubeConfig result_;
  bool unsupported_ = false;
};

}  // namespace

Result<KubeConfig> parse_kube_config(std::string_view text, const std::filesystem::path& file) {
  api::Report report(file.string());
  api::YamlTree tree;
  KubeConfig config;
  Reader reader(file, report);
  const std::string_view guarded = api::guarded_text(text, report);
  if (report.clean()) {
    const api::YamlNode* document = tree.load(guarded, report);
    if (document != nullptr && report.clean()) config = reader.read(*document);
  }
  const auto problems = report.take_problems();
  if (problems.empty()) return config;
  std::string message = api::render(problems.front());
  if (problems.size() > 1) message += " (and " + std::to_string(problems.size() - 1) + " more problems)";
  return Error(reader.unsupported() ? KubeConfigError::kUnsupported : KubeConfigError::kInvalid,
               std::move(message));
}

}  // namespace mkb::kube
