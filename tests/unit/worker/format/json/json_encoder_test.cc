// What a row looks like as JSON.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/worker/format/json/records.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<std::vector<std::string>> Encode(const Schema& schema, const Batch& batch,
                                                TableOptions options = {}) {
  auto encoder = NewJsonEncoder(JsonTable(schema, std::move(options)));
  if (!encoder.ok()) return encoder.status();
  EncodedRecords records;
  const absl::Status status = (*encoder)->Encode(batch, records);
  if (!status.ok()) return status;
  std::vector<std::string> lines;
  for (int64_t i = 0; i < records.size(); ++i) lines.emplace_back(records.record(i));
  return lines;
}

struct ValueCase {
  const char* type;
  Value value;
  const char* expected;
};

void PrintTo(const ValueCase& c, std::ostream* out) { *out << c.type << " as " << c.expected; }

class JsonEncodedValueTest : public testing::TestWithParam<ValueCase> {};

TEST_P(JsonEncodedValueTest, IsWrittenAs) {
  const ValueCase& c = GetParam();
  ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(c.type));
  const Schema schema{{"f", type}};
  const Batch batch = MakeBatch(schema, {{c.value}});
  const std::string expected = std::string(R"({"f":)") + c.expected + "}";
  EXPECT_THAT(Encode(schema, batch), IsOkAndHolds(ElementsAre(expected)));
  // What was written is read as the same value.
  EXPECT_EQ(Decode(schema, {expected}), RowStrings(schema, batch));
}

INSTANTIATE_TEST_SUITE_P(
    Types, JsonEncodedValueTest,
    testing::Values(
        ValueCase{"BOOLEAN", true, "true"}, ValueCase{"TINYINT", -128, "-128"},
        ValueCase{"SMALLINT", 7, "7"}, ValueCase{"INT", -2147483647, "-2147483647"},
        ValueCase{"BIGINT", INT64_MIN, "-9223372036854775808"},
        ValueCase{"BIGINT", nullptr, "null"}, ValueCase{"FLOAT", 0.5, "0.5"},
        ValueCase{"DOUBLE", 1e10, "1.0E10"}, ValueCase{"DOUBLE", INFINITY, R"("Infinity")"},
        ValueCase{"DOUBLE", NAN, R"("NaN")"}, ValueCase{"DECIMAL(10, 2)", "-12.50", "-12.50"},
        ValueCase{"DECIMAL(5, 0)", "42", "42"},
        ValueCase{"STRING", "a\"b\\c/\b\f\n\r\t\x01\x1f é😀",
                  R"("a\"b\\c/\b\f\n\r\t\u0001\u001F é😀")"},
        ValueCase{"STRING", "", R"("")"}, ValueCase{"BYTES", "ab", R"("YWI=")"},
        ValueCase{"DATE", "2024-02-29", R"("2024-02-29")"},
        ValueCase{"TIME(3)", "12:00:05.120", R"("12:00:05.12")"},
        ValueCase{"TIME(0)", "00:00:00", R"("00:00:00")"},
        ValueCase{"TIMESTAMP(3)", "2024-01-31 12:00:05.123", R"("2024-01-31 12:00:05.123")"},
        ValueCase{"TIMESTAMP(3)", "2024-01-31 12:00:00", R"("2024-01-31 12:00:00")"},
        ValueCase{"TIMESTAMP(3)", "1969-12-31 23:59:59.5", R"("1969-12-31 23:59:59.5")"},
        ValueCase{"TIMESTAMP(6)", "2024-01-31 12:00:05.000001", R"("2024-01-31 12:00:05.000001")"},
        ValueCase{"TIMESTAMP_LTZ(3)", "2024-01-31 12:00:05.1", R"("2024-01-31 12:00:05.1Z")"},
        ValueCase{"INTERVAL DAY TO SECOND", 1500, "1500"},
        ValueCase{"ARRAY<INT>", Value({1, nullptr, 3}), "[1,null,3]"},
        ValueCase{"ARRAY<INT>", Value(std::vector<Value>()), "[]"},
        ValueCase{"MAP<STRING, INT>", Value({Value({"a", 1}), Value({"b", nullptr})}),
                  R"({"a":1,"b":null})"},
        ValueCase{"ROW<a INT, `b c` STRING>", Value({1, "x"}), R"({"a":1,"b c":"x"})"},
        ValueCase{"ROW<a INT, `b c` STRING>", nullptr, "null"}));

