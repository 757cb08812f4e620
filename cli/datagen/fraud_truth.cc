#include "cli/datagen/fraud_truth.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/datagen/card_text.h"
#include "common/columnar/calendar.h"

namespace millrace {

void FraudTruth::Add(const CardTransaction& transaction) {
  latest_ms_ = std::max(latest_ms_, transaction.at_ms);
  const int64_t window_ms = FloorDiv(transaction.at_ms, rules_.window_ms) * rules_.window_ms;
  Totals& totals = windows_[window_ms][transaction.card];
  ++totals.transactions;
  totals.amount_cents += transaction.amount_cents;
  // Memory only: late lines may open a window again, but their cards have no alert there.
  while (windows_.begin()->first + rules_.window_ms + CardTransactions::kOutOfOrderMs <
         latest_ms_) {
    Close(windows_.begin()->first, windows_.begin()->second);
    windows_.erase(windows_.begin());
  }
}

std::vector<std::string> FraudTruth::TakeAlerts() {
  for (const auto& [window_ms, cards] : windows_) Close(window_ms, cards);
  windows_.clear();
  return std::exchange(alerts_, {});
}

void FraudTruth::Close(int64_t window_ms, const Cards& cards) {
  std::map<std::string, Totals> suspicious;  // In the order of cards.
  for (const auto& [card, totals] : cards) {
    const bool alert =
        totals.amount_cents > rules_.amount_above_cents || totals.transactions > rules_.more_than;
    if (alert) suspicious.emplace(card, totals);
  }
  for (const auto& [card, totals] : suspicious) {
    const auto add = [&, &card = card, &totals = totals](const char* rule) {
      std::string line =
          absl::StrCat("{\"rule\":\"", rule, "\",\"card\":\"", card, "\",\"window_start\":\"");
      AppendTime(window_ms, false, line);
      line += "\",\"window_end\":\"";
      AppendTime(window_ms + rules_.window_ms, false, line);
      absl::StrAppend(&line, "\",\"transactions\":", totals.transactions, ",\"amount\":");
      AppendCents(totals.amount_cents, line);
      alerts_.push_back(line + "}");
    };
    if (totals.amount_cents > rules_.amount_above_cents) add("amount");
    if (totals.transactions > rules_.more_than) add("velocity");
  }
}

}  // namespace millrace
