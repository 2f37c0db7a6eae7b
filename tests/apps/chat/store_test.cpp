#include <doctest/doctest.h>

#include <chrono>

#include <soci/soci.h>

#include "tests/apps/chat/store_fixture.hpp"
#include <bennu/supervision/fault.hpp>

using namespace chat;
using kind = store_failure::kind;

TEST_CASE("store: a user is found by name in any case, and the name is taken") {
  store_fixture f;
  auto ann = f.add("Ann");
  auto found = f.db().find_user("aNN");
  REQUIRE(found.ok());
  CHECK(found->owner.id == ann.id);
  CHECK(found->owner.name == "Ann");
  CHECK(found->password_hash == "hash of Ann");
  CHECK(f.db().add_user("ANN", "x").is(kind::conflict));
  CHECK(f.db().find_user("bob").is(kind::not_found));
}

TEST_CASE("store: the lobby exists from the start and is open to all users") {
  store_fixture f;
  auto ann = f.add("ann");
  auto rooms = f.db().rooms_of(ann.id);
  REQUIRE(rooms.ok());
  REQUIRE(rooms->size() == 1);
  CHECK(rooms->front().id == "lobby");
  CHECK(f.db().access("lobby", ann.id)->may_join);
  CHECK(f.db().access("nowhere", ann.id).is(kind::not_found));
}

TEST_CASE("store: a private room is only for its creator and members") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("bob"), eve = f.add("eve");
  REQUIRE(f.db().add_room({"den", "The Den", true}, ann.id, {"BOB"}).ok());
  CHECK(f.db().access("den", ann.id)->may_join);
  CHECK(f.db().access("den", bob.id)->may_join);
  CHECK_FALSE(f.db().access("den", eve.id)->may_join);
  CHECK(f.db().rooms_of(bob.id)->size() == 2);
  CHECK(f.db().rooms_of(eve.id)->size() == 1);
  CHECK(f.db().add_room({"den", "Again", false}, eve.id, {}).is(kind::conflict));
}

TEST_CASE("store: a room with an unknown member is not created, and the failure names the member") {
  store_fixture f;
  auto ann = f.add("ann");
  auto made = f.db().add_room({"den", "Den", true}, ann.id, {"nobody"});
  REQUIRE(made.is(kind::not_found));
  CHECK(made.failure().text == "nobody");
  CHECK(f.db().access("den", ann.id).is(kind::not_found));
}

TEST_CASE("store: the last messages of a room are returned oldest first") {
  store_fixture f;
  auto ann = f.add("ann");
  for (auto* text : {"one", "two", "three"})
    f.say(ann, text);
  auto recent = f.db().recent_messages("lobby", 2);
  REQUIRE(recent.ok());
  REQUIRE(recent->size() == 2);
  CHECK(recent->at(0).body == "two");
  CHECK(recent->at(1).body == "three");
  CHECK(recent->at(1).author.name == "ann");
}

TEST_CASE("store: older messages are returned in pages, back to the first one") {
  store_fixture f;
  auto ann = f.add("ann");
  for (auto* text : {"one", "two", "three"})
    f.say(ann, text);
  const auto newest = f.db().recent_messages("lobby", 1)->at(0);
  auto older = f.db().messages_before("lobby", newest.id, 1);
  REQUIRE(older.ok());
  REQUIRE(older->size() == 1);
  CHECK(older->at(0).body == "two");
  CHECK(f.db().messages_before("lobby", older->at(0).id, 50)->size() == 1);
  CHECK(f.db().messages_before("lobby", 1, 50)->empty());
}

