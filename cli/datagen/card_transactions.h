// Card transactions for the fraud example (examples/fraud): a pure function of count and seed.
//
// Line i happens at 2026-01-01 00:00:00 + i ms, and every line is one of:
//
//   usual       any of 50,000 cards, a small amount
//   fraud       a burst on one card: dear ones, many in a short time, or just not enough of either
//   duplicate   a line of shortly before, with its id, again
//   late        minutes behind the others, on a card that is used for late lines only
//   flush       after the last one, ten minutes later: they close every window before them
//
// Usual lines and frauds are out of order by less than kOutOfOrderMs, duplicates included. So with
// a watermark that is that far behind the greatest time of each partition no line but the late ones
// can be late, however the partitions are interleaved; whether a late one counts does not matter,
// for none of their cards ever has enough transactions for an alert.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "common/base/random.h"

namespace millrace {

struct CardTransaction {
  int64_t id = 0;
  std::string card;
  std::string merchant;
  int64_t amount_cents = 0;
  std::string country;
  int64_t at_ms = 0;  // Since 1970, UTC.
};

struct CardOptions {
  int64_t transactions = 1'000'000;
  uint64_t seed = 1;
  int64_t flush_lines = 4;  // One for each partition of the topic.
};

class CardTransactions {
 public:
  static constexpr int64_t kBeginMs = 1'767'225'600'000;  // 2026-01-01 00:00:00 UTC
  static constexpr int64_t kOutOfOrderMs = 5000;

  explicit CardTransactions(const CardOptions& options);

  // The next line, or false behind the last one.
  bool Next(CardTransaction& transaction);

 private:
  struct PlannedFraud {
    int64_t card = 0;
    int64_t amount_cents = 0;
  };

  void PlanBurst();
  CardTransaction Usual();
  CardTransaction Fraud(const PlannedFraud& planned);
  CardTransaction Late();
  CardTransaction Flush();
  // One of the latest lines that are no duplicates themselves, or null.
  const CardTransaction* Repeatable();
  int64_t OutOfOrder(int64_t at_ms);

  const CardOptions options_;
  Random random_;
  int64_t line_ = 0;
  int64_t next_id_ = 1;
  int64_t late_lines_ = 0;
  int64_t next_burst_ = 50;                // The line at which the next fraud is planned.
  std::map<int64_t, PlannedFraud> fraud_;  // By line.

  struct RecentLine {
    int64_t line = 0;
    CardTransaction transaction;
  };
  std::array<RecentLine, 64> recent_;  // What a duplicate may repeat, as a ring.
  size_t recent_count_ = 0;
};

// Appends the line, without a line feed:
// {"id":1,"card":"card-012345","merchant":"merchant-7","amount":12.34,"country":"DE","at":"..."}
void AppendTransactionJson(const CardTransaction& transaction, std::string& out);

}  // namespace millrace
