#include <charconv>

#include "common/columnar/calendar.h"
#include "worker/source/generator/nexmark_events.h"

namespace millrace {
namespace {

// Writes the members of one object. No text of the generator needs escaping.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void Close() { out_ += '}'; }

  void Number(std::string_view name, int64_t value) {
    Name(name);
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    out_ += '"';
    out_ += value;
    out_ += '"';
  }

  // "2015-07-15 00:00:00.000"
  void Time(std::string_view name, int64_t millis) {
    Name(name);
    out_ += '"';
    AppendDate(FloorDiv(millis, kMillisPerDay), out_);
    out_ += ' ';
    AppendTimeOfDay(FloorMod(millis, kMillisPerDay) * 1000, 3, out_);
    out_ += '"';
  }

 private:
  void Name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }

  std::string& out_;
  bool first_ = true;
};

void AppendPerson(const NexmarkEvent& event, std::string& out) {
  ObjectWriter object(out);
  object.Number("id", event.person.id);
  object.Text("name", event.person.name);
  object.Text("emailAddress", event.person.email_address);
  object.Text("creditCard", event.person.credit_card);
  object.Text("city", event.person.city);
  object.Text("state", event.person.state);
  object.Time("dateTime", event.time_ms);
  object.Text("extra", event.extra);
  object.Close();
}

void AppendAuction(const NexmarkEvent& event, std::string& out) {
  ObjectWriter object(out);
  object.Number("id", event.auction.id);
  object.Text("itemName", event.auction.item_name);
  object.Text("description", event.auction.description);
  object.Number("initialBid", event.auction.initial_bid);
  object.Number("reserve", event.auction.reserve);
  object.Time("dateTime", event.time_ms);
  object.Time("expires", event.auction.expires_ms);
  object.Number("seller", event.auction.seller);
  object.Number("category", event.auction.category);
  object.Text("extra", event.extra);
  object.Close();
}

void AppendBid(const NexmarkEvent& event, std::string& out) {
  ObjectWriter object(out);
  object.Number("auction", event.bid.auction);
  object.Number("bidder", event.bid.bidder);
  object.Number("price", event.bid.price);
  object.Text("channel", event.bid.channel);
  object.Text("url", event.bid.url);
  object.Time("dateTime", event.time_ms);
  object.Text("extra", event.extra);
  object.Close();
}

}  // namespace

void AppendNexmarkJson(const NexmarkEvent& event, std::string& out) {
  switch (event.kind) {
    case NexmarkKind::kPerson:
      out += "{\"event_type\":0,\"person\":";
      AppendPerson(event, out);
      out += ",\"auction\":null,\"bid\":null}";
      return;
    case NexmarkKind::kAuction:
      out += "{\"event_type\":1,\"person\":null,\"auction\":";
      AppendAuction(event, out);
      out += ",\"bid\":null}";
      return;
    case NexmarkKind::kBid:
      out += "{\"event_type\":2,\"person\":null,\"auction\":null,\"bid\":";
      AppendBid(event, out);
      out += '}';
      return;
  }
}

}  // namespace millrace