TEST_CASE("store: the latest messages of all rooms are those of a time") {
  store_fixture f;
  auto ann = f.add("ann");
  REQUIRE(f.db().add_room({"den", "Den", false}, ann.id, {}).ok());
  const auto first = f.say(ann, "one"), second = f.say(ann, "two", "den");
  const auto found = f.db().latest_messages(first.sent_at_ms, second.sent_at_ms, 100);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  CHECK(found->at(0).body == "one");
  CHECK(found->at(1).room_id == "den");
  CHECK(f.db().latest_messages(first.sent_at_ms, second.sent_at_ms, 1)->at(0).body == "two");
  CHECK(f.db().latest_messages(0, first.sent_at_ms - 1, 100)->empty());
  CHECK(f.db().latest_messages(second.sent_at_ms + 1, second.sent_at_ms + 1000, 100)->empty());
}

TEST_CASE("store: the members of a room are its creator and the users that the creator named") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("Bob");
  f.add("eve");
  REQUIRE(f.db().add_room({"den", "Den", true}, ann.id, {"bob"}).ok());
  auto members = f.db().members_of("den");
  REQUIRE(members.ok());
  REQUIRE(members->size() == 2);
  CHECK(members->at(1).name == bob.name);
  CHECK(f.db().members_of("nowhere")->empty());
}

TEST_CASE("store: an author's messages are limited over all rooms and all stores of the database") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("bob");
  REQUIRE(f.db().add_room({"den", "Den", false}, ann.id, {}).ok());
  auto other = make_store(f.place);
  CHECK(f.db().add_messages({{"lobby", ann.id, "1", {}, 2}})->at(0).ok());
  CHECK(other->add_messages({{"den", ann.id, "2", {}, 2}})->at(0).ok());
  auto more = f.db().add_messages({{"lobby", ann.id, "3", {}, 2}, {"lobby", bob.id, "1", {}, 2}});
  CHECK(more->at(0).is(kind::limited));
  CHECK(more->at(1).ok());
}

TEST_CASE("store: a message from a time when a clock was ahead counts for no limit") {
  store_fixture f;
  auto ann = f.add("ann");
  bennu::wall_clock::jump(std::chrono::hours{1});
  const auto early = f.db().add_messages({{"lobby", ann.id, "from the future", {}, 1}});
  bennu::wall_clock::jump(-std::chrono::hours{1});
  const auto later = f.db().add_messages({{"lobby", ann.id, "1", {}, 1}, {"lobby", ann.id, "2", {}, 1}});
  REQUIRE(early->at(0).ok());
  REQUIRE(later->at(0).ok());
  const auto ahead = (*early->at(0)).text.sent_at_ms - (*later->at(0)).text.sent_at_ms;
  CHECK(ahead > 3'500'000);
  CHECK(ahead <= 3'600'000);
  CHECK(later->at(1).is(kind::limited));
}

TEST_CASE("store: while the disk is full by a fault, nothing is stored and what is stored can be read") {
  store_fixture f;
  auto ann = f.add("ann");
  f.say(ann, "before");
  bennu::fault_points faults;
  faults.set(bennu::fault_rule::parse("full_disk label=database"));
  CHECK(f.db().add_messages({{"lobby", ann.id, "lost", {}}}).is(kind::unavailable));
  CHECK(f.db().check().is(kind::unavailable));
  CHECK(f.db().recent_messages("lobby", 50)->size() == 1);
  CHECK_FALSE(f.place->health.trouble().empty());
  faults.clear();
  CHECK(f.db().add_messages({{"lobby", ann.id, "after", {}}}).ok());
  CHECK(f.place->health.trouble().empty());
}

TEST_CASE("store: a message that is sent again with its client id is stored once, and notifies once") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("bob");
  const draft sent{"lobby", ann.id, "hi @bob", {"bob"}, 0, "c-1"};
  const auto first = *f.db().add_messages({sent})->at(0);
  CHECK_FALSE(first.repeated);
  CHECK(first.text.client_id == "c-1");
  const auto repeated = f.db().add_messages({sent, sent});
  for (const auto& again : *repeated) {
    REQUIRE(again.ok());
    CHECK(again->repeated);
    CHECK(again->text.id == first.text.id);
  }
  CHECK(f.db().recent_messages("lobby", 50)->size() == 1);
  CHECK(f.db().unread_notifications(bob.id)->size() == 1);
  auto other_text = sent, other_author = sent;
  other_text.body = "something else";
  other_author.author_id = bob.id;
  CHECK(f.db().add_messages({other_text})->at(0).is(kind::conflict));
  CHECK(f.db().add_messages({other_author})->at(0).ok());
}

