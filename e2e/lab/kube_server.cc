#include "e2e/lab/kube_server.h"

#include <atomic>
#include <utility>

#include "e2e/lab/free_port.h"
#include "e2e/lab/http.h"
#include "e2e/lab/kube_programs.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace fs = std::filesystem;
namespace {

std::string on_loopback(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

class Etcd final : public Server {
 public:
  Etcd(const fs::path& logs, const fs::path& files, const std::string& name)
      : Server(name + "-etcd", logs), data_(files / "etcd-data") {}

  [[nodiscard]] std::string url() const { return on_loopback(port_); }

 protected:
  std::vector<std::string> command() override {
    const std::string peer = on_loopback(peer_port_);
    return {kube_program("etcd"), "--data-dir=" + data_.string(), "--listen-client-urls=" + url(),
            "--advertise-client-urls=" + url(), "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
            // Data survives a killed process all the same, and tests do not wait for the disk.
            "--unsafe-no-fsync", "--log-level=warn"};
  }
  bool ready() override {
    return http_get(port_, "/health").body.find("\"health\":\"true\"") != std::string::npos;
  }

 private:
  fs::path data_;
  std::uint16_t port_ = free_port();
  std::uint16_t peer_port_ = free_port();
};

class ApiServer final : public Server {
 public:
  ApiServer(const fs::path& logs, fs::path files, const std::string& name, std::uint16_t port,
            std::string etcd_url, Certificates certificates)
      : Server(name + "-api", logs),
        files_(std::move(files)),
        port_(port),
        etcd_url_(std::move(etcd_url)),
        certificates_(std::move(certificates)) {}

 protected:
  std::vector<std::string> command() override {
    const auto key = (files_ / "service-account.key").string();
    return {kube_program("kube-apiserver"), "--etcd-servers=" + etcd_url_, "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", "--secure-port=" + std::to_string(port_),
            "--tls-cert-file=" + certificates_.server.string(),
            "--tls-private-key-file=" + certificates_.server_key.string(),
            "--client-ca-file=" + certificates_.ca.string(),
            "--token-auth-file=" + (files_ / "tokens.csv").string(), "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + (files_ / "service-account.pub").string(),
            "--service-account-signing-key-file=" + key, "--service-cluster-ip-range=10.96.0.0/16",
            // It refuses loopback addresses in the endpoints of the service `kubernetes`.
            "--endpoint-reconciler-type=none", "--cert-dir=" + (files_ / "api-certs").string(),
            // Or SIGTERM would wait a minute for watches over HTTP/1.1, which it does not end.
            "--shutdown-watch-termination-grace-period=5s", "--allow-privileged=true", "--profiling=false"};
  }
  bool ready() override {
    return accepts_connections(port_) && https_get(port_, "/readyz", certificates_.ca).status == 200;
  }

 private:
  fs::path files_;
  std::uint16_t port_;
  std::string etcd_url_;
  Certificates certificates_;
};

// Without nodes there is nothing to do for most of them.
constexpr const char* kControllers =
    "--controllers=statefulset-controller,garbage-collector-controller,disruption-controller,"
    "serviceaccount-controller,serviceaccount-token-controller,root-ca-certificate-publisher-controller,"
    "endpointslice-controller,namespace-controller,pod-garbage-collector-controller,"
    "clusterrole-aggregation-controller,horizontal-pod-autoscaler-controller";

class ControllerManager final : public Server {
 public:
  ControllerManager(const fs::path& logs, fs::path files, const std::string& name, fs::path kubeconfig,
                    fs::path ca)
      : Server(name + "-controllers", logs),
        files_(std::move(files)),
        kubeconfig_(std::move(kubeconfig)),
        ca_(std::move(ca)) {}

 protected:
  std::vector<std::string> command() override {
    return {kube_program("kube-controller-manager"),
            "--kubeconfig=" + kubeconfig_.string(),
            kControllers,
            "--leader-elect=false",
            "--horizontal-pod-autoscaler-sync-period=1s",
            "--bind-address=127.0.0.1",
            "--secure-port=" + std::to_string(port_),
            "--cert-dir=" + (files_ / "controllers-certs").string(),
            "--service-account-private-key-file=" + (files_ / "service-account.key").string(),
            "--root-ca-file=" + ca_.string(),
            "--kube-api-qps=200",
            "--kube-api-burst=400"};
  }
  bool ready() override { return accepts_connections(port_); }

 private:
  fs::path files_;
  fs::path kubeconfig_;
  fs::path ca_;
  std::uint16_t port_ = free_port();
};

void write_tokens(const fs::path& file, const std::vector<KubeUser>& users) {
  std::string text = std::string(KubeServer::kAdminToken) + ",admin,admin,\"system:masters\"\n";
  for (const auto& user : users) {
    text += user.token + "," + user.name + "," + user.name;
    if (!user.groups.empty()) {
      text += ",\"";
      for (const auto& group : user.groups) text += (&group == &user.groups.front() ? "" : ",") + group;
      text += "\"";
    }
    text += "\n";
  }
  write_file(file, text);
}

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const auto output = run(arguments, std::chrono::seconds(60));
  if (output.status.code != 0) throw LabError("openssl " + arguments[1] + " failed:\n" + output.text);
}

// The key that signs the tokens of service accounts.
void write_service_account_key(const fs::path& files) {
  const auto key = (files / "service-account.key").string();
  openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key});
  openssl({"pkey", "-in", key, "-pubout", "-out", (files / "service-account.pub").string()});
}

