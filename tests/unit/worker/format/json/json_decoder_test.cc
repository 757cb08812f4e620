// What a JSON record says as a row: types, NULLs, order of fields, options.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/worker/format/json/records.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The value of one field, as `print` shows it, or "! <reason>".
struct ValueCase {
  const char* type;
  const char* json;
  const char* expected;
};

void PrintTo(const ValueCase& c, std::ostream* out) { *out << c.type << " from " << c.json; }

class JsonValueTest : public testing::TestWithParam<ValueCase> {};

TEST_P(JsonValueTest, IsReadAs) {
  const ValueCase& c = GetParam();
  ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(c.type));
  const Schema schema{{"f", type}};
  const std::string record = std::string(R"({"f":)") + c.json + "}";
  const auto lines = Decode(schema, {record});
  ASSERT_EQ(lines.size(), 1u);
  const std::string expected = c.expected;
  if (expected[0] == '!') {
    EXPECT_EQ(lines[0], "! 0 field 'f': " + expected.substr(2));
  } else {
    EXPECT_EQ(lines[0], "+I[" + expected + "]");
  }
  // The same with white space wherever JSON allows it, behind a field that nobody asked for.
  const std::string spaced = std::string("\n{ \"x\" : [ 1 , {} ] , \"f\" :\t") + c.json + " } \r\n";
  EXPECT_EQ(Decode(schema, {spaced}), lines);
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, JsonValueTest,
    testing::Values(
        ValueCase{"TINYINT", "-128", "-128"},
        ValueCase{"TINYINT", "128", "! expected TINYINT, found a number out of its range"},
        ValueCase{"SMALLINT", "32767", "32767"},
        ValueCase{"SMALLINT", "-32769", "! expected SMALLINT, found a number out of its range"},
        ValueCase{"INT", "2147483647", "2147483647"},
        ValueCase{"INT", "2147483648", "! expected INT, found a number out of its range"},
        ValueCase{"BIGINT", "-9223372036854775808", "-9223372036854775808"},
        ValueCase{"BIGINT", "9223372036854775808",
                  "! expected BIGINT, found a number that does not fit"},
        ValueCase{"BIGINT", "1e3", "1000"}, ValueCase{"BIGINT", "-12.9", "-12"},
        ValueCase{"BIGINT", R"(" 42 ")", "42"}, ValueCase{"BIGINT", R"("+42")", "42"},
        ValueCase{"BIGINT", R"("42.5")",
                  "! expected BIGINT, found a string that says no such value"},
        ValueCase{"BIGINT", R"("")", "! expected BIGINT, found a string that says no such value"},
        ValueCase{"INT", R"("300")", "300"},
        ValueCase{"TINYINT", R"("300")",
                  "! expected TINYINT, found a string that says no such value"},
        ValueCase{"BIGINT", "true", "! expected BIGINT, found a boolean"},
        ValueCase{"BIGINT", "[1]", "! expected BIGINT, found an array"},
        ValueCase{"BIGINT", R"({"a":1})", "! expected BIGINT, found an object"},
        ValueCase{"BIGINT", "null", "null"},
        ValueCase{"BIGINT NOT NULL", "null", "! is null but declared NOT NULL"},
        ValueCase{"DOUBLE", "2.5e-3", "0.0025"}, ValueCase{"DOUBLE", "7", "7.0"},
        ValueCase{"DOUBLE", "1e999", "Infinity"},
        ValueCase{"DOUBLE", R"("-Infinity")", "-Infinity"}, ValueCase{"DOUBLE", "NaN", "NaN"},
        ValueCase{"DOUBLE", R"("1.5")", "1.5"},
        ValueCase{"DOUBLE", R"("0x10")",
                  "! expected DOUBLE, found a string that says no such value"},
        ValueCase{"FLOAT", "0.1", "0.1"}, ValueCase{"FLOAT", "1e300", "Infinity"},
        ValueCase{"DECIMAL(38, 18)", "12345678901234567890.123456789012345678",
                  "12345678901234567890.123456789012345678"},
        ValueCase{"DECIMAL(10, 2)", "0.125", "0.13"},
        ValueCase{"DECIMAL(10, 2)", "-0.125", "-0.13"},
        ValueCase{"DECIMAL(10, 2)", "1.2e3", "1200.00"},
        ValueCase{"DECIMAL(10, 2)", R"(" 3.1 ")", "3.10"},
        ValueCase{"DECIMAL(4, 2)", "123.4",
                  "! expected DECIMAL(4, 2), found a number that does not fit"},
        ValueCase{"DECIMAL(10, 2)", R"("abc")",
                  "! expected DECIMAL(10, 2), found a string that says no such value"},
        ValueCase{"BIGINT", "01", "! malformed JSON: Problem while parsing a number"},
        ValueCase{"DOUBLE", "1.", "! malformed JSON: Problem while parsing a number"},
        ValueCase{"DECIMAL(10, 2)", "-", "! malformed JSON: Problem while parsing a number"}));

