// a message can be copied
#include <bennu/bennu.hpp>

using bennu::json;

struct tick {
  std::unique_ptr<int> number;
};
BENNU_MESSAGE(tick)
