#pragma once

#include <cstddef>

#include <bennu/actors/endpoint.hpp>

namespace board {

/// The path /socket with the topics `board:NAME`, join params `{"name": string}`, and for a client that comes back
/// `{"since": position}`.
///
/// - `stroke`, binary: a piece of a line, which others receive unchanged. 4 bytes name the line (chosen by the client),
///   3 are its colour, 1 its width; then 2 bytes each for x and y of each point, the highest byte first.
/// - `undo {"id"}` takes back a line, `clear` all of them: everybody receives the same.
/// - `cursor {"x", "y"}`: others receive it with `name`, if they are there at the moment.
///
/// A client that joins receives `redraw`, then what is on the board: `stroke` and `undo` as they were sent. One that
/// comes back to a history that still has its position receives what it has missed instead.
bennu::endpoint clients();

/// The longest `stroke`: 1,000 points.
inline constexpr size_t max_stroke_bytes = 8 + 4 * 1'000;

} // namespace board