INSTANTIATE_TEST_SUITE_P(
    TextAndBits, JsonValueTest,
    testing::Values(
        ValueCase{"BOOLEAN", "true", "true"}, ValueCase{"BOOLEAN", "false", "false"},
        ValueCase{"BOOLEAN", R"("TRUE")", "true"}, ValueCase{"BOOLEAN", "null", "null"},
        ValueCase{"BOOLEAN", R"("yes")",
                  "! expected BOOLEAN, found a string that says no such value"},
        ValueCase{"BOOLEAN", "1", "! expected BOOLEAN, found a number that does not fit"},
        ValueCase{"STRING", R"("")", ""},
        ValueCase{"STRING", R"("a\"b\\c\/d\u00e9\ud83d\ude00")", "a\"b\\c/dé😀"},
        ValueCase{"STRING", "1.50", "1.50"}, ValueCase{"STRING", "true", "true"},
        ValueCase{"STRING", "null", "null"},
        ValueCase{"STRING", R"({"a": [1, "x y"], "b": { }})", R"({"a":[1,"x y"],"b":{}})"},
        ValueCase{"STRING", "[ ]", "[]"},
        ValueCase{"VARCHAR(3)", R"("longer than declared")", "longer than declared"},
        ValueCase{"BYTES", R"("YWI=")", "[97, 98]"},
        ValueCase{"BYTES", R"("*")", "! expected BYTES, found a string that says no such value"},
        ValueCase{"BYTES", "1", "! expected BYTES, found a number that does not fit"}));

INSTANTIATE_TEST_SUITE_P(
    Times, JsonValueTest,
    testing::Values(
        ValueCase{"DATE", R"("2024-02-29")", "2024-02-29"},
        ValueCase{"DATE", R"("2023-02-29")",
                  "! expected DATE, found a string that says no such value"},
        ValueCase{"TIME(3)", R"("12:00:05.123")", "12:00:05.123"},
        ValueCase{"TIME(0)", R"("12:00:05.999")", "12:00:05"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 12:00:05.123")", "2024-01-31T12:00:05.123"},
        ValueCase{"TIMESTAMP(3)", R"("1969-12-31 23:59:59.999")", "1969-12-31T23:59:59.999"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 12:00:05")", "2024-01-31T12:00:05"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 12:00:05.1")", "2024-01-31T12:00:05.100"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 12:00:05.123456")", "2024-01-31T12:00:05.123"},
        ValueCase{"TIMESTAMP(1)", R"("2024-01-31 12:00:05.199")", "2024-01-31T12:00:05.100"},
        ValueCase{"TIMESTAMP(0)", R"("1969-12-31 23:59:58.500")", "1969-12-31T23:59:58"},
        ValueCase{"TIMESTAMP(6)", R"("2024-01-31 12:00:05.123")", "2024-01-31T12:00:05.123"},
        ValueCase{"TIMESTAMP(6)", R"("2024-01-31 12:00:05.123456")", "2024-01-31T12:00:05.123456"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31T12:00:05.123")",
                  "! expected TIMESTAMP(3), found a string that says no such value"},
        ValueCase{"TIMESTAMP(3)", R"("2024-02-30 12:00:05.123")",
                  "! expected TIMESTAMP(3), found a string that says no such value"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 24:00:05.123")",
                  "! expected TIMESTAMP(3), found a string that says no such value"},
        ValueCase{"TIMESTAMP(3)", R"("2024-01-31 12:00:05.123Z")",
                  "! expected TIMESTAMP(3), found a string that says no such value"},
        ValueCase{"TIMESTAMP(3)", "1706702405123",
                  "! expected TIMESTAMP(3), found a number that does not fit"},
        ValueCase{"TIMESTAMP(3)", "null", "null"},
        ValueCase{"TIMESTAMP_LTZ(3)", R"("2024-01-31 12:00:05.123Z")", "2024-01-31T12:00:05.123Z"},
        ValueCase{"TIMESTAMP_LTZ(3)", R"("2024-01-31 12:00:05Z")", "2024-01-31T12:00:05Z"},
        ValueCase{"TIMESTAMP_LTZ(3)", R"("2024-01-31 12:00:05+02:00")", "2024-01-31T10:00:05Z"},
        ValueCase{"TIMESTAMP_LTZ(3)", R"("2024-01-31 12:00:05.123")",
                  "! expected TIMESTAMP_LTZ(3), found a string that says no such value"},
        ValueCase{"INTERVAL DAY TO SECOND", "1500", "+0 00:00:01.500"}));

