#pragma once

namespace bennu::engine {

class inquiry;

// What answers each view, in its inquiry; the contract of params and values is in apps/guide/observer-channel.md. The
// overview:

void show_overview(inquiry& by);
void show_history(inquiry& by);

// The supervision tree, one level at a time:

void show_tree(inquiry& by);
void show_crash(inquiry& by);

// Clients, and where they are:

void show_connections(inquiry& by);
void show_connection(inquiry& by);
void show_ended(inquiry& by);
void show_topics(inquiry& by);
void show_topic(inquiry& by);
void show_presence(inquiry& by);

// The node among others, and what it tells:

void show_cluster(inquiry& by);
void show_names(inquiry& by);
void show_faults(inquiry& by);
void show_log(inquiry& by);
void show_events(inquiry& by);

// Actions. Those that cause faults are refused outside of dev mode:

void act_disconnect(inquiry& by);
void act_drain(inquiry& by);
void act_crash(inquiry& by);
void act_stop(inquiry& by);
void act_restart(inquiry& by);
void act_fault(inquiry& by);
void act_heal(inquiry& by);
void act_cut(inquiry& by);

} // namespace bennu::engine
