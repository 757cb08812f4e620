#include "cli/datagen/card_transactions.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/datagen/card_text.h"

namespace millrace {
namespace {

constexpr int64_t kCards = 50'000;
constexpr int64_t kLateCardsFrom = 900'000;
constexpr int64_t kLateCards = 100'000;
constexpr int64_t kFlushDelayMs = 10 * 60 * 1000;
constexpr int64_t kLatenessMs = 10 * 60 * 1000;

constexpr int64_t kJitterMs = 4500;

// One line in so many.
constexpr uint32_t kLateEvery = 500;
constexpr uint32_t kDuplicateEvery = 200;
constexpr uint32_t kMeanBurstGap = 1000;
constexpr uint32_t kBurstLinesMost = 150;  // Between two transactions of a burst.

// A duplicate comes at most so many lines, and ms, behind its first line.
constexpr int64_t kDuplicateLinesMost = 200;
static_assert(kJitterMs + kDuplicateLinesMost < CardTransactions::kOutOfOrderMs);

constexpr std::array<std::string_view, 8> kCountries = {"DE", "FR", "ES", "IT",
                                                        "NL", "PL", "AT", "BE"};

std::string CardName(int64_t number) { return absl::StrFormat("card-%06d", number); }

}  // namespace

CardTransactions::CardTransactions(const CardOptions& options)
    : options_(options), random_(options.seed) {}

bool CardTransactions::Next(CardTransaction& transaction) {
  if (line_ >= options_.transactions + options_.flush_lines) return false;
  if (line_ >= options_.transactions) {
    transaction = Flush();
    ++line_;
    return true;
  }
  if (line_ == next_burst_) PlanBurst();
  const auto planned = fraud_.find(line_);
  const CardTransaction* repeated = nullptr;
  if (planned != fraud_.end()) {
    transaction = Fraud(planned->second);
    fraud_.erase(planned);
  } else if (random_.Below(kLateEvery) == 0) {
    transaction = Late();
  } else if (random_.Below(kDuplicateEvery) == 0 && (repeated = Repeatable()) != nullptr) {
    transaction = *repeated;
  } else {
    transaction = Usual();
  }
  if (repeated == nullptr) {
    recent_[recent_count_++ % recent_.size()] = {.line = line_, .transaction = transaction};
  }
  ++line_;
  return true;
}

const CardTransaction* CardTransactions::Repeatable() {
  if (recent_count_ < recent_.size()) return nullptr;
  const RecentLine& recent = recent_[random_.Below(static_cast<uint32_t>(recent_.size()))];
  return line_ - recent.line <= kDuplicateLinesMost ? &recent.transaction : nullptr;
}

// Bursts of both rules, and for each one that stays just below it.
void CardTransactions::PlanBurst() {
  next_burst_ = line_ + kMeanBurstGap / 2 + random_.Below(kMeanBurstGap);
  const uint32_t kind = random_.Below(4);
  const int64_t card = random_.Below(kCards);
  int64_t count = 0;
  switch (kind) {
    case 0:  // Dear: above 5,000.00 together.
      count = 4 + random_.Below(4);
      break;
    case 1:  // Many: more than 10.
      count = 11 + random_.Below(10);
      break;
    case 2:  // Exactly 5,000.00.
      count = 5;
      break;
    default:  // Exactly 10.
      count = 10;
      break;
  }
  int64_t line = line_;
  for (int64_t i = 0; i < count; ++i) {
    int64_t amount_cents = 100 + random_.Below(2000);
    if (kind == 0) amount_cents = 130'000 + random_.Below(150'000);
    if (kind == 2) amount_cents = 100'000;
    while (fraud_.contains(line)) ++line;
    fraud_[line] = {.card = card, .amount_cents = amount_cents};
    line += 1 + random_.Below(kBurstLinesMost);
  }
}

CardTransaction CardTransactions::Usual() {
  return {.id = next_id_++,
          .card = CardName(random_.Below(kCards)),
          .merchant = absl::StrCat("merchant-", random_.Below(1000)),
          .amount_cents = 100 + random_.Below(20'000),
          .country = std::string(kCountries[random_.Below(kCountries.size())]),
          .at_ms = OutOfOrder(kBeginMs + line_)};
}

CardTransaction CardTransactions::Fraud(const PlannedFraud& planned) {
  CardTransaction transaction = Usual();
  transaction.card = CardName(planned.card);
  transaction.amount_cents = planned.amount_cents;
  return transaction;
}

CardTransaction CardTransactions::Late() {
  CardTransaction transaction = Usual();
  transaction.card = CardName(kLateCardsFrom + late_lines_++ % kLateCards);
  transaction.at_ms = kBeginMs + line_ - kLatenessMs - random_.Below(kLatenessMs);
  return transaction;
}

CardTransaction CardTransactions::Flush() {
  const int64_t number = line_ - options_.transactions;
  return {.id = next_id_++,
          .card = absl::StrCat("flush-", number),
          .merchant = "none",
          .amount_cents = 1,
          .country = "DE",
          .at_ms = kBeginMs + options_.transactions + kFlushDelayMs};
}

int64_t CardTransactions::OutOfOrder(int64_t at_ms) {
  return random_.Below(3) == 0 ? at_ms - random_.Below(kJitterMs) : at_ms;
}

void AppendTransactionJson(const CardTransaction& transaction, std::string& out) {
  absl::StrAppend(&out, "{\"id\":", transaction.id, ",\"card\":\"", transaction.card,
                  "\",\"merchant\":\"", transaction.merchant, "\",\"amount\":");
  AppendCents(transaction.amount_cents, out);
  absl::StrAppend(&out, ",\"country\":\"", transaction.country, "\",\"at\":\"");
  AppendTime(transaction.at_ms, true, out);
  out += "\"}";
}

}  // namespace millrace
