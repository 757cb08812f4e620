// The alerts that examples/fraud/job.sql must give for a list of transactions: every card and
// minute of event time, counted as SQL does, duplicates and all.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "cli/datagen/card_transactions.h"

namespace millrace {

// The constants of job.sql.
struct FraudRules {
  int64_t window_ms = 60'000;
  int64_t amount_above_cents = 500'000;  // Rule 'amount': SUM(amount) > 5000
  int64_t more_than = 10;                // Rule 'velocity': COUNT(*) > 10
};

class FraudTruth {
 public:
  explicit FraudTruth(const FraudRules& rules = {}) : rules_(rules) {}

  void Add(const CardTransaction& transaction);

  // One JSON line per alert, as the job writes it, by window, card and rule. Takes them.
  std::vector<std::string> TakeAlerts();

 private:
  struct Totals {
    int64_t transactions = 0;
    int64_t amount_cents = 0;
  };
  using Cards = absl::flat_hash_map<std::string, Totals>;

  void Close(int64_t window_ms, const Cards& cards);

  const FraudRules rules_;
  int64_t latest_ms_ = 0;
  std::map<int64_t, Cards> windows_;  // By their start.
  std::vector<std::string> alerts_;
};

}  // namespace millrace