INSTANTIATE_TEST_SUITE_P(
    Nested, JsonValueTest,
    testing::Values(
        ValueCase{"ROW<a INT, b STRING>", R"({"b":"x","a":1,"c":null})", "+I[1, x]"},
        ValueCase{"ROW<a INT, b STRING>", "{}", "+I[null, null]"},
        ValueCase{"ROW<a INT, b STRING>", "null", "null"},
        ValueCase{"ROW<a INT, b STRING>", "[1]", "! expected ROW<a INT, b STRING>, found an array"},
        ValueCase{"ARRAY<INT>", "[1, null, 3]", "[1, null, 3]"},
        ValueCase{"ARRAY<INT>", "[]", "[]"},
        ValueCase{"ARRAY<STRING>", R"(["a", "", "b"])", "[a, , b]"},
        ValueCase{"ARRAY<ARRAY<INT>>", "[[1],[],[2,3]]", "[[1], [], [2, 3]]"},
        ValueCase{"ARRAY<INT>", "7", "! expected ARRAY<INT>, found a number that does not fit"},
        ValueCase{"MAP<STRING, INT>", R"({"a":1,"b":null})", "{a=1, b=null}"},
        ValueCase{"MAP<STRING, INT>", "{}", "{}"},
        ValueCase{"MAP<STRING, INT>", R"({"a":1,"a":2})",
                  "! expected MAP<STRING, INT>, found the same key twice"},
        ValueCase{"MAP<STRING, MAP<STRING, INT>>", R"({"a":{"x":1},"b":{"x":2}})",
                  "{a={x=1}, b={x=2}}"},
        ValueCase{"ARRAY<ROW<m MAP<STRING, STRING>>>", R"([{"m":{"k":"v"}},{}])",
                  "[+I[{k=v}], +I[null]]"}));

TEST(JsonDecoderTest, TheFieldsOfARowMayComeInAnyOrderAndMayChangeIt) {
  const Schema schema{{"a", DataType::Int()}, {"b", DataType::String()}, {"c", DataType::Int()}};
  const auto decoder = MakeDecoder(schema);
  EXPECT_THAT(DecodeWith(*decoder, schema,
                         {R"({"a":1,"b":"x","c":3})", R"({"c":6,"a":4,"b":"y"})", R"({"b":"z"})",
                          R"({"new":0,"a":7,"b":"w","c":9})", R"({"a":10,"c":12})",
                          R"({"a":1,"b":"x","c":3})"}),
              ElementsAre("+I[1, x, 3]", "+I[4, y, 6]", "+I[null, z, null]", "+I[7, w, 9]",
                          "+I[10, null, 12]", "+I[1, x, 3]"));
}

