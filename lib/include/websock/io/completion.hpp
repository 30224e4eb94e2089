// A completion handler of an asynchronous operation, its type erased.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/dispatch.hpp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

namespace websock::io {

/// Holds any handler for `void(std::error_code)`; the handlers of awaitables need no allocation.
/// Called once; destroying it uncalled destroys the handler (and with it the coroutine that
/// waits), as Asio does when a context goes away.
class completion {
 public:
  completion() noexcept = default;

  template <typename Handler>
    requires(!std::is_same_v<std::remove_cvref_t<Handler>, completion>)
  explicit completion(Handler&& handler) {
    using type = std::remove_cvref_t<Handler>;
    if constexpr (fits<type>) {
      ::new (storage_) type(std::forward<Handler>(handler));
      operations_ = &inline_operations<type>;
    } else {
      ::new (storage_) type*(new type(std::forward<Handler>(handler)));
      operations_ = &heap_operations<type>;
    }
  }

  completion(completion&& other) noexcept { take(other); }
  completion& operator=(completion&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~completion() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }

  /// Runs the handler on its executor: at once where that is `here`, which must be the executor
  /// that the caller runs on.
  void complete(const asio::any_io_executor& here, std::error_code error) {
    std::exchange(operations_, nullptr)->invoke(storage_, here, error);
  }

 private:
  struct operations {
    void (*invoke)(void* self, const asio::any_io_executor& here, std::error_code error);  // and destroy
    void (*relocate)(void* from, void* to) noexcept;  // null: the bytes are enough
    void (*destroy)(void* self) noexcept;
  };

  /// A handler that says so (`using relocates_bitwise = void`) is moved by its bytes, the old one forgotten.
  template <typename Handler>
  static constexpr bool relocates_bitwise = requires { typename Handler::relocates_bitwise; };

  void take(completion& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ == nullptr) return;
    if (operations_->relocate != nullptr) {
      operations_->relocate(other.storage_, storage_);
    } else {
      std::memcpy(storage_, other.storage_, inline_size);
    }
  }

  static constexpr std::size_t inline_size = 3 * sizeof(void*);

  template <typename Handler>
  static constexpr bool fits = sizeof(Handler) <= inline_size && alignof(Handler) <= alignof(void*) &&
                               std::is_nothrow_move_constructible_v<Handler>;

  template <typename Handler>
  static void run(Handler&& handler, const asio::any_io_executor& here, std::error_code error) {
    if constexpr (!requires { typename std::remove_cvref_t<Handler>::executor_type; }) {
      return std::move(handler)(error);
    }
    const asio::any_io_executor wanted = asio::get_associated_executor(handler, here);
    if (wanted == here) {
      std::move(handler)(error);
    } else {
      asio::dispatch(wanted, [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
    }
  }

  template <typename Handler>
  static constexpr operations inline_operations{
      [](void* self, const asio::any_io_executor& here, std::error_code error) {
        auto* const held = static_cast<Handler*>(self);
        Handler handler{std::move(*held)};  // what runs may put another one here
        std::destroy_at(held);
        run(std::move(handler), here, error);
      },
      relocates_bitwise<Handler> ? nullptr : +[](void* from, void* to) noexcept {
        ::new (to) Handler(std::move(*static_cast<Handler*>(from)));
        static_cast<Handler*>(from)->~Handler();
      },
      [](void* self) noexcept { static_cast<Handler*>(self)->~Handler(); }};

  template <typename Handler>
  static constexpr operations heap_operations{
      [](void* self, const asio::any_io_executor& here, std::error_code error) {
        std::unique_ptr<Handler> held{*static_cast<Handler**>(self)};
        Handler handler{std::move(*held)};
        held.reset();  // for whoever allocates next
        run(std::move(handler), here, error);
      },
      nullptr, [](void* self) noexcept { delete *static_cast<Handler**>(self); }};

  void reset() noexcept {
    if (operations_ != nullptr) std::exchange(operations_, nullptr)->destroy(storage_);
  }

  const operations* operations_ = nullptr;
  alignas(void*) std::byte storage_[inline_size];
};

}  // namespace websock::io
