// Echo servers on Boost.Beast: `beast_echo callback|coroutine [tuned] [CERTIFICATE KEY]`.
//
// As the library's examples have it: a new or cleared buffer for each message, the suggested timeouts (a timer for each
// operation), messages cut into frames of 4 KiB. Tuned: one large buffer a session, no timeouts, whole messages,
// and an executor whose type is known.
#include <utility>  // Boost 1.74's awaitable.hpp forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "cases.hpp"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using error_code = beast::error_code;

namespace {

constexpr std::size_t tuned_buffer = 256 * 1024;

struct settings {
  std::optional<asio::ssl::context> tls;
};

template <bool Tuned>
using executor = std::conditional_t<Tuned, asio::io_context::executor_type, asio::any_io_executor>;
template <bool Tuned>
using tcp_socket = asio::basic_stream_socket<tcp, executor<Tuned>>;
/// The timeouts' own layer is left out when there are none.
template <bool Tuned>
using lowest = std::conditional_t<Tuned, tcp_socket<true>, beast::tcp_stream>;
template <bool Tuned, bool Tls>
using stream = websocket::stream<std::conditional_t<Tls, beast::ssl_stream<lowest<Tuned>>, lowest<Tuned>>>;

template <bool Tuned, bool Tls>
stream<Tuned, Tls> make_stream(tcp_socket<Tuned>&& socket, settings& wanted) {
  socket.set_option(tcp::no_delay{true});
  if constexpr (Tls) {
    return stream<Tuned, Tls>{std::move(socket), *wanted.tls};
  } else {
    return stream<Tuned, Tls>{std::move(socket)};
  }
}

template <bool Tuned, typename Stream>
void set_options(Stream& peer) {
  websocket::permessage_deflate deflate;
  deflate.server_enable = true;
  deflate.compLevel = 6;
  peer.set_option(deflate);
  peer.read_message_max(peers::message_limit);
  if constexpr (Tuned) {
    peer.auto_fragment(false);
    peer.write_buffer_bytes(tuned_buffer);
  } else {
    peer.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
  }
}

// --- Callbacks ---------------------------------------------------------------------------------

template <bool Tuned, bool Tls>
class session : public std::enable_shared_from_this<session<Tuned, Tls>> {
 public:
  session(tcp_socket<Tuned>&& socket, settings& wanted)
      : peer_{make_stream<Tuned, Tls>(std::move(socket), wanted)} {}

  void start() {
    if constexpr (Tls) {
      peer_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                         [self = this->shared_from_this()](error_code error) {
                                           if (!error) self->accept();
                                         });
    } else {
      accept();
    }
  }

 private:
  void accept() {
    set_options<Tuned>(peer_);
    peer_.async_accept([self = this->shared_from_this()](error_code error) {
      if (!error) self->read();
    });
  }
  void read() {
    peer_.async_read(buffer_, [self = this->shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write();
    });
  }
  void write() {
    peer_.text(peer_.got_text());
    peer_.async_write(buffer_.data(), [self = this->shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  stream<Tuned, Tls> peer_;
  beast::flat_buffer buffer_;
};

template <bool Tuned, bool Tls>
void accept_next(asio::basic_socket_acceptor<tcp, executor<Tuned>>& acceptor, settings& wanted) {
  acceptor.async_accept([&](error_code error, tcp_socket<Tuned> socket) {
    if (!error) std::make_shared<session<Tuned, Tls>>(std::move(socket), wanted)->start();
    accept_next<Tuned, Tls>(acceptor, wanted);
  });
}

// --- Coroutines --------------------------------------------------------------------------------

template <bool Tuned, bool Tls>
asio::awaitable<void, executor<Tuned>> answer(tcp_socket<Tuned> socket, settings& wanted) {
  const asio::use_awaitable_t<executor<Tuned>> awaited;
  auto peer = make_stream<Tuned, Tls>(std::move(socket), wanted);
  set_options<Tuned>(peer);
  if constexpr (Tls) co_await peer.next_layer().async_handshake(asio::ssl::stream_base::server, awaited);
  co_await peer.async_accept(awaited);
  beast::flat_buffer kept;
  while (true) {
    beast::flat_buffer fresh;
    beast::flat_buffer& message = Tuned ? kept : fresh;
    co_await peer.async_read(message, awaited);
    peer.text(peer.got_text());
    co_await peer.async_write(message.data(), awaited);
    message.consume(message.size());
  }
}

template <bool Tuned, bool Tls>
asio::awaitable<void, executor<Tuned>> listen(asio::basic_socket_acceptor<tcp, executor<Tuned>>& acceptor,
                                              settings& wanted) {
  const asio::use_awaitable_t<executor<Tuned>> awaited;
  while (true) {
    tcp_socket<Tuned> socket = co_await acceptor.async_accept(awaited);
    asio::co_spawn(acceptor.get_executor(), answer<Tuned, Tls>(std::move(socket), wanted), asio::detached);
  }
}

// --- The program -------------------------------------------------------------------------------

template <bool Tuned, bool Tls>
void serve(bool with_coroutines, settings& wanted) {
  asio::io_context context{1};
  asio::basic_socket_acceptor<tcp, executor<Tuned>> acceptor{
      context.get_executor(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  acceptor.listen(4096);
  std::cout << "listening on " << (Tls ? "wss" : "ws") << "://127.0.0.1:" << acceptor.local_endpoint().port()
            << "/" << std::endl;
  if (with_coroutines) {
    asio::co_spawn(acceptor.get_executor(), listen<Tuned, Tls>(acceptor, wanted), asio::detached);
  } else {
    accept_next<Tuned, Tls>(acceptor, wanted);
  }
  context.run();
}

template <bool Tuned>
void serve(bool with_coroutines, settings& wanted) {
  if (wanted.tls) {
    serve<Tuned, true>(with_coroutines, wanted);
  } else {
    serve<Tuned, false>(with_coroutines, wanted);
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> words{arguments + 1, arguments + count};
  const bool with_coroutines = !words.empty() && words[0] == "coroutine";
  if (!with_coroutines && (words.empty() || words[0] != "callback")) {
    std::cerr << "usage: beast_echo callback|coroutine [tuned] [CERTIFICATE KEY]\n";
    return 2;
  }
  words.erase(words.begin());
  settings wanted;
  const bool is_tuned = !words.empty() && words[0] == "tuned";
  if (is_tuned) words.erase(words.begin());
  if (words.size() == 2) {
    wanted.tls.emplace(asio::ssl::context::tls_server);
    wanted.tls->use_certificate_chain_file(words[0]);
    wanted.tls->use_private_key_file(words[1], asio::ssl::context::pem);
  }
  if (is_tuned) {
    serve<true>(with_coroutines, wanted);
  } else {
    serve<false>(with_coroutines, wanted);
  }
}