TEST(JsonDecoderTest, NamesAreTakenLiterally) {
  const std::string long_name(100, 'n');
  const Schema schema{{"a", DataType::Int()},     {"ab", DataType::Int()},
                      {"A", DataType::Int()},     {"a.b", DataType::Int()},
                      {"q\"\\", DataType::Int()}, {long_name, DataType::Int()}};
  const std::string record = R"({"ab":2,"a":1,"A":3,"a.b":4,"q\"\\":5,")" + long_name + R"(":6})";
  EXPECT_THAT(Decode(schema, {record, record}),
              ElementsAre("+I[1, 2, 3, 4, 5, 6]", "+I[1, 2, 3, 4, 5, 6]"));
}

TEST(JsonDecoderTest, ANameWithEscapesIsTheNameItSays) {
  const Schema schema{{"ab", DataType::Int()}};
  EXPECT_THAT(Decode(schema, {R"({"\u0061b":1})", R"({"ab":2})", R"({"\u0061\u0062":3})"}),
              ElementsAre("+I[1]", "+I[2]", "+I[3]"));
}

TEST(JsonDecoderTest, OfAFieldThatIsThereTwiceTheLastCounts) {
  const Schema schema{{"i", DataType::Int()},
                      {"s", DataType::String()},
                      {"r", DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()})},
                      {"l", DataType::Array(DataType::String())}};
  EXPECT_THAT(Decode(schema, {R"({"i":1,"s":"long","r":{"a":1,"b":"x"},"l":["a","b"],)"
                              R"("i":2,"s":"s","r":{"a":3},"l":["c"]})",
                              R"({"i":1,"s":"s","r":{"a":1,"b":"x"},"l":["a"],)"
                              R"("i":null,"s":null,"r":null,"l":null})",
                              R"({"i":5,"s":"t","r":{"b":"y"},"l":[]})"}),
              ElementsAre("+I[2, s, +I[3, null], [c]]", "+I[null, null, null, null]",
                          "+I[5, t, +I[null, y], []]"));
}

TEST(JsonDecoderTest, EmptyRecordsAndNullAreNoRows) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(Decode(schema, {"", R"({"a":1})", " \n", "null", R"({"a":2})"}),
              ElementsAre("+I[1]", "+I[2]"));
}

TEST(JsonDecoderTest, AnArrayOfObjectsIsARowEach) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(Decode(schema, {R"([{"a":1},null,{"a":2}])", "[]", R"([{"a":3},{"a":"x"}])",
                              R"([{"a":4},5])", R"({"a":6})"}),
              ElementsAre("+I[1]", "+I[2]", "+I[6]",
                          "! 2 field 'a': expected INT, found a string that says no such value",
                          "! 3 expected an array of JSON objects"));
}

TEST(JsonDecoderTest, ATableWithoutColumnsCountsRows) {
  const auto decoder = MakeDecoder(Schema());
  ASSERT_OK_AND_ASSIGN(const DecodeResult result,
                       decoder->Decode(MakeSlab({R"({"a":1})", "{}", "7"})));
  EXPECT_EQ(result.batch.num_rows(), 2);
  EXPECT_EQ(result.bad_records.size(), 1u);
}

TEST(JsonDecoderTest, AColumnDeclaredNotNullMustBeThere) {
  const Schema schema{{"r", DataType::Row({"a"}, {DataType::Int().WithNullable(false)})},
                      {"k", DataType::Int().WithNullable(false)}};
  EXPECT_THAT(Decode(schema, {R"({"k":1})", R"({"r":{"a":1}})", R"({"k":2,"r":{}})",
                              R"({"k":3,"r":{"a":null}})"}),
              ElementsAre("+I[null, 1]", "! 1 field 'k': is missing but declared NOT NULL",
                          "! 2 field 'r.a': is missing but declared NOT NULL",
                          "! 3 field 'r.a': is null but declared NOT NULL"));
}

