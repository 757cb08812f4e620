#include "worker/sink/kafka/key_encoder.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/harness/printed_rows.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Optional;

const Schema kColumns{{"card", DataType::String()}, {"amount", DataType::BigInt()}};

TableDescription Table() { return {.name = "t", .schema = kColumns}; }

Batch Rows() { return MakeBatch(kColumns, {{"c-1", 10}, {nullptr, 20}, {"", 30}}); }

TEST(KeyEncoderTest, WithoutKeyColumnsRowsHaveNoKey) {
  ASSERT_OK_AND_ASSIGN(KeyEncoder keys, KeyEncoder::Create(Table(), {}, nullptr));
  ASSERT_OK(keys.Encode(Rows()));
  EXPECT_EQ(keys.key(0), std::nullopt);
}

// Says of every record that it is absent.
class NothingEncoder final : public Encoder {
 public:
  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records.offsets.assign(static_cast<size_t>(batch.num_rows()) + 1, 0);
    records.absent.assign(static_cast<size_t>(batch.num_rows()), 1);
    return absl::OkStatus();
  }
};

TEST(KeyEncoderTest, ARecordThatIsAbsentIsNoKey) {
  ASSERT_OK_AND_ASSIGN(KeyEncoder keys,
                       KeyEncoder::Create(Table(), {.key_format = "raw", .key_columns = {0}},
                                          std::make_unique<NothingEncoder>()));
  ASSERT_OK(keys.Encode(Rows()));
  EXPECT_EQ(keys.key(1), std::nullopt);
}

TEST(KeyEncoderTest, AFormatEncodesTheKeyColumnsInTheirOrder) {
  KafkaSinkOptions options{.key_format = "json", .key_columns = {1, 0}};
  ASSERT_OK_AND_ASSIGN(
      KeyEncoder keys,
      KeyEncoder::Create(Table(), options,
                         std::make_unique<PrintedRows>(KeySchema(kColumns, options))));
  ASSERT_OK(keys.Encode(Rows()));
  EXPECT_THAT(keys.key(0), Optional(std::string_view("+I[10, c-1]")));
  EXPECT_THAT(keys.key(1), Optional(std::string_view("+I[20, null]")));
}

TEST(KeyEncoderTest, AFormatWithoutAnEncoderIsNotBuilt) {
  EXPECT_THAT(KeyEncoder::Create(Table(), {.key_format = "avro", .key_columns = {0}}, nullptr),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("'avro'")));
}

}  // namespace
}  // namespace millrace
