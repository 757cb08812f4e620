// Records of every format through a real broker: those that cannot be read follow 'on-error' and
// are counted, the good ones around them are read; keys, times and headers come back as they were
// written.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "tests/integration/kafka/broker.h"
#include "tests/integration/kafka/task_stand_in.h"
#include "worker/task/registry.h"
#include "worker/task/source_driver.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A table that is read to its end: its rows as `print` shows them, or why that failed.
class TableReader {
 public:
  explicit TableReader(const TableDescription& table, OnError on_error = OnError::kSkip)
      : table_(table) {
    auto source = NewSource({.table = table}, {});
    auto decoder = NewDecoder(table);
    CHECK(source.ok());
    CHECK(decoder.ok());
    driver_ =
        std::make_unique<SourceDriver>(SourceSpec{.table = table}, *std::move(source),
                                       *std::move(decoder), BadRecordPolicy{.on_error = on_error});
  }

  absl::StatusOr<std::vector<std::string>> Read() {
    RETURN_IF_ERROR(driver_->Open(task_.context(), nullptr));
    std::vector<std::string> rows;
    absl::Status status;
    const bool ended = task_.Until(
        [&] {
          while (true) {
            auto input = driver_->Poll();
            status = input.status();
            if (!status.ok()) return true;
            for (const Element& element : input->elements) {
              const auto* batch = std::get_if<Batch>(&element);
              if (batch == nullptr) continue;
              for (std::string& row : RowStrings(table_.schema, *batch)) {
                rows.push_back(std::move(row));
              }
            }
            if (input->wait == SourceWait::kFinished) return true;
            if (input->wait == SourceWait::kWait) return false;
          }
        },
        absl::Seconds(60));
    if (!ended) return absl::DeadlineExceededError("the table does not end");
    RETURN_IF_ERROR(status);
    return rows;
  }

  std::string Metrics() const { return task_.Metrics(); }

 private:
  const TableDescription table_;
  TaskStandIn task_;
  std::unique_ptr<SourceDriver> driver_;
};

class FormatsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(BrokerAddress(), "") << "these tests need a Kafka broker: set MILLRACE_TEST_KAFKA";
    broker_.emplace();
  }

  static TableDescription Table(const std::string& topic, Schema schema, TableOptions options) {
    options.insert({{"connector", "kafka"},
                    {"topic", topic},
                    {"properties.bootstrap.servers", BrokerAddress()},
                    {"scan.startup.mode", "earliest-offset"},
                    {"scan.bounded.mode", "latest-offset"}});
    return {.name = "t", .options = std::move(options), .schema = std::move(schema)};
  }

  // `good` and `bad` in turn; then what each policy makes of them.
  void CheckPolicies(const TableDescription& table, const std::vector<std::string>& good,
                     const std::vector<std::string>& bad, const std::vector<std::string>& rows) {
    const std::string& topic = table.options.at("topic");
    for (size_t i = 0; i < bad.size(); ++i) {
      broker_->Produce(topic, 0, {good[i % good.size()], bad[i]});
    }
    broker_->Produce(topic, 0, {good[bad.size() % good.size()]});
    std::vector<std::string> expected;
    for (size_t i = 0; i <= bad.size(); ++i) expected.push_back(rows[i % rows.size()]);

    TableReader skipping(table);
    const auto read = skipping.Read();
    ASSERT_OK(read);
    EXPECT_TRUE(*read == expected) << read->size() << " rows of " << expected.size();
    EXPECT_THAT(skipping.Metrics(),
                HasSubstr(absl::StrCat("millrace_source_bad_records_total{job=\"j\",job_name="
                                       "\"test\",stage=\"0\",table=\"t\",task=\"0\"} ",
                                       bad.size())));
    EXPECT_THAT(TableReader(table, OnError::kFail).Read(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("offset 1 of partition 0"), HasSubstr("cannot be read"))));
  }

  std::string CreateTopic(const std::string& name) {
    return broker_->CreateTopic(name, 1, {{"max.message.bytes", "20000000"}});
  }

  std::optional<Broker> broker_;
};

const std::string kLarge(10 << 20, 'x');
const std::string kDeep = std::string(1'000'000, '[');

