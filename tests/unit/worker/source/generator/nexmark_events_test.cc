#include "worker/source/generator/nexmark_events.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <map>
#include <string>

#include "absl/strings/escaping.h"

namespace millrace {
namespace {

std::string Lines(const NexmarkOptions& options, int events) {
  NexmarkEvents generator(options);
  std::string lines;
  for (int i = 0; i < events; ++i) {
    AppendNexmarkJson(generator.Next(), lines);
    lines += '\n';
  }
  return lines;
}

std::string Sha256(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

// The golden results of every query were computed from these bytes.
TEST(NexmarkEventsTest, AHundredThousandEventsAreByteForByteThePublishedInput) {
  EXPECT_EQ(Sha256(Lines({.seed = 7, .events_per_second = 1000}, 100'000)),
            "48e03e3c4747254ed084d504778d3c278329fbbc6623d01c691917c00e423f80");
}

TEST(NexmarkEventsTest, TheMixIsOnePersonThreeAuctionsFortySixBids) {
  NexmarkEvents generator({});
  std::map<NexmarkKind, int> kinds;
  for (int i = 0; i < 5000; ++i) ++kinds[generator.Next().kind];
  EXPECT_EQ(kinds[NexmarkKind::kPerson], 100);
  EXPECT_EQ(kinds[NexmarkKind::kAuction], 300);
  EXPECT_EQ(kinds[NexmarkKind::kBid], 4600);
}

TEST(NexmarkEventsTest, TimesRiseWithTheEventsAtTheRate) {
  NexmarkEvents generator({.events_per_second = 10'000});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(generator.Next().time_ms, 1'436'918'400'000 + i / 10) << i;
  }
}

TEST(NexmarkEventsTest, HalfOfTheBidsAreOnTheHotAuction) {
  NexmarkEvents generator({});
  int bids = 0;
  int hot = 0;
  for (int i = 0; i < 100'000; ++i) {
    const NexmarkEvent& event = generator.Next();
    if (event.kind != NexmarkKind::kBid) continue;
    ++bids;
    if (event.bid.auction % 100 == 0) ++hot;
  }
  EXPECT_NEAR(static_cast<double>(hot) / bids, 0.5, 0.02);
}

TEST(NexmarkEventsTest, SeekGoesOnWhereAnotherGeneratorStood) {
  NexmarkEvents first({});
  for (int i = 0; i < 777; ++i) first.Next();
  NexmarkEvents second({});
  second.Seek(first.position(), first.random_state());
  std::string a;
  std::string b;
  for (int i = 0; i < 200; ++i) {
    AppendNexmarkJson(first.Next(), a);
    AppendNexmarkJson(second.Next(), b);
  }
  EXPECT_EQ(a, b);
}

TEST(NexmarkEventsTest, AMixWithoutPeopleOrAuctionsStillGivesBids) {
  NexmarkEvents generator({.person_proportion = 0, .auction_proportion = 0, .bid_proportion = 1});
  for (int i = 0; i < 1000; ++i) {
    const NexmarkEvent& event = generator.Next();
    ASSERT_EQ(event.kind, NexmarkKind::kBid);
    ASSERT_GE(event.bid.auction, 1000);
    ASSERT_GE(event.bid.bidder, 2000);
  }
}

}  // namespace
}  // namespace millrace
