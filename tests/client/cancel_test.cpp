// Whatever `connect` waits for, it can be cancelled, is late at some time, and leaves nothing behind.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <filesystem>
#include <memory>

#include "client/raw_server.hpp"
#include "support/catch.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
using websock::connect_options;
using websock::errc;

namespace {

/// A peer, or what stands for one, that keeps `connect` waiting in one phase.
struct scene {
  virtual ~scene() = default;
  [[nodiscard]] virtual bool reached() const = 0;

  std::string url;
  connect_options options;
  bool has_refused = false;  // then a late `connect` still tells the refusal
};

struct hanging_lookup final : scene {
  explicit hanging_lookup(asio::io_context&) {
    url = "ws://name.invalid/";
    options.network.lookup = [asked = asked](
                                 std::string, std::uint16_t,
                                 websock::io::address_family) -> task<std::vector<websock::io::endpoint>> {
      *asked = true;
      co_await websock::io::sleep_for(websock::no_timeout);
      co_return std::vector<websock::io::endpoint>{};
    };
  }
  [[nodiscard]] bool reached() const override { return *asked; }
  std::shared_ptr<bool> asked = std::make_shared<bool>(false);
};

/// A listening socket that accepts nobody and has no more room for those who wait: a SYN to it gets
/// no answer.
struct hanging_connect final : scene {
  explicit hanging_connect(asio::io_context&) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const where = reinterpret_cast<sockaddr*>(&address);
    const int listener = add_socket();
    REQUIRE(::bind(listener, where, size) == 0);
    REQUIRE(::listen(listener, 0) == 0);
    REQUIRE(::getsockname(listener, where, &size) == 0);
    bool is_full = false;
    while (!is_full) {
      REQUIRE(sockets.size() < 100);
      pollfd waiting{add_socket(), POLLOUT, 0};
      ::connect(waiting.fd, where, size);
      is_full = ::poll(&waiting, 1, 100) == 0;
    }
    url = "ws://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  }
  ~hanging_connect() override {
    for (const int fd : sockets) ::close(fd);
  }
  [[nodiscard]] bool reached() const override { return true; }  // connecting is what it does first

  int add_socket() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    sockets.push_back(fd);
    return fd;
  }
  std::vector<int> sockets;
};

/// Accepts, reads, and never says a word; whatever is spoken.
struct mute_peer : scene {
  explicit mute_peer(asio::io_context& context)
      : self{std::make_shared<state>(context)}, authority{self->acceptor.local().to_string()} {
    spawn(context, [](std::shared_ptr<state> one) -> task<void> {
      auto stream = co_await one->acceptor.accept();
      std::byte piece[4096];
      while (true) {
        const std::size_t count = co_await stream->read_some(piece);
        if (count == 0) co_return;
        one->heard = true;
      }
    }(self));
  }
  ~mute_peer() override { self->acceptor.close(); }
  [[nodiscard]] bool reached() const override { return self->heard; }

  struct state {
    explicit state(asio::io_context& context) : acceptor{context.get_executor(), {"127.0.0.1", 0, {}}} {}
    websock::io::acceptor acceptor;
    bool heard = false;
  };
  std::shared_ptr<state> self;
  std::string authority;
};

struct mute_tls final : mute_peer {
  explicit mute_tls(asio::io_context& context) : mute_peer{context} { url = "wss://" + authority + "/"; }
};
struct mute_http_proxy final : mute_peer {
  explicit mute_http_proxy(asio::io_context& context) : mute_peer{context} {
    url = "ws://name.invalid/";
    options.proxy = "http://" + authority;
  }
};
struct mute_socks_proxy final : mute_peer {
  explicit mute_socks_proxy(asio::io_context& context) : mute_peer{context} {
    url = "ws://name.invalid/";
    options.proxy = "socks5://" + authority;
  }
};
struct mute_tls_proxy final : mute_peer {
  explicit mute_tls_proxy(asio::io_context& context) : mute_peer{context} {
    url = "ws://name.invalid/";
    options.proxy = "https://" + authority;
  }
};
struct mute_server final : mute_peer {
  explicit mute_server(asio::io_context& context) : mute_peer{context} { url = "ws://" + authority + "/"; }
};
struct mute_unix_server final : scene {
  explicit mute_unix_server(asio::io_context& context) : server{context, say_nothing(), {{}, 0, path}} {
    url = "ws+unix:" + path + ":/";
  }
  [[nodiscard]] bool reached() const override { return server.requests().size() == 1; }
  std::string path = "/tmp/websock-cancel-test-" + std::to_string(::getpid()) + ".sock";
  raw_server server;
};

