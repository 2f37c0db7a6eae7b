// has a default constructor
#include <bennu/bennu.hpp>

using bennu::json;

struct tick {
  explicit tick(int x) : number(x) {}
  int number;
};
template <class Inspector>
auto inspect(Inspector& f, tick& x) {
  return f(x.number);
}
BENNU_MESSAGE(tick)
