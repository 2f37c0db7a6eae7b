#include <bennu/supervision/gen_server.hpp>

#include <exception>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/typed_response_promise.hpp>

#include "supervision/children/child_watch.hpp"

namespace bennu {

using namespace engine;

// -- init_result ----------------------------------------------------------------

init_result init_result::ok(caf::message info) {
  init_result result{state::ok};
  result.info_ = std::move(info);
  return result;
}

init_result init_result::ignore() {
  return init_result{state::ignored};
}

init_result init_result::stop(caf::error why) {
  init_result result{state::stopped};
  result.why_ = why ? std::move(why) : exits::crash("init stopped without a reason");
  return result;
}

init_result&& init_result::continue_with(std::function<void()> step) && {
  step_ = std::move(step);
  return std::move(*this);
}

// -- the server -------------------------------------------------------------------

// An acknowledgement means something to a supervisor alone.
gen_server_base::gen_server_base(caf::actor_config& cfg, caf::execution_unit* unit)
  : process(cfg, unit),
    parent_(dynamic_cast<supervises*>(cfg.parent) != nullptr ? caf::actor_cast<caf::actor>(cfg.parent->address())
                                                             : caf::actor{}) {}

init_result gen_server_base::init() {
  return init_result::ok();
}

void gen_server_base::terminate(const exit_info&) {}

void gen_server_base::continue_with(std::function<void()> step) {
  steps_.push_back(std::move(step));
}

bool gen_server_base::is_quitting() const noexcept {
  return getf(is_shutting_down_flag) || getf(is_terminated_flag);
}

void gen_server_base::tell_parent(child_ack ack) {
  if (auto parent = std::exchange(parent_, nullptr))
    acknowledge(this, parent, std::move(ack));
}

caf::behavior gen_server_base::make_behavior() {
  auto begun = init();
  switch (begun.what()) {
    case init_result::state::ignored:
      tell_parent({child_ack::state::ignored, {}, begun.info()});
      quit();
      return {};
    case init_result::state::stopped:
      tell_parent({child_ack::state::failed, begun.why(), {}});
      quit(begun.why());
      return {};
    case init_result::state::ok:
      break;
  }
  has_begun_ = true;
  tell_parent({child_ack::state::ready, {}, begun.info()});
  if (begun.step())
    steps_.insert(steps_.begin(), begun.step());
  run_steps();
  return is_quitting() ? caf::behavior{} : caf::behavior{handle_messages()};
}

// A step may add others, and may end the server.
void gen_server_base::run_steps() {
  while (!steps_.empty() && !is_quitting())
    for (auto& step : std::exchange(steps_, {}))
      if (!is_quitting())
        step();
}

caf::invoke_message_result gen_server_base::consume(caf::mailbox_element& message) {
  auto& content = message.content();
  auto result = caf::invoke_message_result::consumed;
  if (content.match_elements<get_state_command>() || content.match_elements<stop_command>()) {
    count_as_handled();
    current_element_ = &message;
    auto asker = make_response_promise();
    if (content.match_elements<get_state_command>()) {
      asker.deliver(snapshot());
    } else {
      auto reason = content.get_as<stop_command>(0).reason;
      stops_.emplace_back(std::move(asker), reason);
      quit(std::move(reason));
    }
  } else {
    result = process::consume(message);
  }
  run_steps();
  return result;
}

void gen_server_base::on_exit() {
  const auto reason = fail_state();
  steps_.clear();
  parent_ = nullptr;
  std::exception_ptr thrown;
  if (std::exchange(has_begun_, false) && reason != caf::exit_reason::kill) {
    try {
      terminate(classify(reason));
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  for (auto& [asker, wanted] : std::exchange(stops_, {})) {
    if (!asker.pending())
      continue;
    if (thrown)
      asker.deliver(exits::crash(thrown));
    else if (classify(reason) == classify(wanted))
      asker.deliver(caf::unit);
    else
      asker.deliver(reason ? reason : exits::normal());
  }
  if (thrown)
    std::rethrow_exception(thrown);
}

} // namespace bennu
