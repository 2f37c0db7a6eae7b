// conflicting return type specified for
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel {
  using channel::channel;
  bool join(const json&) override { return true; }
};
