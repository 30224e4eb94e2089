// An echo peer on libwebsockets.
#include <libwebsockets.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <utility>

#include "cases.hpp"

namespace {

struct message {
  std::string octets = std::string(LWS_PRE, '\0');  // the library writes the frame's head in front
  bool binary = false;
};

// The library can deliver an uncompressed message behind a compressed one again and again, without end.
constexpr std::size_t waiting_limit = 100'000;

struct connection {
  message incoming;
  std::deque<message> waiting;
  message outgoing;  // compression reads it until the next time that the socket is writable
};

/// As a client: the one connection that there is.
struct visit {
  std::string first;
  bool ended = false;
};

connection& connection_of(void* user) { return **static_cast<connection**>(user); }

/// Other than 0: the connection is over.
int receive(lws* socket, connection& peer, const void* data, std::size_t size) {
  peer.incoming.octets.append(static_cast<const char*>(data), size);
  if (peer.incoming.octets.size() > LWS_PRE + peers::message_limit || peer.waiting.size() == waiting_limit) {
    lws_close_reason(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, nullptr, 0);
    return -1;
  }
  if (lws_is_final_fragment(socket) == 0 || lws_remaining_packet_payload(socket) != 0) {
    return 0;
  }
  peer.incoming.binary = lws_frame_is_binary(socket) != 0;
  peer.waiting.push_back(std::exchange(peer.incoming, {}));
  lws_callback_on_writable(socket);
  return 0;
}

/// The same.
int send_next(lws* socket, connection& peer) {
  if (peer.waiting.empty()) {
    return 0;
  }
  peer.outgoing = std::move(peer.waiting.front());
  peer.waiting.pop_front();
  auto* const data = reinterpret_cast<unsigned char*>(peer.outgoing.octets.data()) + LWS_PRE;
  const std::size_t size = peer.outgoing.octets.size() - LWS_PRE;
  const int sent = lws_write(socket, data, size, peer.outgoing.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
  if (!peer.waiting.empty()) {
    lws_callback_on_writable(socket);
  }
  return sent < 0 ? -1 : 0;
}

// The library aborts when the end of a compressed message falls on a border of its buffer of 1024 octets.
void widen_deflate(lws* socket) {
  lws_set_extension_option(socket, "permessage-deflate", "tx_buf_size", "18");  // 2 to the power of that
}

int on_event(lws* socket, lws_callback_reasons reason, void* user, void* data, std::size_t size) {
  auto* const visited = static_cast<visit*>(lws_context_user(lws_get_context(socket)));
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      *static_cast<connection**>(user) = new connection;
      widen_deflate(socket);
      return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      if (visited->first.empty()) {
        visited->first.assign(static_cast<const char*>(data), size);
      }
      [[fallthrough]];
    case LWS_CALLBACK_RECEIVE:
      return receive(socket, connection_of(user), data, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      return send_next(socket, connection_of(user));
    case LWS_CALLBACK_CLIENT_CLOSED:
      visited->ended = true;
      [[fallthrough]];
    case LWS_CALLBACK_CLOSED:
      delete &connection_of(user);
      return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      visited->ended = true;
      return 0;
    case LWS_CALLBACK_WSI_DESTROY:  // all that it says where the answer was no HTTP
      if (visited != nullptr) {
        visited->ended = true;
      }
      return 0;
    default:
      return lws_callback_http_dummy(socket, reason, user, data, size);
  }
}

constexpr std::size_t buffer_size = 64 << 10;

const lws_protocols protocols[] = {
    {"echo", on_event, sizeof(connection*), buffer_size, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

const lws_extension extensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate,
     "permessage-deflate; client_no_context_takeover; client_max_window_bits"},
    {nullptr, nullptr, nullptr},
};

lws_context* make_context(visit* visited) {
  lws_set_log_level(0, nullptr);
  lws_context_creation_info options{};
  options.port = visited == nullptr ? 0 : CONTEXT_PORT_NO_LISTEN;
  options.iface = visited == nullptr ? "127.0.0.1" : nullptr;
  options.protocols = protocols;
  options.extensions = extensions;
  options.pt_serv_buf_size = buffer_size;
  options.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
  options.vhost_name = "echo";
  options.user = visited;
  lws_context* const context = lws_create_context(&options);
  if (context == nullptr) {
    throw std::runtime_error{"libwebsockets gave no context"};
  }
  return context;
}

void serve() {
  lws_context* const context = make_context(nullptr);
  peers::say_port(static_cast<unsigned>(lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "echo"))));
  while (lws_service(context, 0) >= 0) {
  }
  lws_context_destroy(context);
}

std::string echo_with(const std::string& url) {
  visit visited;
  lws_context* const context = make_context(&visited);
  const peers::address address{url};
  const std::string host = address.host + ":" + address.port;
  lws_client_connect_info options{};
  options.context = context;
  options.address = address.host.c_str();
  options.port = std::stoi(address.port);
  options.path = address.target.c_str();
  options.host = host.c_str();
  options.local_protocol_name = "echo";
  visited.ended = lws_client_connect_via_info(&options) == nullptr;
  while (!visited.ended && lws_service(context, 0) >= 0) {
  }
  lws_context_destroy(context);
  return visited.first;
}

}  // namespace

int main(int count, char** arguments) { return peers::run_peer(count, arguments, serve, echo_with); }
