// The events of the Nexmark benchmark: people open auctions, auctions get bids.
//
// Event n is a person, an auction or a bid by its place in a group of 50 (1 : 3 : 46); its time is
// n / rate after the base time; ids rise with n. "Hot" ids draw most of the references: half of the
// bids go to the last auction whose number is a multiple of 100, three quarters come from one
// bidder of the last hundred people. Definition: github.com/nexmark/nexmark, package
// com.github.nexmark.flink.generator. As there, bids count the first person's id twice, so bidders
// start at 2000.
//
// The events are a pure function of the options. All random choices come from one stream, so events
// are made in order; Seek goes to where a former generator stood. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"

namespace millrace {

struct NexmarkOptions {
  uint64_t seed = 42;
  int64_t events_per_second = 10'000;   // Of event time.
  int64_t base_ms = 1'436'918'400'000;  // 2015-07-15 00:00:00 UTC
  int64_t person_proportion = 1;
  int64_t auction_proportion = 3;
  int64_t bid_proportion = 46;
  int64_t hot_auction_ratio = 2;  // One bid in so many is on any auction, the others on a hot one.
  int64_t hot_bidder_ratio = 4;
  int64_t hot_seller_ratio = 4;
  int64_t person_bytes = 200;  // Mean sizes in an idealised encoding, reached by padding.
  int64_t auction_bytes = 500;
  int64_t bid_bytes = 100;
};

enum class NexmarkKind : uint8_t { kPerson = 0, kAuction = 1, kBid = 2 };

// One event; only the part that `kind` names is set. Times are milliseconds since 1970. Views are
// valid until the next event, for ever if the generator lives.
struct NexmarkEvent {
  struct Person {
    int64_t id = 0;
    std::string name;
    std::string email_address;
    std::string credit_card;
    std::string_view city;
    std::string_view state;
  };
  struct Auction {
    int64_t id = 0;
    std::string item_name;
    std::string description;
    int64_t initial_bid = 0;
    int64_t reserve = 0;
    int64_t expires_ms = 0;
    int64_t seller = 0;
    int64_t category = 0;
  };
  struct Bid {
    int64_t auction = 0;
    int64_t bidder = 0;
    int64_t price = 0;
    std::string_view channel;
    std::string_view url;
  };

  NexmarkKind kind = NexmarkKind::kPerson;
  int64_t time_ms = 0;
  std::string_view extra;
  Person person;
  Auction auction;
  Bid bid;
};

class NexmarkEvents {
 public:
  // REQUIRES: rates, ratios and the sum of the proportions are positive.
  explicit NexmarkEvents(const NexmarkOptions& options);

  // The event at `position()`, which then is the next one. Valid until the next call.
  const NexmarkEvent& Next();

  int64_t position() const { return position_; }
  uint64_t random_state() const { return random_.state(); }

  // Goes to where a generator of the same options stood. REQUIRES: both values are from one moment.
  void Seek(int64_t position, uint64_t random_state);

 private:
  struct Channel {
    std::string name;
    std::string url;
  };

  void MakePerson();
  void MakeAuction();
  void MakeBid();

  int64_t TimeOf(int64_t event) const;
  int64_t LastPerson() const;  // Numbers, from 0, of the latest ones at `position_`.
  int64_t LastAuction() const;
  int64_t AnyPerson();
  int64_t AnyAuction();
  bool Hot(int64_t ratio);
  int64_t Price();
  std::string Text(int longest, char special);
  std::string BaseUrl();
  std::string_view Padding(int64_t current_bytes, int64_t mean_bytes);

  const NexmarkOptions options_;
  const int64_t group_;  // Events until the mix repeats.
  Random random_;
  int64_t position_ = 0;
  std::string padding_;  // What `extra` is cut from.
  std::vector<Channel> hot_channels_;
  std::vector<Channel> channels_;
  NexmarkEvent event_;
};

// Appends the event as the benchmark's Kafka topics hold it, without a line feed:
// {"event_type":2,"person":null,"auction":null,"bid":{...}}
void AppendNexmarkJson(const NexmarkEvent& event, std::string& out);

}  // namespace millrace
