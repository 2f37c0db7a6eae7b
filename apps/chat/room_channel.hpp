#pragma once

#include <string>

#include "actors/channel.hpp"
#include "apps/chat/services.hpp"

namespace chat {

/// A chat room, as one client sees it. Topic `room:ID`, no join params.
///
/// The join waits for the store to say who may enter. A message is stored before anybody sees it: the reply waits for the disk, the io
/// unit does not. What the database answers comes back to the actor as a message; when the channel has gone meanwhile, see
/// `announcement`.
class room_channel : public bennu::channel {
public:
  room_channel(bennu::channel_context context, services_ptr shared);

  bennu::join_result join(const bennu::json& params) override;
  const bennu::event_table& handle_in() const override;
  caf::message_handler handle_info() override;
  void restarted(const bennu::exit_info& crash) override;
  void terminate(const caf::error& reason) override;

private:
  bennu::reply new_message(const bennu::json& in);
  void decide(const result<room_access>& found);
  void tell_of_the_join();
  std::string room_id() const { return std::string{subtopic()}; }

  services_ptr shared_;
  user me_;
  bool known_ = false; ///< the room and the client know of this join already: it was repaired
};

} // namespace chat
