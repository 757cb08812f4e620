#include "cli/datagen/card_transactions.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/datagen/fraud_truth.h"
#include "common/columnar/temporal_parse.h"

namespace millrace {
namespace {

using testing::SizeIs;

std::vector<CardTransaction> Generate(const CardOptions& options) {
  CardTransactions generator(options);
  std::vector<CardTransaction> transactions;
  CardTransaction transaction;
  while (generator.Next(transaction)) transactions.push_back(transaction);
  return transactions;
}

std::vector<std::string> Lines(const std::vector<CardTransaction>& transactions) {
  std::vector<std::string> lines;
  for (const CardTransaction& transaction : transactions) {
    AppendTransactionJson(transaction, lines.emplace_back());
  }
  return lines;
}

std::vector<std::string> TruthOf(const std::vector<CardTransaction>& transactions) {
  FraudTruth truth;
  for (const CardTransaction& transaction : transactions) truth.Add(transaction);
  return truth.TakeAlerts();
}

// What a reader of the lines knows of one.
struct ReadLine {
  std::string card;
  int64_t cents = 0;
  int64_t at_ms = 0;
};

ReadLine Read(const std::string& line) {
  char card[32];
  char at[32];
  long long units = 0;
  long long cents = 0;
  int length = 0;
  const int fields =
      std::sscanf(line.c_str(),
                  "{\"id\":%*d,\"card\":\"%31[^\"]\",\"merchant\":\"%*[^\"]\","
                  "\"amount\":%lld.%2lld,\"country\":\"%*2[A-Z]\",\"at\":\"%23[^\"]\"}%n",
                  card, &units, &cents, at, &length);
  const auto time = ParseTimestamp(at);
  if (fields != 4 || length != static_cast<int>(line.size()) || !time.has_value()) {
    ADD_FAILURE() << "not a line of card transactions: " << line;
    return {};
  }
  return {.card = card, .cents = units * 100 + cents, .at_ms = *time->InUnitOf(3)};
}

std::string Minute(int64_t ms) {
  const int64_t minute = ms / 60'000 - CardTransactions::kBeginMs / 60'000;
  return absl::StrCat("2026-01-01 00:", minute < 10 ? "0" : "", minute, ":00");
}

constexpr CardOptions kSmall = {.transactions = 200'000, .seed = 7};

TEST(CardTransactionsTest, TheTruthIsWhatTheLinesSay) {
  const std::vector<CardTransaction> transactions = Generate(kSmall);
  std::map<std::pair<int64_t, std::string>, std::pair<int64_t, int64_t>> windows;
  for (const std::string& text : Lines(transactions)) {
    const ReadLine line = Read(text);
    auto& [count, cents] = windows[{line.at_ms / 60'000 * 60'000, line.card}];
    ++count;
    cents += line.cents;
  }
  std::vector<std::string> expected;
  for (const auto& [key, totals] : windows) {
    const auto& [window, card] = key;
    const auto& [count, cents] = totals;
    const std::string fields = absl::StrCat(
        "\"card\":\"", card, "\",\"window_start\":\"", Minute(window), "\",\"window_end\":\"",
        Minute(window + 60'000), "\",\"transactions\":", count, ",\"amount\":", cents / 100, ".",
        cents % 100 < 10 ? "0" : "", cents % 100, "}");
    if (cents > 500'000) expected.push_back("{\"rule\":\"amount\"," + fields);
    if (count > 10) expected.push_back("{\"rule\":\"velocity\"," + fields);
  }
  EXPECT_EQ(TruthOf(transactions), expected);
  EXPECT_GT(expected.size(), 50u);
}

TEST(CardTransactionsTest, BothRulesHaveAlertsAndNearMisses) {
  const std::vector<CardTransaction> transactions = Generate(kSmall);
  int amount = 0;
  int velocity = 0;
  for (const std::string& alert : TruthOf(transactions)) {
    amount += absl::StrContains(alert, "\"amount\",") ? 1 : 0;
    velocity += absl::StrContains(alert, "\"velocity\",") ? 1 : 0;
  }
  EXPECT_GT(amount, 20);
  EXPECT_GT(velocity, 20);
  std::map<std::pair<int64_t, std::string>, std::pair<int64_t, int64_t>> windows;
  for (const CardTransaction& transaction : transactions) {
    auto& [count, cents] = windows[{transaction.at_ms / 60'000, transaction.card}];
    ++count;
    cents += transaction.amount_cents;
  }
  int just_ten = 0;
  int just_five_thousand = 0;
  for (const auto& [key, totals] : windows) {
    just_ten += totals.first == 10 ? 1 : 0;
    just_five_thousand += totals.second == 500'000 ? 1 : 0;
  }
  EXPECT_GT(just_ten, 5);
  EXPECT_GT(just_five_thousand, 5);
}

// The job may read the partitions in any order relative to each other: the watermark is then
// anywhere up to the least of the partitions' own.
TEST(CardTransactionsTest, OnlyLinesOfLateCardsCanBeLate) {
  for (const size_t partitions : {1, 4, 7}) {
    std::vector<int64_t> greatest(partitions, 0);
    int late = 0;
    const std::vector<CardTransaction> transactions = Generate(kSmall);
    for (size_t i = 0; i < transactions.size(); ++i) {
      const CardTransaction& transaction = transactions[i];
      int64_t& watermark = greatest[i % partitions];
      if (transaction.at_ms < watermark - CardTransactions::kOutOfOrderMs) {
        ++late;
        EXPECT_THAT(transaction.card, testing::StartsWith("card-9")) << "line " << i;
      }
      watermark = std::max(watermark, transaction.at_ms);
    }
    EXPECT_GT(late, 100);
  }
}

TEST(CardTransactionsTest, LateLinesComeToNoAlertEvenIfTheyCount) {
  for (const std::string& alert : TruthOf(Generate(kSmall))) {
    EXPECT_FALSE(absl::StrContains(alert, "card-9")) << alert;
  }
}

TEST(CardTransactionsTest, SomeLinesAreOutOfOrderAndSomeComeTwice) {
  const std::vector<CardTransaction> transactions = Generate(kSmall);
  std::set<int64_t> ids;
  int duplicates = 0;
  int out_of_order = 0;
  int64_t latest = 0;
  for (const CardTransaction& transaction : transactions) {
    if (!ids.insert(transaction.id).second) ++duplicates;
    if (transaction.at_ms < latest - 1000) ++out_of_order;
    latest = std::max(latest, transaction.at_ms);
  }
  EXPECT_GT(duplicates, 500);
  EXPECT_GT(out_of_order, 10'000);
}

TEST(CardTransactionsTest, TheLastLinesCloseEveryWindowInEveryPartition) {
  const std::vector<CardTransaction> transactions =
      Generate({.transactions = 1001, .flush_lines = 4});
  ASSERT_THAT(transactions, SizeIs(1005));
  int64_t latest = 0;
  for (size_t i = 0; i < 1001; ++i) latest = std::max(latest, transactions[i].at_ms);
  std::set<size_t> partitions;
  for (size_t i = 1001; i < 1005; ++i) {
    partitions.insert(i % 4);
    EXPECT_GT(transactions[i].at_ms - CardTransactions::kOutOfOrderMs, latest + 60'000);
    EXPECT_THAT(transactions[i].card, testing::StartsWith("flush-"));
  }
  EXPECT_THAT(partitions, SizeIs(4));
}

TEST(CardTransactionsTest, TheLinesAreTheSameForEver) {
  std::string text;
  for (const std::string& line : Lines(Generate({.transactions = 10'000, .seed = 1}))) {
    absl::StrAppend(&text, line, "\n");
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  EXPECT_EQ(absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size)),
            "81f8d9d1ff89f93d3374ea5fd27f709b4ad89cae53f0fd1564f902c9d20cadeb");
  EXPECT_NE(Lines(Generate({.transactions = 100, .seed = 1})),
            Lines(Generate({.transactions = 100, .seed = 2})));
}

TEST(CardTransactionsTest, OneTransactionIsEnough) {
  EXPECT_THAT(Generate({.transactions = 1, .flush_lines = 1}), SizeIs(2));
  EXPECT_THAT(Generate({.transactions = 0, .flush_lines = 0}), SizeIs(0));
}

}  // namespace
}  // namespace millrace
