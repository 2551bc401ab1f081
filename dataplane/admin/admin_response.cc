#include "dataplane/admin/admin_response.h"

#include <utility>

#include "dataplane/admin/metrics.h"
#include "dataplane/admin/process_stats.h"
#include "dataplane/admin/readiness.h"
#include "dataplane/admin/status_json.h"
#include "dataplane/admin/status_page.h"

namespace mkb::dataplane {

AdminResponse plain_response(unsigned status, std::string text) {
  AdminResponse response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

std::optional<AdminResponse> respond_without_snapshot(std::string_view path) {
  if (path == "/status.json" || path == "/metrics" || path == "/healthz" || path == "/readyz") {
    return std::nullopt;
  }
  if (path == "/") {
    AdminResponse page;
    page.content_type = "text/html; charset=utf-8";
    page.content_security_policy = status_page_csp();
    page.body = status_page_html();
    return page;
  }
  return plain_response(404, "no such page; there are /, /status.json, /metrics, /healthz and /readyz\n");
}

AdminResponse respond(std::string_view path, const std::optional<Snapshot>& snapshot,
                      std::chrono::milliseconds waited) {
  if (!snapshot) {
    return plain_response(503,
                          "the I/O thread has not answered for " + std::to_string(waited.count()) + " ms\n");
  }
  if (path == "/healthz") {
    return plain_response(200, "ok\n");
  }
  if (path == "/readyz") {
    const Readiness state = readiness(*snapshot);
    std::string text = state.ready ? "ok\n" : "";
    for (const std::string& reason : state.reasons) {
      text += reason + "\n";
    }
    return plain_response(state.ready ? 200 : 503, std::move(text));
  }
  AdminResponse response;
  if (path == "/metrics") {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_text(*snapshot, read_process_stats());
  } else {
    response.content_type = "application/json";
    response.body = status_json(*snapshot);
  }
  return response;
}

}  // namespace mkb::dataplane
