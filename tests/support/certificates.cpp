#include "support/certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "support/certificate_builder.hpp"

namespace support {

namespace {

constexpr std::chrono::hours day{24};

const std::vector<std::string>& loopback_names() {
  static const std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  return names;
}

// Not for everybody: keys are among them.
class writer {
 public:
  explicit writer(const std::filesystem::path& folder) : folder_{folder} {
    std::filesystem::create_directories(folder);
  }

  void file(const std::string& name, const std::string& content) const {
    std::ofstream out{folder_ / name, std::ios::binary};
    out << content;
    out.close();
    if (!out) throw std::runtime_error{"cannot write " + (folder_ / name).string()};
    std::filesystem::permissions(folder_ / name,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  void pair(const std::string& name, const identity& made, const std::string& chain = {}) const {
    file(name + ".pem", made.certificate_pem() + chain);
    file(name + ".key", made.key_pem());
  }

 private:
  const std::filesystem::path& folder_;
};

identity make_authority(const std::string& name) {
  return issue_self_signed({.common_name = name, .use = purpose::authority, .ends = 3650 * day});
}

certificate_spec loopback_spec() { return {.common_name = "localhost", .names = loopback_names()}; }

certificate_spec host_spec(const std::string& name) {
  certificate_spec spec;
  spec.common_name = name;
  spec.names.push_back(name);
  return spec;
}

certificate_spec client_spec() {
  return {.common_name = "alice", .organization = "Example", .use = purpose::client};
}

void write_servers(const writer& write, const identity& ca) {
  const identity server = issue(loopback_spec(), ca);
  write.pair("server", server);
  write.file("encrypted.key", server.key_pem("secret"));
  write.pair("renewed", issue({.common_name = "renewed", .names = loopback_names(), .serial = 4711}, ca));
  write.pair("a", issue(host_spec("a.example"), ca));
  write.pair("b", issue(host_spec("b.example"), ca));
  write.pair("c", issue(host_spec("*.c.example"), ca));
  write.pair("self_signed", issue_self_signed(loopback_spec()));
}

void write_chain(const writer& write, const identity& ca) {
  const identity intermediate =
      issue({.common_name = "websock test intermediate", .use = purpose::authority}, ca);
  const identity leaf = issue(loopback_spec(), intermediate);
  write.pair("chained", leaf, intermediate.certificate_pem());
  write.pair("chain_missing", leaf);
}

void write_bad_servers(const writer& write, const identity& ca, const identity& other_ca) {
  write.pair("wrong_host", issue(host_spec("elsewhere.example"), ca));
  certificate_spec expired = loopback_spec();
  expired.begins = -10 * day;
  expired.ends = -1 * day;
  write.pair("expired", issue(expired, ca));
  certificate_spec early = loopback_spec();
  early.begins = 1 * day;
  write.pair("not_yet_valid", issue(early, ca));
  write.pair("untrusted", issue(loopback_spec(), other_ca));
  certificate_spec client = loopback_spec();
  client.use = purpose::client;
  write.pair("client_usage", issue(client, ca));
  write.file("unrelated.key", issue_self_signed({}).key_pem());
}

void write_clients(const writer& write, const identity& ca, const identity& other_ca) {
  write.pair("client", issue(client_spec(), ca));
  certificate_spec expired = client_spec();
  expired.begins = -10 * day;
  expired.ends = -1 * day;
  write.pair("client_expired", issue(expired, ca));
  write.pair("client_untrusted", issue(client_spec(), other_ca));
}

// Removed at the end of the process.
struct temporary_folder {
  std::filesystem::path path;

  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "websock-certificates-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
    path = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

const certificates& certificates::shared() {
  static const temporary_folder folder;
  static const certificates made{folder.path};
  return made;
}

certificates::certificates(std::filesystem::path folder) : folder_{std::move(folder)} {
  const writer write{folder_};
  const identity ca = make_authority("websock test root");
  const identity other_ca = make_authority("somebody else's root");
  write.file("ca.pem", ca.certificate_pem());
  write.file("other_ca.pem", other_ca.certificate_pem());
  write_servers(write, ca);
  write_chain(write, ca);
  write_bad_servers(write, ca, other_ca);
  write_clients(write, ca, other_ca);
}

std::string certificates::file(std::string_view name) const {
  auto path = folder_ / name;
  if (!std::filesystem::exists(path)) throw std::runtime_error{"no such test certificate: " + path.string()};
  return path.string();
}

websock::io::tls_key_pair certificates::pair(std::string_view name) const {
  const std::string base{name};
  return {file(base + ".pem"), file(base + ".key")};
}

}  // namespace support