TEST_F(FormatsTest, DamagedJsonFollowsThePolicyAndHarmsNoOtherRecord) {
  CheckPolicies(
      Table(CreateTopic("damaged-json"), {{"id", DataType::Int()}, {"name", DataType::String()}},
            {{"format", "json"}}),
      {R"({"id":1,"name":"a","new":{"x":[1]}})", R"({"name":"b"})"},
      {"garbage", R"({"id":1,"name":"cut)", kDeep, R"({"id":)" + kDeep, "{\"name\":\"\xff\"}",
       R"({"id":"four"})", R"({"id":[4]})", kLarge, R"({"id":1,"name":")" + kLarge},
      {"+I[1, a]", "+I[null, b]"});
}

TEST_F(FormatsTest, DamagedCsvFollowsThePolicyAndHarmsNoOtherRecord) {
  CheckPolicies(
      Table(CreateTopic("damaged-csv"), {{"id", DataType::Int()}, {"name", DataType::String()}},
            {{"format", "csv"}}),
      {"1,a", "2,\"b\nc\""},
      {"garbage", "1,\"cut", kDeep, "1,\xff", "four,d", "1,a,new", "3", kLarge, "1,\"" + kLarge},
      {"+I[1, a]", "+I[2, b\nc]"});
}

TEST_F(FormatsTest, DamagedRawFollowsThePolicyAndHarmsNoOtherRecord) {
  CheckPolicies(Table(CreateTopic("damaged-raw"), {{"n", DataType::Int()}}, {{"format", "raw"}}),
                {std::string("\0\0\0\1", 4), std::string("\xff\xff\xff\xff", 4)},
                {"garbage", "cut", kDeep, kLarge, std::string("\0\0\0\0\0\0\0\1", 8)},
                {"+I[1]", "+I[-1]"});
  CheckPolicies(
      Table(CreateTopic("damaged-raw-text"), {{"s", DataType::String()}}, {{"format", "raw"}}),
      {"a", kLarge}, {"\xff\xfe", "a\xc3", kLarge + "\x80"},
      {"+I[a]", absl::StrCat("+I[", kLarge, "]")});
}

const Schema kWhole{
    {"card", DataType::Int()},
    {"at", DataType::TimestampLtz(3)},
    {"k_shop", DataType::String()},
    {"headers", DataType::Map(DataType::String().WithNullable(false), DataType::Bytes())},
    {"price", DataType::Int()}};

TEST_F(FormatsTest, KeysTimesAndHeadersAreReadAsTheyWereWritten) {
  for (const char* guarantee : {"at-least-once", "none"}) {
    const std::string topic = CreateTopic("whole");
    TableDescription table = Table(topic, kWhole,
                                   {{"value.format", "json"},
                                    {"key.format", "csv"},
                                    {"key.fields", "k_shop"},
                                    {"key.fields-prefix", "k_"},
                                    {"value.fields-include", "EXCEPT_KEY"},
                                    {"sink.delivery-guarantee", guarantee}});
    table.metadata = {{"at", "timestamp"}, {"headers", "headers"}};
    auto sink = NewSink({.table = table}, {.files = &PosixFileSystem()});
    ASSERT_OK(sink);
    TaskStandIn task;
    ASSERT_OK((*sink)->Open(task.context(), nullptr));
    ASSERT_OK((*sink)->Append(
        MakeBatch(kWhole, {{1, 1'700'000'000'123, "a b", Value{{"trace", "xy"}}, 10},
                           {2, 1'700'000'000'456, "c", nullptr, 20}})));
    ASSERT_OK((*sink)->Close());
    const std::vector<ReceivedRecord> records = broker_->ReadAll(topic, 1);
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].key, "\"a b\"");
    EXPECT_EQ(records[0].value, R"({"card":1,"price":10})");
    EXPECT_EQ(records[0].headers.at("trace"), "xy");

    table.declared = {
        {"card", DataType::Int()}, {"k_shop", DataType::String()}, {"price", DataType::Int()}};
    EXPECT_THAT(
        TableReader(table).Read(),
        IsOkAndHolds(ElementsAre("+I[1, 2023-11-14T22:13:20.123Z, a b, {trace=[120, 121]}, 10]",
                                 "+I[2, 2023-11-14T22:13:20.456Z, c, {}, 20]")));
  }
}

TEST_F(FormatsTest, APatternReadsEveryTopicItMatchesAndMetadataTellsThemApart) {
  const std::string first = broker_->CreateTopic("pattern-a", 2);
  const std::string second = broker_->CreateTopic("pattern-b", 1);
  broker_->Produce(first, 1, {"x", "y"});
  broker_->Produce(second, 0, {"z"});
  TableDescription table = Table("",
                                 {{"topic", DataType::String()},
                                  {"partition", DataType::Int()},
                                  {"offset", DataType::BigInt()},
                                  {"kind", DataType::String()},
                                  {"s", DataType::String()}},
                                 {{"format", "raw"}});
  table.options.erase("topic");
  table.options["topic-pattern"] =
      absl::StrCat(first, "|", second.substr(0, 8), ".", second.substr(9));
  table.metadata = {{"topic", "topic"},
                    {"partition", "partition"},
                    {"offset", "offset"},
                    {"kind", "timestamp-type"}};
  auto rows = TableReader(table).Read();
  ASSERT_OK(rows);
  std::sort(rows->begin(), rows->end());
  EXPECT_THAT(*rows, ElementsAre(absl::StrCat("+I[", first, ", 1, 0, CreateTime, x]"),
                                 absl::StrCat("+I[", first, ", 1, 1, CreateTime, y]"),
                                 absl::StrCat("+I[", second, ", 0, 0, CreateTime, z]")));
  table.options["topic-pattern"] = "no-such-topic-.*";
  EXPECT_THAT(TableReader(table).Read(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("'topic-pattern'")));
}

}  // namespace
}  // namespace millrace
