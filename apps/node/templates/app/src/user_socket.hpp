#pragma once

#include <bennu/actors/socket.hpp>

/// One client's connection. It lets everybody in.
///
/// To let in only whom you know, check a token here and return `bennu::connect_refused{403}`; `bennu-node new socket`
/// writes a socket that does. What a connection knows of its user belongs here, too: channels read it with
/// `socket_as<user_socket>()`.
class user_socket : public bennu::socket {
public:
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};