TEST(JsonDecoderTest, ABadValueIsFoundByItsPath) {
  const Schema schema{
      {"bid",
       DataType::Row({"lines"}, {DataType::Array(DataType::Row({"price"}, {DataType::BigInt()}))})},
      {"m", DataType::Map(DataType::String(), DataType::Int())}};
  EXPECT_THAT(Decode(schema, {R"({"bid":{"lines":[{"price":1},{"price":[]}]}})",
                              R"({"m":{"a":1,"b":true}})"}),
              ElementsAre("! 0 field 'bid.lines[1].price': expected BIGINT, found an array",
                          "! 1 field 'm[1]': expected INT, found a boolean"));
}

TEST(JsonDecoderTest, FailOnMissingFieldWantsEveryFieldEvenIfNull) {
  const Schema schema{{"a", DataType::Int()}, {"r", DataType::Row({"b"}, {DataType::Int()})}};
  EXPECT_THAT(Decode(schema,
                     {R"({"a":null,"r":null})", R"({"a":1})", R"({"a":1,"r":{}})",
                      R"({"r":{"b":2},"a":1})"},
                     {{"json.fail-on-missing-field", "true"}}),
              ElementsAre("+I[null, null]", "+I[1, +I[2]]", "! 1 field 'r': is missing",
                          "! 2 field 'r.b': is missing"));
}

TEST(JsonDecoderTest, IgnoredParseErrorsMakeTheFieldNull) {
  const Schema schema{{"a", DataType::Int()},
                      {"r", DataType::Row({"b", "s"}, {DataType::Int(), DataType::String()})},
                      {"l", DataType::Array(DataType::Int())},
                      {"z", DataType::Int()}};
  const auto decoder = MakeDecoder(schema, {{"json.ignore-parse-errors", "true"}});
  EXPECT_TRUE(decoder->skips_bad_records());
  EXPECT_THAT(DecodeWith(*decoder, schema,
                         {R"({"a":"x","r":{"b":[1,{"q":2}],"s":"ok"},"l":[1,"y",3],"z":1})",
                          R"({"a":{"deep":[{}]},"r":7,"l":{"k":[]},"z":2})", R"({"a":3)"}),
              ElementsAre("+I[null, +I[null, ok], [1, null, 3], 1]", "+I[null, null, null, 2]",
                          HasSubstr("! 2 malformed JSON")));
  EXPECT_FALSE(MakeDecoder(schema)->skips_bad_records());
}

TEST(JsonDecoderTest, IsoTimestampsHaveAT) {
  const Schema schema{{"t", DataType::Timestamp(3)}, {"z", DataType::TimestampLtz(3)}};
  EXPECT_THAT(Decode(schema,
                     {R"({"t":"2024-01-31T12:00:05.123","z":"2024-01-31T12:00:05Z"})",
                      R"({"t":"2024-01-31T12:00","z":null})", R"({"t":"2024-01-31 12:00:05"})"},
                     {{"json.timestamp-format.standard", "ISO-8601"}}),
              ElementsAre("+I[2024-01-31T12:00:05.123, 2024-01-31T12:00:05Z]",
                          "+I[2024-01-31T12:00, null]", HasSubstr("! 2 field 't': expected")));
}

TEST(JsonDecoderTest, OptionsOfAValueFormatHaveItsPrefix) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(Decode(schema, {"{}"}, {{"value.json.fail-on-missing-field", "true"}}),
              ElementsAre("! 0 field 'a': is missing"));
}

TEST(JsonDecoderTest, OptionsThatMakeNoSenseAreRefused) {
  const Schema schema{{"a", DataType::Int()}};
  EXPECT_THAT(NewJsonDecoder(JsonTable(schema, {{"json.fail-on-missing-field", "true"},
                                                {"json.ignore-parse-errors", "true"}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot both be true")));
  EXPECT_THAT(NewJsonDecoder(JsonTable(schema, {{"json.timestamp-format.standard", "RFC"}})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "table t: 'json.timestamp-format.standard' = 'RFC': it must be SQL or "
                       "ISO-8601"));
}

TEST(JsonDecoderTest, AMapNeedsStringKeys) {
  const Schema schema{{"m", DataType::Map(DataType::Int(), DataType::Int())}};
  EXPECT_THAT(NewJsonDecoder(JsonTable(schema)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 'm'")));
}

}  // namespace
}  // namespace millrace
