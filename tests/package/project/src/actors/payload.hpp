#pragma once

/// A header of the project's own whose path is the same as that of one of Bennu's, which must not mind.
struct own_payload {
  int weight = 0;
};
