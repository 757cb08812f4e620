#include "worker/source/generator/nexmark_events.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace millrace {
namespace {

constexpr int64_t kFirstPersonId = 1000;
constexpr int64_t kFirstAuctionId = 1000;
constexpr int64_t kFirstCategoryId = 10;
constexpr uint32_t kCategories = 5;

constexpr int64_t kHotGroup = 100;  // One id in so many is hot.
constexpr int64_t kAuctionsInFlight = 100;
constexpr int64_t kActivePeople = 1000;
constexpr int64_t kIdLead = 10;  // References reach this far beyond what exists yet.

constexpr uint32_t kHotChannelRatio = 2;
constexpr uint32_t kChannels = 10'000;
constexpr size_t kPaddingBytes = 1 << 20;

// Bytes of the numbers of an event in the idealised encoding.
constexpr int64_t kPersonNumberBytes = 8;
constexpr int64_t kAuctionNumberBytes = 48;
constexpr int64_t kBidNumberBytes = 32;

constexpr std::array<std::string_view, 11> kFirstNames = {
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> kLastNames = {
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
constexpr std::array<std::string_view, 10> kCities = {
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array<std::string_view, 6> kStates = {"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array<std::string_view, 4> kHotChannels = {"Google", "Facebook", "Baidu", "Apple"};

template <size_t n>
std::string_view Pick(const std::array<std::string_view, n>& choices, Random& random) {
  return choices[random.Below(n)];
}

char Letter(Random& random) { return static_cast<char>('a' + random.Below(26)); }

// The magnitude of `value`'s 32 bits read backwards.
uint32_t ReversedBits(uint32_t value) {
  uint32_t reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= (value >> bit & 1) << (31 - bit);
  return reversed >> 31 != 0 ? ~reversed + 1 : reversed;
}

int64_t HotId(int64_t last) { return last / kHotGroup * kHotGroup; }

}  // namespace

NexmarkEvents::NexmarkEvents(const NexmarkOptions& options)
    : options_(options),
      group_(options.person_proportion + options.auction_proportion + options.bid_proportion),
      random_(options.seed) {
  padding_.resize(kPaddingBytes);
  for (char& letter : padding_) letter = Letter(random_);
  for (const std::string_view name : kHotChannels) {
    hot_channels_.push_back({std::string(name), BaseUrl()});
  }
  channels_.reserve(kChannels);
  for (uint32_t i = 0; i < kChannels; ++i) {
    Channel channel{absl::StrCat("channel-", i), BaseUrl()};
    if (random_.Below(10) > 0) absl::StrAppend(&channel.url, "&channel_id=", ReversedBits(i));
    channels_.push_back(std::move(channel));
  }
}

void NexmarkEvents::Seek(int64_t position, uint64_t random_state) {
  position_ = position;
  random_ = Random(random_state);
}

const NexmarkEvent& NexmarkEvents::Next() {
  event_.time_ms = TimeOf(position_);
  const int64_t place = position_ % group_;
  if (place < options_.person_proportion) {
    MakePerson();
  } else if (place < options_.person_proportion + options_.auction_proportion) {
    MakeAuction();
  } else {
    MakeBid();
  }
  ++position_;
  return event_;
}

void NexmarkEvents::MakePerson() {
  NexmarkEvent::Person& person = event_.person;
  event_.kind = NexmarkKind::kPerson;
  person.id = LastPerson() + kFirstPersonId;
  // The order of the draws is part of the definition: one statement each.
  const std::string_view last = Pick(kLastNames, random_);
  const std::string_view first = Pick(kFirstNames, random_);
  person.name = std::string(first) + " " + std::string(last);
  person.email_address = Text(7, ' ') + "@";
  person.email_address += Text(5, ' ') + ".com";
  person.credit_card.clear();
  for (int i = 0; i < 4; ++i) {
    absl::StrAppendFormat(&person.credit_card, "%s%04u", i == 0 ? "" : " ", random_.Below(10'000));
  }
  person.city = Pick(kCities, random_);
  person.state = Pick(kStates, random_);
  const size_t text_bytes = person.name.size() + person.email_address.size() +
                            person.credit_card.size() + person.city.size() + person.state.size();
  event_.extra =
      Padding(kPersonNumberBytes + static_cast<int64_t>(text_bytes), options_.person_bytes);
}

void NexmarkEvents::MakeAuction() {
  NexmarkEvent::Auction& auction = event_.auction;
  event_.kind = NexmarkKind::kAuction;
  auction.id = LastAuction() + kFirstAuctionId;
  const int64_t seller = Hot(options_.hot_seller_ratio) ? HotId(LastPerson()) : AnyPerson();
  auction.seller = seller + kFirstPersonId;
  auction.category = kFirstCategoryId + random_.Below(kCategories);
  auction.initial_bid = Price();
  // Auctions last up to twice the time in which as many as are in flight are opened.
  const int64_t auctions = std::max<int64_t>(1, options_.auction_proportion);
  const int64_t horizon =
      TimeOf(position_ + kAuctionsInFlight * group_ / auctions) - event_.time_ms;
  const int64_t longest = std::max<int64_t>(1, horizon * 2);
  auction.expires_ms = event_.time_ms + 1 + random_.Below(static_cast<uint32_t>(longest));
  auction.item_name = Text(20, ' ');
  auction.description = Text(100, ' ');
  auction.reserve = auction.initial_bid + Price();
  const size_t text_bytes = auction.item_name.size() + auction.description.size();
  event_.extra =
      Padding(kAuctionNumberBytes + static_cast<int64_t>(text_bytes), options_.auction_bytes);
}

void NexmarkEvents::MakeBid() {
  NexmarkEvent::Bid& bid = event_.bid;
  event_.kind = NexmarkKind::kBid;
  const int64_t auction = Hot(options_.hot_auction_ratio) ? HotId(LastAuction()) : AnyAuction();
  bid.auction = auction + kFirstAuctionId;
  const int64_t bidder = Hot(options_.hot_bidder_ratio) ? HotId(LastPerson()) + 1 : AnyPerson();
  bid.bidder = bidder + 2 * kFirstPersonId;
  bid.price = Price();
  const bool hot_channel = random_.Below(kHotChannelRatio) > 0;
  const Channel& channel = hot_channel ? hot_channels_[random_.Below(kHotChannels.size())]
                                       : channels_[random_.Below(kChannels)];
  bid.channel = channel.name;
  bid.url = channel.url;
  event_.extra = Padding(kBidNumberBytes, options_.bid_bytes);
}

int64_t NexmarkEvents::TimeOf(int64_t event) const {
  const double micros_per_event = 1e6 / static_cast<double>(options_.events_per_second);
  return options_.base_ms +
         static_cast<int64_t>(static_cast<double>(event) * micros_per_event) / 1000;
}

int64_t NexmarkEvents::LastPerson() const {
  const int64_t people = options_.person_proportion;
  return position_ / group_ * people + std::min(position_ % group_, people - 1);
}

int64_t NexmarkEvents::LastAuction() const {
  const int64_t auctions = options_.auction_proportion;
  const int64_t place = position_ % group_ - options_.person_proportion;  // -1: the group has none.
  return position_ / group_ * auctions + std::clamp<int64_t>(place, -1, auctions - 1);
}

int64_t NexmarkEvents::AnyPerson() {
  const int64_t people = LastPerson() + 1;
  const int64_t active = std::min(people, kActivePeople);
  return people - active + random_.Below(static_cast<uint32_t>(active + kIdLead));
}

int64_t NexmarkEvents::AnyAuction() {
  const int64_t last = LastAuction();
  const int64_t first = std::max<int64_t>(0, last - kAuctionsInFlight);
  return first + random_.Below(static_cast<uint32_t>(last - first + 1 + kIdLead));
}

bool NexmarkEvents::Hot(int64_t ratio) { return random_.Below(static_cast<uint32_t>(ratio)) > 0; }

int64_t NexmarkEvents::Price() {
  return std::llround(std::pow(10.0, random_.Unit() * 6.0) * 100.0);
}

// Three letters up to one less than `longest`, one in 13 `special`; spaces at the ends are trimmed.
std::string NexmarkEvents::Text(int longest, char special) {
  const uint32_t length = 3 + random_.Below(static_cast<uint32_t>(longest - 3));
  std::string text;
  for (uint32_t i = 0; i < length; ++i) {
    text += random_.Below(13) == 0 ? special : Letter(random_);
  }
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string NexmarkEvents::BaseUrl() {
  std::string url = "https://www.nexmark.com/";
  for (int i = 0; i < 3; ++i) url += Text(5, '_') + "/";
  return url + "item.htm?query=1";
}

// What is missing to the mean size, a fifth more or less.
std::string_view NexmarkEvents::Padding(int64_t current_bytes, int64_t mean_bytes) {
  if (current_bytes > mean_bytes) return "";
  const int64_t missing = mean_bytes - current_bytes;
  const int64_t spread = std::lround(static_cast<double>(missing) * 0.2);
  int64_t length = missing - spread;
  if (spread > 0) length += random_.Below(static_cast<uint32_t>(2 * spread));
  length = std::min<int64_t>(length, kPaddingBytes - 1);
  const uint32_t begin = random_.Below(static_cast<uint32_t>(kPaddingBytes - length));
  return std::string_view(padding_).substr(begin, length);
}

}  // namespace millrace
