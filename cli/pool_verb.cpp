// The verb `pool` for the whole command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/pool_server.h"
#include "cli/verbs.h"

namespace bulkhead::cli {
namespace {

constexpr std::size_t kMostWaiting = 1024;
/// Each takes a descriptor or two.
constexpr std::size_t kMostClients = 100'000;

}  // namespace

void add_pool(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "pool",
      "Keep containers of one command ready, one step before exec; `bulkhead "
      "run --pool` has one run. Each is used once");
  auto asked = std::make_shared<PoolRequest>();
  add_request(*verb, asked->request);
  verb->add_option("--listen", asked->socket,
                   "Socket to make (mode 0600); serves its own user and root")
      ->required()
      ->type_name("SOCKET");
  verb->add_option("--size", asked->size, "So many wait")
      ->check(CLI::Range(std::size_t{1}, kMostWaiting))
      ->capture_default_str();
  verb->add_option("--most", asked->most,
                   "So many clients are served at a time; others wait")
      ->check(CLI::Range(std::size_t{1}, kMostClients))
      ->capture_default_str();
  verb->footer(
      "Prints a line once they wait, and serves until SIGINT, SIGTERM or "
      "SIGHUP: then whatever still runs is ended.\n"
      "  bulkhead pool --listen /run/pool --rootfs DIR -- /bin/job &\n"
      "  bulkhead run --pool /run/pool -- its arguments");
  verb->callback(
      [asked, &action] { action = [asked] { return serve_pool(*asked); }; });
}

}  // namespace bulkhead::cli
