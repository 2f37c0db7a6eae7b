#pragma once

#include "apps/bench/histogram.hpp"
#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace bennu::bench {

// Each of these stands in the .cpp file of its name.

/// The resident memory of an idle connection with one joined channel, and what stays when all clients are gone.
figures hold(const target& server, const options& how);

/// One message to many subscribers of one topic. Checks that each subscriber receives every message once and in order.
figures fanout(const target& server, const options& how);

/// Round trips through a channel; each client has its own topic.
figures echo(const target& server, const options& how);

/// Channels crash one after another while other clients exchange messages. Checks that these lose no message.
figures crash(const target& server, const options& how);

/// Channels crash one after another while all channels are busy. Measures the time from the throw to the next event
/// that the restarted channel handles. Checks that no ping is lost.
figures repair(const target& server, const options& how);

/// The members of one topic on two nodes of a cluster. Measures how long it takes until every member sees every other,
/// until all see that one left, and until all see that a node was killed. Kills the second node.
figures presence(const target& first, const target& second, const options& how);

/// The latency of healthy clients while hostile clients send headers byte by byte, never read, or never send anything.
/// Runs until the server has closed as many clients of each kind as there are. Checks that no reply is lost.
figures siege(const target& server, const options& how);

} // namespace bennu::bench
