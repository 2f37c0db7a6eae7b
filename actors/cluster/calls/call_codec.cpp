#include "actors/cluster/calls/call_codec.hpp"

#include "actors/cluster/link/fields.hpp"

namespace bennu::engine {

void append_call(std::string& out, const call_parcel& x) {
  field_writer{out}.number(x.id).number(x.service).text(x.body);
}

void append_answer(std::string& out, const answer_parcel& x) {
  field_writer{out}.number(x.id).number(x.wants_receipt ? 1 : 0).text(x.body);
}

void append_receipt(std::string& out, const receipt_parcel& x) {
  field_writer{out}.number(x.id).number(x.reached ? 1 : 0);
}

std::optional<call_parcel> parse_call(std::string_view content) {
  field_reader fields{content};
  call_parcel result;
  result.id = fields.number();
  result.service = fields.number();
  result.body = fields.text();
  return fields.failed() ? std::nullopt : std::optional{result};
}

std::optional<answer_parcel> parse_answer(std::string_view content) {
  field_reader fields{content};
  answer_parcel result;
  result.id = fields.number();
  result.wants_receipt = fields.number() != 0;
  result.body = fields.text();
  return fields.failed() ? std::nullopt : std::optional{result};
}

std::optional<receipt_parcel> parse_receipt(std::string_view content) {
  field_reader fields{content};
  receipt_parcel result;
  result.id = fields.number();
  result.reached = fields.number() != 0;
  return fields.failed() ? std::nullopt : std::optional{result};
}

} // namespace bennu::engine
