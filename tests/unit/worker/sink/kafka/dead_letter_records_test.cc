#include "worker/sink/kafka/dead_letter_records.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/contract/dead_letters.h"

namespace millrace {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::Pair;

struct Made {
  int32_t partition = 0;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  bool has_key = false;
  bool has_timestamp = false;
};

std::vector<Made> RecordsOf(const std::vector<RowValues>& letters) {
  DeadLetterRecords records("clicks");
  TaskContext context{.job = JobId("job-7"), .job_name = "counts"};
  std::vector<Made> made;
  EXPECT_OK(records.Make(MakeBatch(DeadLetterSchema(), letters), context,
                         [&](const StagedRecord& record) {
                           Made& next = made.emplace_back();
                           next.partition = record.partition;
                           next.value = std::string(record.value.value());
                           for (const auto& [name, value] : record.headers) {
                             next.headers.emplace_back(name, value);
                           }
                           next.has_key = record.key.has_value();
                           next.has_timestamp = record.timestamp_ms.has_value();
                           return absl::OkStatus();
                         }));
  return made;
}

TEST(DeadLetterRecordsTest, ARecordIsWhatWasReadWithHeadersThatSayWhereAndWhy) {
  const std::vector<Made> made =
      RecordsOf({{"{oops", "shop-clicks-3", int64_t{41}, int64_t{1700}, "malformed JSON"}});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].value, "{oops");
  EXPECT_THAT(made[0].headers,
              ElementsAre(Pair("millrace.table", "clicks"), Pair("millrace.topic", "shop-clicks"),
                          Pair("millrace.partition", "3"), Pair("millrace.offset", "41"),
                          Pair("millrace.error", "malformed JSON"), Pair("millrace.job", "job-7"),
                          Pair("millrace.job.name", "counts"), Pair("millrace.timestamp", "1700")));
}

TEST(DeadLetterRecordsTest, BytesThatAreNoTextStayAsTheyAre) {
  const std::string bytes("\x00\xff\xfe{\n\x80", 6);
  EXPECT_EQ(RecordsOf({{bytes, "t-0", 0, nullptr, "e"}})[0].value, bytes);
}

TEST(DeadLetterRecordsTest, TheRecordsOfAPartitionStayTogether) {
  const std::vector<Made> made = RecordsOf({{"a", "t-0", 0, 1, "e"}, {"b", "t-12", 0, 1, "e"}});
  EXPECT_EQ(made[0].partition, 0);
  EXPECT_EQ(made[1].partition, 12);
}

// The retention of the dead-letter topic goes by the time of the writing: with the time of an old
// record it would be deleted at once.
TEST(DeadLetterRecordsTest, TheTimeOfTheRecordIsAHeaderAndNotTheTimeOfTheLetter) {
  EXPECT_FALSE(RecordsOf({{"a", "t-0", 0, 5, "e"}})[0].has_timestamp);
  EXPECT_THAT(RecordsOf({{"a", "t-0", 0, nullptr, "e"}})[0].headers,
              Not(Contains(Pair("millrace.timestamp", testing::_))));
}

}  // namespace
}  // namespace millrace
