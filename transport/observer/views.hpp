#pragma once

namespace bennu::engine {

class inquiry;

// What answers each view, in its inquiry; the contract of params and values is in apps/guide/observer.md. The overview:

void show_overview(inquiry& by);
void show_history(inquiry& by);

// The supervision tree, one level at a time:

void show_tree(inquiry& by);
void show_crash(inquiry& by);

} // namespace bennu::engine
