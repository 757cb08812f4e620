#include "worker/source/generator/nexmark_source.h"

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"
#include "worker/source/generator/generator_source.h"
#include "worker/source/generator/nexmark_columns.h"
#include "worker/source/generator/nexmark_events.h"

namespace millrace {
namespace {

constexpr int64_t kRateMax = 1'000'000'000;
constexpr int64_t kCountMax = 1'000'000;  // Of proportions and ratios: they are drawn with 32 bits.

// Every split draws all events and keeps its own: all choices come from one stream.
class NexmarkRows final : public RowSequence {
 public:
  NexmarkRows(const NexmarkOptions& options, std::unique_ptr<NexmarkColumns> columns)
      : events_(options), columns_(std::move(columns)) {}

  absl::StatusOr<Batch> Rows(GeneratorSplit& split, int64_t count) override {
    if (split.next > 0 && events_.position() == 0) {
      events_.Seek(split.RowNumber(split.next - 1) + 1, split.random_state);
    }
    for (int64_t made = 0; made < count; ++made) {
      const int64_t row = split.RowNumber(split.next + made);
      while (events_.position() < row) events_.Next();
      RETURN_IF_ERROR(columns_->Append(events_.Next()));
    }
    split.random_state = events_.random_state();
    return columns_->Finish();
  }

 private:
  NexmarkEvents events_;
  std::unique_ptr<NexmarkColumns> columns_;
};

struct ParsedNexmark {
  NexmarkOptions events;
  int64_t rows = GeneratorSplit::kUnbounded;
  double rows_per_second = 0;
};

absl::StatusOr<ParsedNexmark> Parse(const TableDescription& table) {
  const OptionReader options(table);
  ParsedNexmark parsed;
  NexmarkOptions& events = parsed.events;
  ASSIGN_OR_RETURN(const int64_t number, options.IntegerFrom(0, "events.num", 0));
  if (number > 0) parsed.rows = number;
  ASSIGN_OR_RETURN(events.events_per_second,
                   options.IntegerFrom(1, "first-event.rate", events.events_per_second));
  if (events.events_per_second > kRateMax) return options.Wrong("first-event.rate", "too fast");
  ASSIGN_OR_RETURN(const int64_t next_rate,
                   options.IntegerFrom(1, "next-event.rate", events.events_per_second));
  if (next_rate != events.events_per_second) {
    return options.NotBuilt("a 'next-event.rate' that differs from 'first-event.rate'");
  }
  ASSIGN_OR_RETURN(const bool limited, options.Boolean("rate.limited", false));
  if (limited) parsed.rows_per_second = static_cast<double>(events.events_per_second);
  ASSIGN_OR_RETURN(const int64_t seed, options.Integer("seed", static_cast<int64_t>(events.seed)));
  events.seed = static_cast<uint64_t>(seed);

  const std::pair<const char*, int64_t*> counts[] = {
      {"person.proportion", &events.person_proportion},
      {"auction.proportion", &events.auction_proportion},
      {"bid.proportion", &events.bid_proportion},
      {"bid.hot-ratio.auctions", &events.hot_auction_ratio},
      {"bid.hot-ratio.bidders", &events.hot_bidder_ratio},
      {"auction.hot-ratio.sellers", &events.hot_seller_ratio},
  };
  for (const auto& [key, value] : counts) {
    const bool is_ratio = std::string_view(key).find("ratio") != std::string_view::npos;
    ASSIGN_OR_RETURN(*value, options.IntegerFrom(is_ratio ? 1 : 0, key, *value));
    if (*value > kCountMax) return options.Wrong(key, "too large");
  }
  if (events.person_proportion + events.auction_proportion + events.bid_proportion == 0) {
    return options.Wrong("bid.proportion", "all proportions are zero");
  }
  const std::pair<const char*, int64_t*> sizes[] = {
      {"person.avg-size", &events.person_bytes},
      {"auction.avg-size", &events.auction_bytes},
      {"bid.avg-size", &events.bid_bytes},
  };
  for (const auto& [key, value] : sizes) {
    ASSIGN_OR_RETURN(*value, options.Bytes(key, *value));
    if (*value > kCountMax) return options.Wrong(key, "too large");
  }
  return parsed;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> NewNexmarkSource(const SourceSpec& spec) {
  ASSIGN_OR_RETURN(const ParsedNexmark parsed, Parse(spec.table));
  // A wrong column is an error of the table, not of a task that opens later.
  RETURN_IF_ERROR(NexmarkColumns::Create(spec.table).status());
  return NewGeneratorSource(
      {.table = spec.table.name,
       .rows = parsed.rows,
       .rows_per_second = parsed.rows_per_second,
       .new_sequence = [events = parsed.events, table = spec.table](const TaskContext& context)
           -> absl::StatusOr<std::unique_ptr<RowSequence>> {
         ASSIGN_OR_RETURN(std::unique_ptr<NexmarkColumns> columns, NexmarkColumns::Create(table));
         return std::make_unique<NexmarkRows>(events, std::move(columns));
       }});
}

}  // namespace millrace