/// A server of which the request is seen.
struct raw_scene : scene {
  raw_scene(asio::io_context& context, conversation talk) : server{context, std::move(talk)} {
    url = server.url();
  }
  [[nodiscard]] bool reached() const override { return server.requests().size() == 1; }
  raw_server server;
};
struct half_a_head final : raw_scene {
  explicit half_a_head(asio::io_context& context) : raw_scene{context, say("HTTP/1.1 101 Swi")} {}
};
struct half_a_body final : raw_scene {
  explicit half_a_body(asio::io_context& context)
      : raw_scene{context, say("HTTP/1.1 403 x\r\nContent-Length: 10\r\n\r\nsome")} {
    has_refused = true;
  }
};
/// A server that takes nothing off its socket: the request does not fit in.
struct deaf_server final : scene {
  explicit deaf_server(asio::io_context& context) : acceptor{context.get_executor(), {"127.0.0.1", 0, {}}} {
    url = "ws://" + acceptor.local().to_string() + "/";
    options.fields.add("X-Long", std::string(16'000'000, 'x'));
  }
  [[nodiscard]] bool reached() const override { return true; }
  websock::io::acceptor acceptor;
};
struct redirect_to_mute_server final : mute_peer {
  explicit redirect_to_mute_server(asio::io_context& context)
      : mute_peer{context}, first{context, redirect_to("ws://" + authority + "/")} {
    url = first.url();
  }
  raw_server first;
};

struct phase {
  const char* name;
  std::unique_ptr<scene> (*make)(asio::io_context&);
};

template <typename Scene>
std::unique_ptr<scene> make(asio::io_context& context) {
  return std::make_unique<Scene>(context);
}

const phase phases[] = {{"name lookup", make<hanging_lookup>},
                        {"TCP connect", make<hanging_connect>},
                        {"TLS handshake", make<mute_tls>},
                        {"HTTP proxy", make<mute_http_proxy>},
                        {"TLS to the proxy", make<mute_tls_proxy>},
                        {"SOCKS proxy", make<mute_socks_proxy>},
                        {"writing the request", make<deaf_server>},
                        {"waiting for the answer", make<mute_server>},
                        {"waiting for the answer of a Unix socket", make<mute_unix_server>},
                        {"reading the head", make<half_a_head>},
                        {"reading a refusal's body", make<half_a_body>},
                        {"after a redirect", make<redirect_to_mute_server>}};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// One `connect` under way.
struct attempt {
  attempt(asio::io_context& context, const std::string& url, const connect_options& options) {
    const auto note = [this](std::exception_ptr thrown) {
      ended = true;
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const std::system_error& told) {
        error = told.code();
      }
    };
    asio::co_spawn(context, open(url, options), asio::bind_cancellation_slot(cancel.slot(), note));
  }
  attempt(asio::io_context& context, const scene& at) : attempt{context, at.url, at.options} {}
  static task<void> open(std::string url, connect_options options) {
    const auto session = co_await websock::connect(url, options);
  }

  std::error_code error;
  bool ended = false;
  asio::cancellation_signal cancel;
};

/// Runs until the scene is reached, and nothing more happens by itself.
void reach(asio::io_context& context, const scene& at, const attempt& one) {
  poll_until(context, [&] { return at.reached() || one.ended; });
  for (int quiet = 0; quiet < 10;) {
    context.restart();
    quiet = context.poll() == 0 ? quiet + 1 : 0;
  }
  REQUIRE_FALSE(one.ended);
}

void cancel_in(const phase& which) {
  asio::io_context context;
  auto at = which.make(context);
  attempt one{context, *at};
  reach(context, *at, one);
  one.cancel.emit(asio::cancellation_type::terminal);
  poll_until(context, [&one] { return one.ended; });
  CHECK(one.error == asio::error::operation_aborted);
  at.reset();
  context.restart();
  context.run_for(bound);
  CHECK(context.stopped());  // for it had nothing left to do
}

void be_late_in(const phase& which) {
  asio::io_context context;
  auto at = which.make(context);
  at->options.session.timeouts.handshake = 30ms;
  attempt one{context, *at};
  poll_until(context, [&one] { return one.ended; });
  if (at->has_refused) {
    CHECK(one.error == errc::handshake_refused);
  } else {
    CHECK(one.error == errc::handshake_timeout);
    CHECK(one.error == websock::condition::timeout);
  }
  at.reset();
  context.restart();
  context.run_for(bound);
  CHECK(context.stopped());
}

void end_the_context_in(const phase& which) {
  std::optional<asio::io_context> context;
  context.emplace();
  auto at = which.make(*context);
  attempt one{*context, *at};
  reach(*context, *at, one);
  at.reset();  // its listener belongs to the context
  context.reset();
  CHECK_FALSE(one.ended);
}

/// In every phase, twice: what is left behind then shows as one more descriptor.
void in_each_phase(void (*test)(const phase&)) {
  for (const phase& which : phases) {
    CAPTURE(which.name);
    test(which);
    const std::size_t before = open_descriptors();
    test(which);
    CHECK(open_descriptors() == before);
  }
}

}  // namespace

