// The floor of the benchmark: what the system alone costs an echo server. It does the opening handshake and then
// turns each masked frame into an unmasked one, with one recv and one send for each time that a socket is readable.
// It assembles no messages and checks nothing, so it is no WebSocket server; what one spends above it is its own.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t longest_head =
    14;  // of a client's frame: two octets, a length of eight, the masking key
constexpr unsigned char close_frame = 0x88;

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

struct connection {
  int socket = -1;
  bool is_open = false;  // the handshake is done
  bool has_closed = false;  // a Close frame was turned: nothing comes behind it
  std::uint8_t head_size = 0;  // of the head that has come in part
  std::array<unsigned char, longest_head> head{};
  std::array<unsigned char, 8> key{};  // twice, turned to where the payload goes on
  std::uint64_t left = 0;  // of the payload
  std::string kept;  // the request that has come in part, or output that the system did not take
};

// The length of a frame's head, as far as its first octets tell.
std::size_t length_of_head(const connection& one) {
  if (one.head_size < 2) return 2;
  const unsigned length = one.head[1] & 0x7FU;
  return length < 126 ? 6 : length == 126 ? 8 : 14;
}

// The same head without the mask, and what the payload needs.
std::size_t turn_head(connection& one, unsigned char* to) {
  const std::size_t size = one.head_size - 4;
  one.head[1] &= 0x7FU;
  std::memcpy(to, one.head.data(), size);
  std::memcpy(one.key.data(), one.head.data() + size, 4);
  std::memcpy(one.key.data() + 4, one.head.data() + size, 4);
  one.left = one.head[1];
  if (size > 2) one.left = 0;
  for (std::size_t i = 2; i < size; ++i) one.left = one.left << 8U | one.head[i];
  one.has_closed = one.head[0] == close_frame;
  one.head_size = 0;
  return size;
}

std::size_t turn_payload(connection& one, unsigned char* to, const unsigned char* from, std::size_t size) {
  std::uint64_t key = 0;
  std::memcpy(&key, one.key.data(), sizeof key);
  std::size_t at = 0;
  for (; at + sizeof key <= size; at += sizeof key) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + at, sizeof word);
    word ^= key;
    std::memcpy(to + at, &word, sizeof word);
  }
  for (; at < size; ++at) to[at] = from[at] ^ one.key[at % 8];
  const std::size_t turn = size % 4;
  const auto before = one.key;
  for (std::size_t i = 0; i < before.size(); ++i) one.key[i] = before[(i + turn) % 4];
  one.left -= size;
  return size;
}

// What is to be sent for what has come: at most as much.
std::size_t turn(connection& one, unsigned char* to, const unsigned char* from, std::size_t size) {
  const unsigned char* const start = to;
  const unsigned char* const end = from + size;
  while (from != end && (one.left != 0 || !one.has_closed)) {
    if (one.left != 0) {
      const auto here = std::min<std::uint64_t>(one.left, static_cast<std::uint64_t>(end - from));
      to += turn_payload(one, to, from, here);
      from += here;
      continue;
    }
    one.head[one.head_size++] = *from++;
    if (one.head_size >= 2 && one.head_size == length_of_head(one)) to += turn_head(one, to);
  }
  return static_cast<std::size_t>(to - start);
}

std::string accept_key(std::string_view request) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto at = request.find(name);
  if (at == std::string_view::npos) return {};
  const auto value = request.substr(at + name.size(), 24);
  const std::string salted = std::string{value} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(salted.data(), salted.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

class server {
 public:
  server();
  [[noreturn]] void run();

 private:
  void accept_all();
  void handle(connection& one, std::uint32_t events);
  void shake_hands(connection& one, std::size_t size);
  void send(connection& one, const unsigned char* bytes, std::size_t size);
  void send_kept(connection& one);
  void watch(connection& one, int operation, std::uint32_t events) const;
  void drop(connection& one);

  int listener_;
  int set_;
  std::vector<std::unique_ptr<connection>> connections_;  // by descriptor
  std::vector<unsigned char> input_ = std::vector<unsigned char>(buffer_size);
  std::vector<unsigned char> output_ = std::vector<unsigned char>(buffer_size + longest_head);
};

server::server()
    : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)},
      set_{::epoll_create1(EPOLL_CLOEXEC)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || set_ < 0) fail("socket");
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  if (::listen(listener_, SOMAXCONN) != 0) fail("listen");
  if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, listener_, &event) != 0) fail("epoll_ctl");
  std::printf("listening on ws://127.0.0.1:%u/\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
}

void server::run() {
  std::array<epoll_event, 256> events{};
  while (true) {
    const int count = ::epoll_wait(set_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == listener_) {
        accept_all();
      } else {
        handle(*connections_[static_cast<std::size_t>(event.data.fd)], event.events);
      }
    }
  }
}

void server::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto index = static_cast<std::size_t>(socket);
    if (connections_.size() <= index) connections_.resize(index + 1);
    connections_[index] = std::make_unique<connection>();
    connections_[index]->socket = socket;
    watch(*connections_[index], EPOLL_CTL_ADD, EPOLLIN);
  }
}

void server::handle(connection& one, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) return send_kept(one);
  const ssize_t size = ::recv(one.socket, input_.data(), input_.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return drop(one);
  if (!one.is_open) return shake_hands(one, static_cast<std::size_t>(size));
  const std::size_t turned = turn(one, output_.data(), input_.data(), static_cast<std::size_t>(size));
  if (turned != 0) send(one, output_.data(), turned);
}

void server::shake_hands(connection& one, std::size_t size) {
  one.kept.append(reinterpret_cast<const char*>(input_.data()), size);
  if (!one.kept.ends_with("\r\n\r\n")) return;
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: " +
      accept_key(one.kept) + "\r\n\r\n";
  one.kept = {};
  one.is_open = true;
  send(one, reinterpret_cast<const unsigned char*>(answer.data()), answer.size());
}

// What is not taken is kept, and nothing is read until it is gone. Behind a Close frame the server ends its side.
void server::send(connection& one, const unsigned char* bytes, std::size_t size) {
  const ssize_t taken = ::send(one.socket, bytes, size, MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return drop(one);
  const std::size_t sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
  if (sent != size) {
    one.kept.assign(reinterpret_cast<const char*>(bytes) + sent, size - sent);
    watch(one, EPOLL_CTL_MOD, EPOLLOUT);
  } else if (one.has_closed && one.left == 0) {
    ::shutdown(one.socket, SHUT_WR);
  }
}

void server::send_kept(connection& one) {
  const std::string rest = std::move(one.kept);
  one.kept = {};
  watch(one, EPOLL_CTL_MOD, EPOLLIN);
  send(one, reinterpret_cast<const unsigned char*>(rest.data()), rest.size());
}

void server::watch(connection& one, int operation, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = one.socket;
  ::epoll_ctl(set_, operation, one.socket, &event);
}

void server::drop(connection& one) {
  const int socket = one.socket;
  connections_[static_cast<std::size_t>(socket)].reset();
  ::close(socket);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main() {
  try {
    raise_descriptor_limit();
    server one;
    one.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
