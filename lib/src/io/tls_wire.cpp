#include "io/tls_wire.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace websock::io {
namespace {

tls_wire& wire_of(BIO* bio) noexcept { return *static_cast<tls_wire*>(BIO_get_data(bio)); }

int read(BIO* bio, char* into, std::size_t size, std::size_t* count) noexcept {
  tls_wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  *count = std::min(size, wire.input.size());
  if (*count == 0) {
    if (!wire.ended) BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(into, wire.input.data(), *count);
  wire.input = wire.input.subspan(*count);
  return 1;
}

int write(BIO* bio, const char* from, std::size_t size, std::size_t* count) noexcept {
  try {
    wire_of(bio).output.append({reinterpret_cast<const std::byte*>(from), size});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  *count = size;
  return 1;
}

long control(BIO* bio, int command, long, void*) noexcept {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return wire_of(bio).ended && wire_of(bio).input.empty() ? 1 : 0;
    default:
      return 0;
  }
}

int create(BIO* bio) noexcept {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* method() {
  static const std::unique_ptr<BIO_METHOD, openssl_free<BIO_meth_free>> made = [] {
    std::unique_ptr<BIO_METHOD, openssl_free<BIO_meth_free>> fresh{
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "websock")};
    if (fresh == nullptr) throw std::bad_alloc{};
    BIO_meth_set_read_ex(fresh.get(), read);
    BIO_meth_set_write_ex(fresh.get(), write);
    BIO_meth_set_ctrl(fresh.get(), control);
    BIO_meth_set_create(fresh.get(), create);
    return fresh;
  }();
  return made.get();
}

}  // namespace

bio_ptr make_bio(tls_wire& wire) {
  bio_ptr made{BIO_new(method())};
  if (made == nullptr) throw std::bad_alloc{};
  BIO_set_data(made.get(), &wire);
  return made;
}

}  // namespace websock::io