TEST_CASE("connect_can_be_cancelled_in_each_phase_and_leaves_nothing_behind") { in_each_phase(cancel_in); }

/// All that `connect` does: a tunnel through an https proxy, TLS inside, a redirect, and that again.
struct long_way {
  explicit long_way(asio::io_context& context) : proxy{context, talk(), {"127.0.0.1", 0, {}}, server_tls()} {
    options = trusting_options();
    options.proxy = "https://" + proxy.authority();
  }

  static conversation talk() {
    return [](websock::io::stream_ptr& stream, const websock::http::request& asked) -> task<void> {
      const bool is_first = asked.target == "localhost:1";
      co_await stream->write("HTTP/1.1 200 x\r\n\r\n");
      const websock::io::tls_context tls = server_tls();
      stream = co_await websock::io::accept_tls(std::move(stream), tls);
      const auto request = co_await read_request(*stream);
      if (!request) co_return;
      const conversation rest = is_first ? redirect_to("wss://localhost:2/") : open_echo;
      co_await rest(stream, *request);
    };
  }

  raw_server proxy;
  std::string url = "wss://localhost:1/";
  connect_options options;
};

TEST_CASE("connect can be cancelled after any turn") {
  bool was_cancelled = true;
  for (int turns = 0; was_cancelled; ++turns) {
    CAPTURE(turns);
    REQUIRE(turns < 10'000);
    asio::io_context context;
    std::optional<long_way> at{context};
    attempt one{context, at->url, at->options};
    for (int turn = 0; turn < turns && !one.ended; ++turn) context.run_one_for(bound);
    was_cancelled = !one.ended;
    one.cancel.emit(asio::cancellation_type::terminal);
    poll_until(context, [&one] { return one.ended; });
    // What is there all the same is not dropped.
    CHECK((!one.error || (was_cancelled && one.error == asio::error::operation_aborted)));
    CHECK((was_cancelled || at->proxy.accepted() == 2));
    at.reset();
    context.restart();
    context.run_for(bound);
    CHECK(context.stopped());
  }
}

TEST_CASE("a context may end after any turn of connect") {
  bool is_under_way = true;
  for (int turns = 0; is_under_way; ++turns) {
    CAPTURE(turns);
    const std::size_t before = open_descriptors();
    {
      std::optional<asio::io_context> context;
      context.emplace();
      std::optional<long_way> at{*context};
      attempt one{*context, at->url, at->options};
      for (int turn = 0; turn < turns && !one.ended; ++turn) context->run_one_for(bound);
      is_under_way = !one.ended;
      at.reset();
      context.reset();
    }
    CHECK(open_descriptors() == before);
  }
}

TEST_CASE("connect is late in each phase after the open timeout, and leaves nothing behind") {
  in_each_phase(be_late_in);
}

TEST_CASE("a context may end in each phase of connect") { in_each_phase(end_the_context_in); }

TEST_CASE("a late connect says what it was waiting for, and for whom") {
  struct vector {
    std::unique_ptr<scene> (*make)(asio::io_context&);
    const char* says;
  };
  for (const auto& [make_scene, says] :
       {vector{make<hanging_lookup>, "ws://name.invalid/: no session after 20ms, looking up the host"},
        vector{make<mute_tls>, "in the TLS handshake"},
        vector{make<mute_http_proxy>, "ws://name.invalid/: no session after 20ms, waiting for the proxy"},
        vector{make<mute_server>, "waiting for the server's answer"}}) {
    asio::io_context context;
    const auto at = make_scene(context);
    at->options.session.timeouts.handshake = 20ms;
    at->url.insert(at->url.find("//") + 2, "user:secret@");
    const failure late = connect_once(context, at->url, at->options);
    CAPTURE(late.what);
    CHECK(late.code == errc::handshake_timeout);
    CHECK(late.what.find(says) != std::string::npos);
    CHECK(late.what.find("secret") == std::string::npos);
  }
}

TEST_CASE("a connect that was never awaited does nothing") {
  const std::size_t before = open_descriptors();
  {
    const task<websock::session> unused = websock::connect("ws://127.0.0.1:1/");
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("cancelling one of several connects leaves the others alone") {
  asio::io_context context;
  const raw_server server{context, open_echo};
  const auto at = make<mute_server>(context);
  attempt cancelled{context, *at};
  reach(context, *at, cancelled);
  failure other;
  bool done = false;
  spawn(context, [](std::string url, failure& into, bool& ended) -> task<void> {
    const connect_options none;
    co_await try_session(url, none, into);
    ended = true;
  }(server.url(), other, done));
  cancelled.cancel.emit(asio::cancellation_type::terminal);
  poll_until(context, [&] { return done && cancelled.ended; });
  CHECK(cancelled.error == asio::error::operation_aborted);
  CHECK_FALSE(other.code);
}
