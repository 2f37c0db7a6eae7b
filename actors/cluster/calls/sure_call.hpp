#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace bennu::engine {

/// A function that is called exactly once: if nobody has called it when its last holder is destroyed, it is called
/// with `Value{}`. So a message that is lost in a mailbox, in a crash or at the end of the program leaves no caller
/// waiting.
///
/// Thread safety: none; the calls must not overlap.
template <class Value>
class sure_call {
public:
  explicit sure_call(std::function<void(Value)> f) : f_(std::move(f)) {}
  sure_call(const sure_call&) = delete;
  sure_call& operator=(const sure_call&) = delete;

  ~sure_call() {
    if (!told_ && f_)
      f_(Value{});
  }

  void operator()(Value x) {
    told_ = true;
    if (f_)
      f_(std::move(x));
  }

  bool told() const noexcept { return told_; }

private:
  std::function<void(Value)> f_;
  bool told_ = false;
};

template <class Value>
using sure_call_ptr = std::shared_ptr<sure_call<Value>>;

} // namespace bennu::engine
