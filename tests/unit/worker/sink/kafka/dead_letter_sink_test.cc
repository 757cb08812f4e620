#include "worker/sink/kafka/dead_letter_sink.h"

#include <gmock/gmock.h>

#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

absl::Status Make(TableOptions options) {
  options.emplace("topic", "clicks; more-clicks");
  options.emplace("properties.bootstrap.servers", "localhost:9092");
  options.emplace("on-error", "dead-letter");
  MemoryFiles files;
  return NewKafkaDeadLetterSink({.name = "t", .options = std::move(options)}, files).status();
}

TEST(DeadLetterSinkTest, IsMadeOfTheOptionsOfASourceTable) {
  EXPECT_OK(Make({{"dead-letter.topic", "unread"},
                  {"properties.group.id", "g"},
                  {"properties.auto.offset.reset", "earliest"},
                  {"properties.max.partition.fetch.bytes", "1048576"}}));
}

TEST(DeadLetterSinkTest, WithoutATopicItSaysWhichOptionIsMissing) {
  EXPECT_THAT(Make({}), StatusIs(absl::StatusCode::kInvalidArgument,
                                 AllOf(HasSubstr("table t"), HasSubstr("'dead-letter.topic'"))));
}

TEST(DeadLetterSinkTest, ATopicThatTheTableReadsIsRefused) {
  EXPECT_THAT(Make({{"dead-letter.topic", "more-clicks"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("come back for ever")));
}

TEST(DeadLetterSinkTest, PropertiesAreCheckedAsThoseOfTheTable) {
  EXPECT_THAT(Make({{"dead-letter.topic", "unread"}, {"properties.plugin.library.paths", "x"}}),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("plugin.library.paths")));
}

}  // namespace
}  // namespace millrace