TEST_CASE("store: in rooms that a user may join, later messages of others than the last seen one are unread") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("bob");
  REQUIRE(f.db().add_room({"den", "Den", true}, ann.id, {}).ok());
  const auto first = f.say(ann, "one"), second = f.say(ann, "two");
  f.say(bob, "mine");
  f.say(ann, "secret", "den");
  auto unread = f.db().unread_in(bob.id, {{"lobby", first.id}, {"den", 0}, {"nowhere", 0}});
  REQUIRE(unread.ok());
  REQUIRE(unread->size() == 1);
  CHECK(unread->at(0).id == "lobby");
  CHECK(unread->at(0).count == 1);
  CHECK(unread->at(0).last_id == second.id);
  CHECK(f.db().unread_in(bob.id, {{"lobby", second.id}})->at(0).count == 0);
}

TEST_CASE("store: one bad draft in a batch does not hinder the others") {
  store_fixture f;
  auto ann = f.add("ann");
  auto stored = f.db().add_messages(
    {{"lobby", ann.id, "a", {}}, {"nowhere", ann.id, "b", {}}, {"lobby", 999, "c", {}}, {"lobby", ann.id, "d", {}}});
  REQUIRE(stored.ok());
  CHECK(stored->at(0).ok());
  CHECK(stored->at(1).is(kind::not_found));
  CHECK(stored->at(2).is(kind::not_found));
  CHECK(stored->at(3).ok());
  CHECK(f.db().recent_messages("lobby", 50)->size() == 2);
}

TEST_CASE("store: a mention notifies users who may read it, not the author, until it is marked read") {
  store_fixture f;
  auto ann = f.add("ann"), bob = f.add("bob"), eve = f.add("eve");
  REQUIRE(f.db().add_room({"den", "Den", true}, ann.id, {"bob"}).ok());
  auto stored = f.db().add_messages({{"den", ann.id, "hi", {"Bob", "eve", "ann", "nobody"}}});
  auto& caused = (*stored).at(0)->notifications;
  REQUIRE(caused.size() == 1);
  CHECK(caused[0].user_id == bob.id);
  CHECK(caused[0].from == "ann");
  CHECK(f.db().unread_notifications(eve.id)->empty());
  CHECK(f.db().mark_notifications_read(eve.id, {caused[0].id}).ok());
  REQUIRE(f.db().unread_notifications(bob.id)->size() == 1);
  CHECK(f.db().mark_notifications_read(bob.id, {caused[0].id}).ok());
  CHECK(f.db().unread_notifications(bob.id)->empty());
}

TEST_CASE("store: acknowledged messages are visible to another connection, with HTML and quotes unchanged") {
  store_fixture f;
  auto ann = f.add("ann");
  f.say(ann, "<b>'\"; DROP TABLE users; -- \xf0\x9f\x98\x80");
  auto other = make_store(prepare_database(f.address));
  auto recent = other->recent_messages("lobby", 50);
  REQUIRE(recent.ok());
  CHECK(recent->at(0).body == "<b>'\"; DROP TABLE users; -- \xf0\x9f\x98\x80");
}

TEST_CASE("store: tables that are newer than the program are refused, and the error has both versions") {
  store_fixture f;
  *f.place->connect() << "INSERT INTO schema_migrations (version) VALUES (99)";
  CHECK_THROWS_WITH_AS(prepare_database(f.address),
                       "the database has version 99, this program knows 3: use the newer program", std::runtime_error);
}
