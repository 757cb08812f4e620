#include "common/columnar/batch_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow/buffer.h"
#include "common/base/random.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

std::shared_ptr<arrow::Buffer> Joined(const EncodedBatch& encoded) {
  std::string bytes;
  for (const auto& slice : encoded.slices) bytes += slice->ToString();
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), encoded.bytes);
  return arrow::Buffer::FromString(std::move(bytes));
}

Schema AllTypes() {
  std::vector<Field> fields;
  for (const char* type :
       {"BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10, 2)",
        "STRING", "BYTES", "DATE", "TIME(3)", "TIMESTAMP(3)", "TIMESTAMP_LTZ(6)",
        "INTERVAL DAY TO SECOND", "ARRAY<INT>", "MAP<STRING, INT>", "ROW<a INT, b STRING>"}) {
    fields.push_back({absl::StrCat("c", fields.size()), *DataType::Parse(type)});
  }
  return Schema(fields);
}

RowValues SomeRow(int i) {
  const std::string text = absl::StrCat("text ", i);
  return {i % 2 == 0,   i % 100, i, i * 7, int64_t{i} << 33, i * 0.5,  i * 0.25, "12.34",
          text.c_str(), "bytes", i, i,     i * 1000,         i * 1000, i,        {i, i + 1},
          {{"k", i}},   {i, "b"}};
}

RowValues NullRow() { return RowValues(18, Value(nullptr)); }

TEST(BatchCodecTest, EveryTypeComesBackAsItWas) {
  const Schema schema = AllTypes();
  const Batch batch = MakeBatch(schema, {SomeRow(1), NullRow(), SomeRow(2)});
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded, EncodeBatch(batch));
  ASSERT_OK_AND_ASSIGN(const Batch decoded, DecodeBatch(schema.ToArrow(), Joined(encoded)));
  EXPECT_EQ(RowStrings(schema, decoded), RowStrings(schema, batch));
  EXPECT_TRUE(decoded.insert_only());
}

TEST(BatchCodecTest, KeepsTheKindsOfRows) {
  const Schema schema{{"a", DataType::Int()}};
  const Batch batch = MakeBatch(
      schema, {{1}, {2}, {3}, {4}},
      {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete});
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded, EncodeBatch(batch));
  ASSERT_OK_AND_ASSIGN(const Batch decoded, DecodeBatch(schema.ToArrow(), Joined(encoded)));
  EXPECT_THAT(RowStrings(schema, decoded),
              testing::ElementsAre("+I[1]", "-U[2]", "+U[3]", "-D[4]"));
}

TEST(BatchCodecTest, ASliceCarriesItsOwnRowsOnly) {
  const Schema schema = AllTypes();
  std::vector<RowValues> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(SomeRow(i));
  const Batch slice = MakeBatch(schema, rows).Slice(40, 3);
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded, EncodeBatch(slice));
  ASSERT_OK_AND_ASSIGN(const Batch decoded, DecodeBatch(schema.ToArrow(), Joined(encoded)));
  EXPECT_EQ(RowStrings(schema, decoded), RowStrings(schema, slice));
  EXPECT_EQ(decoded.num_rows(), 3);
}

TEST(BatchCodecTest, BytesThatAreCutOffAreRefused) {
  const Schema schema = AllTypes();
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded, EncodeBatch(MakeBatch(schema, {SomeRow(1)})));
  const std::string bytes = Joined(encoded)->ToString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(
        DecodeBatch(schema.ToArrow(), arrow::Buffer::FromString(bytes.substr(0, size))).ok())
        << size;
  }
}

TEST(BatchCodecTest, DamagedBytesNeverCrash) {
  const Schema schema = AllTypes();
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded,
                       EncodeBatch(MakeBatch(schema, {SomeRow(1), NullRow(), SomeRow(3)})));
  const std::string bytes = Joined(encoded)->ToString();
  Random random(5);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = bytes;
    for (uint32_t flips = 1 + random.Below(4); flips > 0; --flips) {
      char& byte = damaged[random.Below(static_cast<uint32_t>(damaged.size()))];
      byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    }
    const auto decoded = DecodeBatch(schema.ToArrow(), arrow::Buffer::FromString(damaged));
    if (decoded.ok()) RowStrings(schema, *decoded);  // A damaged value is still a value.
  }
}

TEST(BatchTest, ASliceCountsItsOwnBytes) {
  const Schema schema{{"s", DataType::String()}};
  const Batch batch = MakeBatch(schema, {{"a"}, {"a longer text"}, {"b"}});
  EXPECT_LT(batch.Slice(0, 1).bytes(), batch.bytes());
  EXPECT_EQ(batch.Slice(0, 3).bytes(), batch.bytes());
}

}  // namespace
}  // namespace millrace
