#pragma once

/// A header of the project with the same path as one of Bennu's. Neither may hide the other.
struct own_payload {
  int weight = 0;
};