TEST(JsonEncoderTest, FieldsComeInTheOrderOfTheSchema) {
  const Schema schema{{"b", DataType::Int()}, {"a", DataType::String()}, {"q\"", DataType::Int()}};
  EXPECT_THAT(
      Encode(schema, MakeBatch(schema, {{1, "x", 2}, {nullptr, nullptr, nullptr}})),
      IsOkAndHolds(ElementsAre(R"({"b":1,"a":"x","q\"":2})", R"({"b":null,"a":null,"q\"":null})")));
}

TEST(JsonEncoderTest, ASliceOfABatchIsWrittenFromItsOwnFirstRow) {
  const Schema schema{{"a", DataType::Array(DataType::Int())},
                      {"r", DataType::Row({"s"}, {DataType::String()})}};
  const Batch batch = MakeBatch(
      schema, {{Value({1}), Value({"x"})}, {Value({2, 3}), Value({"y"})}, {Value({4}), nullptr}});
  EXPECT_THAT(Encode(schema, batch.Slice(1, 2)),
              IsOkAndHolds(ElementsAre(R"({"a":[2,3],"r":{"s":"y"}})", R"({"a":[4],"r":null})")));
}

TEST(JsonEncoderTest, NullFieldsAreLeftOutOnRequest) {
  const Schema schema{{"a", DataType::Int()},
                      {"r", DataType::Row({"b", "c"}, {DataType::Int(), DataType::Int()})},
                      {"l", DataType::Array(DataType::Int())}};
  EXPECT_THAT(Encode(schema,
                     MakeBatch(schema, {{nullptr, Value({nullptr, 1}), Value({nullptr})},
                                        {nullptr, Value({nullptr, nullptr}), nullptr},
                                        {nullptr, nullptr, nullptr}}),
                     {{"json.encode.ignore-null-fields", "true"}}),
              IsOkAndHolds(ElementsAre(R"({"r":{"c":1},"l":[null]})", R"({"r":{}})", "{}")));
}

TEST(JsonEncoderTest, TinyDecimalsAreScientificUnlessPlainNumbersAreAskedFor) {
  const Schema schema{{"d", DataType::Decimal(12, 10)}};
  const Batch batch = MakeBatch(schema, {{"0.0000000270"}, {"-1.5000000000"}, {"0"}});
  EXPECT_THAT(
      Encode(schema, batch),
      IsOkAndHolds(ElementsAre(R"({"d":2.70E-8})", R"({"d":-1.5000000000})", R"({"d":0E-10})")));
  EXPECT_THAT(Encode(schema, batch, {{"json.encode.decimal-as-plain-number", "true"}}),
              IsOkAndHolds(ElementsAre(R"({"d":0.0000000270})", R"({"d":-1.5000000000})",
                                       R"({"d":0.0000000000})")));
}

TEST(JsonEncoderTest, IsoTimestampsHaveAT) {
  const Schema schema{{"t", DataType::Timestamp(3)}, {"z", DataType::TimestampLtz(3)}};
  EXPECT_THAT(
      Encode(schema, MakeBatch(schema, {{"2024-01-31 12:00:05.123", "2024-02-01 00:00:00"}}),
             {{"json.timestamp-format.standard", "ISO-8601"}}),
      IsOkAndHolds(ElementsAre(R"({"t":"2024-01-31T12:00:05.123","z":"2024-02-01T00:00:00Z"})")));
}

TEST(JsonEncoderTest, ARowThatTakesBackAnotherIsRefused) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(Encode(schema, MakeBatch(schema, {{1}, {1}}, {RowKind::kInsert, RowKind::kDelete})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-D")));
}

TEST(JsonEncoderTest, AnEmptyBatchIsNoRecords) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(Encode(schema, MakeBatch(schema, {})), IsOkAndHolds(ElementsAre()));
}

}  // namespace
}  // namespace millrace