std::string kubeconfig_text(const std::string& url, const fs::path& ca, const std::string& user,
                            const std::string& name_space) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: lab\nclusters:\n- name: lab\n  cluster:\n    "
         "server: " +
         url + "\n    certificate-authority: " + ca.string() +
         "\ncontexts:\n- name: lab\n  context: {cluster: lab, user: user, namespace: " + name_space +
         "}\nusers:\n- name: user\n  user: " + user + "\n";
}

}  // namespace

KubeServer::KubeServer(const fs::path& dir, const KubeServerOptions& options, const std::string& name)
    : dir_(dir / name), port_(free_port()) {
  fs::create_directories(dir_);
  certificates_ = make_certificates(dir_);
  write_service_account_key(dir_);
  write_tokens(dir_ / "tokens.csv", options.users);
  kubeconfig_ = write_kubeconfig("admin", kAdminToken);
  certificate_kubeconfig_ = dir_ / "certificate.kubeconfig";
  write_file(certificate_kubeconfig_,
             kubeconfig_text(url(), certificates_.ca,
                             "{client-certificate: " + certificates_.client.string() +
                                 ", client-key: " + certificates_.client_key.string() + "}",
                             "default"));
  auto etcd = std::make_unique<Etcd>(dir, dir_, name);
  api_ = std::make_unique<ApiServer>(dir, dir_, name, port_, etcd->url(), certificates_);
  etcd_ = std::move(etcd);
  if (options.controller_manager) {
    controller_manager_ = std::make_unique<ControllerManager>(dir, dir_, name, kubeconfig_, certificates_.ca);
  }
}

KubeServer::~KubeServer() = default;

void KubeServer::start() {
  for (Server* server : {etcd_.get(), api_.get(), controller_manager_.get()}) {
    if (server != nullptr && !server->running()) server->start();
  }
}

void KubeServer::stop() {
  for (Server* server : {controller_manager_.get(), api_.get(), etcd_.get()}) {
    if (server != nullptr) server->stop();
  }
}

Server& KubeServer::api() {
  return *api_;
}

Server& KubeServer::etcd() {
  return *etcd_;
}

Server& KubeServer::controller_manager() {
  if (controller_manager_ == nullptr) throw LabError("this KubeServer has no controller manager");
  return *controller_manager_;
}

fs::path KubeServer::write_kubeconfig(const std::string& user, const std::string& token,
                                      const std::string& name_space) const {
  auto file = dir_ / (user + ".kubeconfig");
  write_file(file, kubeconfig_text(url(), certificates_.ca, "{token: " + token + "}", name_space));
  return file;
}

Output KubeServer::try_kubectl(const std::vector<std::string>& arguments, const std::string& input,
                               const fs::path& kubeconfig) const {
  static std::atomic<int> count{0};
  const auto file = dir_ / ("kubectl-input-" + std::to_string(++count));
  write_file(file, input);
  std::vector<std::string> command = {"sh", "-c", R"(input=$0; exec "$@" <"$input")", file.string(),
                                      kube_program("kubectl")};
  command.push_back("--kubeconfig=" + kubeconfig.string());
  command.push_back("--cache-dir=" + (dir_ / "kubectl-cache").string());
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto output = run(command, std::chrono::seconds(120));
  fs::remove(file);
  return output;
}

std::string KubeServer::kubectl(const std::vector<std::string>& arguments, const std::string& input) const {
  auto output = try_kubectl(arguments, input, kubeconfig_);
  if (output.status.code == 0) return std::move(output.text);
  std::string line = "kubectl";
  for (const auto& argument : arguments) line += " " + argument;
  throw LabError(line + " failed:\n" + output.text);
}

}  // namespace mkb::lab
