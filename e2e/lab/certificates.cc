#include "e2e/lab/certificates.h"

#include <string>
#include <vector>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/process.h"

namespace mkb::lab {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const auto output = run(arguments, std::chrono::seconds(60));
  if (output.status.code != 0) throw LabError("openssl " + arguments[1] + " failed:\n" + output.text);
}

}  // namespace

Certificates make_certificates(const std::filesystem::path& dir) {
  const auto in = [&dir](const char* name) { return dir / name; };
  Certificates made{in("ca.crt"),     in("other-ca.crt"), in("server.crt"),
                    in("server.key"), in("client.crt"),   in("client.key")};

  const auto authority = [&](const std::filesystem::path& certificate, const char* key, const char* name) {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-subj", std::string("/CN=") + name, "-keyout", in(key), "-out", certificate});
  };
  authority(made.ca, "ca.key", "mkb test authority");
  authority(made.other_ca, "other-ca.key", "mkb other authority");

  const auto signed_by_ca = [&](const std::filesystem::path& certificate, const std::filesystem::path& key,
                                const char* name, const std::string& extensions) {
    write_file(in("extensions"), extensions);
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             std::string("/CN=") + name, "-keyout", key, "-out", in("request")});
    openssl({"x509", "-req", "-in", in("request"), "-days", "1", "-CA", made.ca, "-CAkey", in("ca.key"),
             "-CAcreateserial", "-extfile", in("extensions"), "-out", certificate});
  };
  signed_by_ca(made.server, made.server_key, "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  signed_by_ca(made.client, made.client_key, "bridge", "extendedKeyUsage=clientAuth\n");
  return made;
}

}  // namespace mkb::lab
