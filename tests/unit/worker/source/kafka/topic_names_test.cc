#include "worker/source/kafka/topic_names.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Matching(const std::string& pattern) {
  auto regex = CompileTopicPattern("t", pattern);
  EXPECT_OK(regex);
  return MatchingTopics(*regex, {"clicks-1", "clicks-10", "my-clicks-1", "orders"});
}

TEST(TopicNamesTest, APatternMatchesWholeNames) {
  EXPECT_THAT(Matching("clicks-\\d"), ElementsAre("clicks-1"));
  EXPECT_THAT(Matching("clicks-.*|orders"), ElementsAre("clicks-1", "clicks-10", "orders"));
  EXPECT_THAT(Matching("clicks"), IsEmpty());
}

TEST(TopicNamesTest, KafkasInternalTopicsMatchNoPattern) {
  auto regex = CompileTopicPattern("t", ".*");
  ASSERT_OK(regex);
  EXPECT_THAT(MatchingTopics(*regex, {"__consumer_offsets", "__share_group_state",
                                      "__transaction_state", "_own", "orders"}),
              ElementsAre("_own", "orders"));
}

TEST(TopicNamesTest, WhatIsNoPatternIsRefusedByTableAndOption) {
  EXPECT_THAT(CompileTopicPattern("t", "clicks-("),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("table t: 'topic-pattern' = 'clicks-('")));
}

}  // namespace
}  // namespace millrace
