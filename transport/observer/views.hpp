#pragma once

namespace bennu::engine {

class inquiry;

// Each function answers one view or carries out one action, in its inquiry; apps/guide/observer-channel.md has the
// contract of params and values.

// -- load of the node ------------------------------------------------------------

void show_overview(inquiry& by);
void show_history(inquiry& by);

// -- supervision tree, one level at a time ----------------------------------------

void show_tree(inquiry& by);
void show_crash(inquiry& by);

// -- clients and topics -----------------------------------------------------------

void show_connections(inquiry& by);
void show_connection(inquiry& by);
void show_ended(inquiry& by);
void show_topics(inquiry& by);
void show_topic(inquiry& by);
void show_presence(inquiry& by);

// -- cluster, faults, log and events ----------------------------------------------

void show_cluster(inquiry& by);
void show_names(inquiry& by);
void show_faults(inquiry& by);
void show_log(inquiry& by);
void show_events(inquiry& by);

// -- actions; those that cause faults are refused outside of dev mode -------------

void act_disconnect(inquiry& by);
void act_drain(inquiry& by);
void act_crash(inquiry& by);
void act_kill(inquiry& by);
void act_pause(inquiry& by);
void act_stop(inquiry& by);
void act_restart(inquiry& by);
void act_fault(inquiry& by);
void act_heal(inquiry& by);
void act_cut(inquiry& by);

} // namespace bennu::engine
