#include "worker/task/on_error.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"
#include "worker/format/json/json_format.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

absl::StatusOr<OnError> Read(TableOptions options) {
  const TableDescription table{
      .name = "clicks", .options = std::move(options), .schema = {{"id", DataType::BigInt()}}};
  const auto decoder = NewJsonDecoder(table);
  EXPECT_OK(decoder.status());
  return ReadOnError(table, decoder->get());
}

TEST(OnErrorTest, ABadRecordFailsTheJobUnlessTheTableSaysOtherwise) {
  EXPECT_THAT(Read({}), IsOkAndHolds(OnError::kFail));
  EXPECT_THAT(Read({{"on-error", "fail"}}), IsOkAndHolds(OnError::kFail));
  EXPECT_THAT(Read({{"on-error", "Skip"}}), IsOkAndHolds(OnError::kSkip));
  EXPECT_THAT(Read({{"on-error", "dead-letter"}}), IsOkAndHolds(OnError::kDeadLetter));
}

TEST(OnErrorTest, FlinksOptionOfTheFormatIsAnotherNameOfSkip) {
  EXPECT_THAT(Read({{"json.ignore-parse-errors", "true"}}), IsOkAndHolds(OnError::kSkip));
  EXPECT_THAT(Read({{"json.ignore-parse-errors", "true"}, {"on-error", "skip"}}),
              IsOkAndHolds(OnError::kSkip));
}

TEST(OnErrorTest, WhatContradictsItIsRefused) {
  for (const char* value : {"fail", "dead-letter"}) {
    EXPECT_THAT(Read({{"json.ignore-parse-errors", "true"}, {"on-error", value}}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("table clicks"), HasSubstr("'on-error'"))));
  }
  EXPECT_THAT(Read({{"on-error", "shrug"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("it must be fail, skip or")));
}

TEST(OnErrorTest, ASourceOfBatchesHasNoFormatToAsk) {
  EXPECT_THAT(ReadOnError({.name = "t"}, nullptr), IsOkAndHolds(OnError::kFail));
}

}  // namespace
}  // namespace millrace
