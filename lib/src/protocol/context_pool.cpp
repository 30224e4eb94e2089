#include "context_pool.hpp"

#include <algorithm>
#include <vector>

namespace websock::protocol {
namespace {

// Behind the end of the thread's pools contexts are made and freed.
thread_local constinit bool ended = false;

template <class Context>
class pool {
 public:
  ~pool() { ended = true; }

  Context* take(const typename Context::settings& wanted) {
    const auto found = find(wanted);
    if (found == unused_.end()) return new Context{wanted};
    Context* const taken = found->release();
    unused_.erase(found);
    return taken;
  }

  void put(std::unique_ptr<Context> context) {
    if (find(context->made_with()) != unused_.end()) return;
    context->reset();
    unused_.push_back(std::move(context));
  }

 private:
  auto find(const typename Context::settings& wanted) {
    return std::ranges::find_if(unused_, [&](const auto& one) { return one->made_with() == wanted; });
  }

  std::vector<std::unique_ptr<Context>> unused_;
};

template <class Context>
pool<Context>& pool_of_thread() {
  thread_local pool<Context> contexts;
  return contexts;
}

template <class Context>
Context* take(const typename Context::settings& wanted) {
  return ended ? new Context{wanted} : pool_of_thread<Context>().take(wanted);
}

template <class Context>
void put_back(Context* context) noexcept {
  std::unique_ptr<Context> owned{context};
  if (ended) return;
  try {
    pool_of_thread<Context>().put(std::move(owned));
  } catch (...) {  // no memory to keep it with
  }
}

}  // namespace

void give_back::operator()(deflater* context) const noexcept { put_back(context); }
void give_back::operator()(inflater* context) const noexcept { put_back(context); }

leased_deflater lease(const deflater::settings& wanted) { return leased_deflater{take<deflater>(wanted)}; }

leased_inflater lease(const inflater::settings& wanted) { return leased_inflater{take<inflater>(wanted)}; }

}  // namespace websock::protocol
