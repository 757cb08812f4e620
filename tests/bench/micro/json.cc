// JSON decoding and encoding of Nexmark-like bids: the cost per record of the format alone.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/random.h"
#include "worker/format/json/json_format.h"

namespace millrace {
namespace {

constexpr int64_t kRecords = 4096;

std::string Letters(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('a' + random.Below(26));
  return text;
}

// About 335 bytes a record, as the wide events of the Nexmark topic.
Slab Bids() {
  Random random(7);
  auto arena = std::make_shared<std::string>();
  Slab slab;
  for (int64_t i = 0; i < kRecords; ++i) {
    const std::string record = absl::StrCat(
        R"({"event_type":2,"person":null,"auction":null,"bid":{"auction":)",
        1000 + random.Below(600), R"(,"bidder":)", 2000 + random.Below(2000), R"(,"price":)",
        100 + random.Below(100000000), R"(,"channel":"channel-)", random.Below(10000),
        R"(","url":"https://www.nexmark.com/)", Letters(random, 4), "/", Letters(random, 4), "/",
        Letters(random, 4), "/item.htm?query=1&channel_id=", random.Below(1u << 31),
        R"(","dateTime":"2015-07-15 00:00:)", 10 + i / 100 % 50, ".", 100 + i % 900,
        R"(","extra":")", Letters(random, 68), R"("}})");
    slab.offsets.push_back(static_cast<uint32_t>(arena->size()));
    slab.lengths.push_back(static_cast<uint32_t>(record.size()));
    arena->append(record);
  }
  arena->append(Slab::kPadding, '\0');
  slab.arena = std::move(arena);
  return slab;
}

TableDescription Table(const DataType& bid) {
  return {.name = "nexmark", .schema = {{"event_type", DataType::Int()}, {"bid", bid}}};
}

DataType WholeBid() {
  return DataType::Row(
      {"auction", "bidder", "price", "channel", "url", "dateTime", "extra"},
      {DataType::BigInt(), DataType::BigInt(), DataType::BigInt(), DataType::String(),
       DataType::String(), DataType::Timestamp(3), DataType::String()});
}

DataType PrunedBid() {
  return DataType::Row(
      {"auction", "bidder", "price", "dateTime"},
      {DataType::BigInt(), DataType::BigInt(), DataType::BigInt(), DataType::Timestamp(3)});
}

void Decode(benchmark::State& state, const DataType& bid) {
  const Slab slab = Bids();
  auto decoder = NewJsonDecoder(Table(bid));
  CHECK_OK(decoder.status());
  for (auto _ : state) {
    auto result = (*decoder)->Decode(slab);
    CHECK(result.ok() && result->batch.num_rows() == kRecords);
    benchmark::DoNotOptimize(result);
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(slab.arena->size()));
}

void Encode(benchmark::State& state) {
  const Slab slab = Bids();
  const TableDescription table = Table(WholeBid());
  auto decoder = NewJsonDecoder(table);
  auto encoder = NewJsonEncoder(table);
  CHECK(decoder.ok() && encoder.ok());
  auto result = (*decoder)->Decode(slab);
  CHECK_OK(result.status());
  EncodedRecords records;
  for (auto _ : state) {
    CHECK_OK((*encoder)->Encode(result->batch, records));
    benchmark::DoNotOptimize(records);
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(records.bytes.size()));
}

BENCHMARK_CAPTURE(Decode, pruned_bid, PrunedBid());
BENCHMARK_CAPTURE(Decode, whole_bid, WholeBid());
BENCHMARK(Encode);

}  // namespace
}  // namespace millrace
