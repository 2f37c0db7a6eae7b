#pragma once

#include "apps/bench/figure.hpp"
#include "apps/bench/histogram.hpp"
#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Resident memory per idle connection with one joined channel; what is left when all are gone.
figures hold(const target& server, const options& how);

/// One message to many subscribers of one topic. Checks that each delivery arrives once and in
/// order.
figures fanout(const target& server, const options& how);

/// Round trips through a channel, each client in its own topic.
figures echo(const target& server, const options& how);

/// Channels crashed one after another while others talk. Checks that nobody else loses a message.
figures crash(const target& server, const options& how);

/// Channels crashed one after another while everybody's channel is busy: how long after the throw the next event is handled, by a channel
/// that was restarted in place. Checks that no ping is lost.
figures repair(const target& server, const options& how);

/// Members of one topic on two nodes of a cluster: how long until all see all, until all see that one left, and until all see that a
/// node was killed. Ends with the second node killed.
figures presence(const target& first, const target& second, const options& how);

/// Healthy clients' latency while others besiege the server: send headers byte by byte, never read, never speak; goes on until the server
/// has closed so many of each kind as there are. Checks that no reply is lost.
figures siege(const target& server, const options& how);

/// The figures that every timed benchmark has in common: CPU per unit, units per second, latency,
/// loads.
void append_timed(figures& to, const std::string& name, const std::string& unit_of_work, const meter& measured,
                  double units, const histogram& latency_ns);

/// The payload `{"p":PUBLISHER,"n":NUMBER,"pad":"xxx…"}`.
std::string numbered_payload(size_t publisher, uint64_t number, size_t pad_bytes);

} // namespace bennu::bench
