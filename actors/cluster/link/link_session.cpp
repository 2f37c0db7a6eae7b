#include "actors/cluster/link/link_session.hpp"

#include <algorithm>
#include <utility>

namespace bennu::engine {

namespace {

// As soon as this many bytes have arrived, they are acknowledged; fewer wait for the next frame or tick. A sixteenth
// of the window.
constexpr size_t acknowledge_after = link_session::window / 16;

// No node restarts more often than this during the life of one connection.
constexpr size_t max_buried = 16;

} // namespace

link_session::link_session(peer self, std::string peer_name, std::function<uint64_t()> next_number, link_timing timing)
  : self_(std::move(self)), peer_{std::move(peer_name), 0}, next_number_(std::move(next_number)), timing_(timing),
    mine_(next_number_()) {}

void link_session::connected(time_point now) {
  connected_ = true;
  heard_ = now;
  greet(now);
}

void link_session::disconnected(const std::string& why) {
  end(why);
  connected_ = false;
}

void link_session::cut(const std::string& why) {
  end(why);
}

void link_session::receive(link_frame&& frame, time_point now) {
  auto& head = frame.head;
  if (head.kind < link_kind::hello || head.kind > link_kind::news) {
    ++unknown_;
    return;
  }
  if (!connected_ || !belongs_to_peer(head))
    return;
  if (head.mine > yours_) {
    end("the peer began a new session");
    yours_ = head.mine;
    meet(head, now);
  } else if (!up_) {
    meet(head, now);
  }
  if (up_ && head.yours == mine_)
    accept(std::move(frame), now);
}

// Whether the frame comes from the current life and session of the peer.
bool link_session::belongs_to_peer(const link_head& head) {
  if (head.name != peer_.name || std::find(buried_.begin(), buried_.end(), head.incarnation) != buried_.end())
    return false;
  if (peer_.incarnation != head.incarnation) {
    if (peer_.incarnation != 0) {
      end("the peer was started again");
      buried_.push_back(peer_.incarnation);
      if (buried_.size() > max_buried)
        buried_.pop_front();
      yours_ = 0;
    }
    peer_.incarnation = head.incarnation;
  }
  return head.mine >= yours_;
}

// Handles a frame while there is no session.
void link_session::meet(const link_head& head, time_point now) {
  if (head.yours != mine_)
    return greet(now); // the peer does not know which session we mean
  if (head.kind == link_kind::hello || head.seq == 1)
    return begin(now);
  if (head.seq > 1) { // the peer has been in the session longer than we have: the earlier frames are lost
    mine_ = next_number_();
    greet(now);
  }
}

void link_session::begin(time_point now) {
  up_ = true;
  tx_ = rx_ = told_ = 0;
  untold_bytes_ = 0;
  beat_ = 0;
  round_trip_ = {};
  heard_ = now;
  events_.push_back(link_up{peer_, mine_});
  beat(now);
}

void link_session::end(const std::string& why) {
  if (!std::exchange(up_, false))
    return;
  events_.push_back(link_down{peer_, mine_, why});
  mine_ = next_number_();
  lost_ += std::exchange(load_in_flight_, {});
  in_flight_.clear();
  in_flight_bytes_ = 0;
  assembly_.clear();
}

void link_session::accept(link_frame&& frame, time_point now) {
  heard_ = now;
  acknowledged(frame.head.ack, now);
  switch (frame.head.kind) {
    case link_kind::news:
      events_.emplace_back(std::move(frame.body));
      return;
    case link_kind::beat:
    case link_kind::data:
      return accept_next(std::move(frame), now);
    default:
      return;
  }
}

void link_session::accept_next(link_frame&& frame, time_point now) {
  const auto seq = frame.head.seq;
  if (seq <= rx_) // a duplicate
    return;
  if (seq != rx_ + 1) {
    end("frames are missing");
    return greet(now);
  }
  rx_ = seq;
  if (frame.head.kind == link_kind::beat)
    return acknowledge(); // at once, because the peer measures how long that takes
  std::vector<link_block> blocks;
  if (frame.body.size() > max_link_body || !assembly_.add(frame.body, blocks)) {
    end("a frame that makes no sense");
    return greet(now);
  }
  for (auto& block : blocks)
    events_.push_back(link_received{peer_, mine_, std::move(block)});
  untold_bytes_ += frame.body.size();
  if (untold_bytes_ >= acknowledge_after)
    acknowledge();
}

void link_session::tick(time_point now) {
  if (!connected_)
    return;
  if (up_ && now - heard_ > timing_.timeout)
    end("silent for " + std::to_string(timing_.timeout.count()) + " ms");
  if (!up_) {
    if (now - said_ >= timing_.hello)
      greet(now);
  } else if (now - said_ >= timing_.beat) {
    beat(now);
  } else if (told_ != rx_ && untold_bytes_ > 0) {
    acknowledge();
  }
}

void link_session::send(std::string body, link_load load, time_point now) {
  in_flight_.push_back({++tx_, body.size(), load});
  in_flight_bytes_ += body.size();
  load_in_flight_ += load;
  said_ = now;
  emit(link_kind::data, tx_, std::move(body));
}

void link_session::tell(std::string news) {
  if (up_)
    emit(link_kind::news, 0, std::move(news));
}

void link_session::greet(time_point now) {
  said_ = now;
  emit(link_kind::hello, 0);
}

void link_session::beat(time_point now) {
  said_ = now;
  emit(link_kind::beat, ++tx_);
  if (beat_ == 0) {
    beat_ = tx_;
    beaten_ = now;
  }
}

void link_session::acknowledge() {
  if (!acks_held_)
    emit(link_kind::ack, 0);
}

void link_session::acknowledged(uint64_t seq, time_point now) {
  if (seq > tx_)
    return;
  if (beat_ != 0 && seq >= beat_) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - beaten_);
    round_trip_ = round_trip_.count() == 0 ? took : (round_trip_ * 7 + took) / 8;
    beat_ = 0;
  }
  while (!in_flight_.empty() && in_flight_.front().seq <= seq) {
    in_flight_bytes_ -= in_flight_.front().bytes;
    load_in_flight_ -= in_flight_.front().load;
    in_flight_.pop_front();
  }
}

void link_session::emit(link_kind kind, uint64_t seq, std::string body) {
  if (!acks_held_ && up_) {
    told_ = rx_;
    untold_bytes_ = 0;
  }
  frames_.push_back({{.kind = kind,
                      .name = self_.name,
                      .incarnation = self_.incarnation,
                      .mine = mine_,
                      .yours = yours_,
                      .seq = seq,
                      .ack = up_ ? told_ : 0},
                     std::move(body)});
}

} // namespace bennu::engine
