#include "worker/source/kafka/topic_watch.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TopicWatchTest : public testing::Test {
 protected:
  TopicWatch Watch(absl::Duration interval = absl::Minutes(5)) {
    return TopicWatch(
        {.table = "t", .known = {{"clicks", 2}}, .interval = interval},
        [this](const std::string& topic) {
          ++questions_;
          return partitions_;
        },
        &world_.io);
  }

  // Looks once now and once after `time`.
  absl::Status After(absl::Duration time, TopicWatch& watch) {
    absl::Status status = watch.Update(world_.clock.Monotonic());
    world_.io.RunReady();
    world_.clock.Advance(time);
    if (status.ok()) status = watch.Update(world_.clock.Monotonic());
    world_.io.RunReady();
    return status;
  }

  ConnectorWorld world_;
  absl::StatusOr<size_t> partitions_ = 2;
  int questions_ = 0;
};

TEST_F(TopicWatchTest, LooksForNewPartitionsAtEachInterval) {
  TopicWatch watch = Watch();
  EXPECT_OK(After(absl::Minutes(4), watch));
  EXPECT_EQ(questions_, 0);
  EXPECT_OK(After(absl::Minutes(1), watch));
  EXPECT_EQ(questions_, 1);
  partitions_ = 3;
  EXPECT_OK(After(absl::Minutes(5), watch));
  EXPECT_THAT(After(absl::ZeroDuration(), watch),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("table t"), HasSubstr("grown from 2 to 3"))));
}

TEST_F(TopicWatchTest, AnIntervalOfZeroNeverLooks) {
  TopicWatch watch = Watch(absl::ZeroDuration());
  partitions_ = 3;
  EXPECT_OK(After(absl::Hours(24), watch));
  EXPECT_OK(After(absl::Hours(24), watch));
  EXPECT_EQ(questions_, 0);
}

TEST_F(TopicWatchTest, ATopicIsMissingOnceItStaysMissing) {
  TopicWatch watch = Watch(absl::ZeroDuration());
  EXPECT_OK(watch.Update(world_.clock.Monotonic()));
  watch.Suspect();
  partitions_ = absl::NotFoundError("no topic 'clicks'");
  for (int second = 0; second < 6; ++second) EXPECT_OK(After(absl::Seconds(1), watch));
  EXPECT_THAT(After(absl::Seconds(1), watch),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("'clicks'")));
}

TEST_F(TopicWatchTest, ATopicThatComesBackWasNotMissing) {
  TopicWatch watch = Watch(absl::ZeroDuration());
  EXPECT_OK(watch.Update(world_.clock.Monotonic()));
  watch.Suspect();
  partitions_ = absl::NotFoundError("no topic");
  for (int second = 0; second < 4; ++second) EXPECT_OK(After(absl::Seconds(1), watch));
  partitions_ = 2;
  for (int second = 0; second < 2; ++second) EXPECT_OK(After(absl::Seconds(1), watch));
  const int questions = questions_;
  EXPECT_OK(After(absl::Hours(1), watch));
  EXPECT_EQ(questions_, questions);  // The suspicion is over.
}

TEST_F(TopicWatchTest, ABrokerThatDoesNotAnswerSaysNothingOfTheTopic) {
  TopicWatch watch = Watch();
  partitions_ = absl::UnavailableError("no broker");
  for (int look = 0; look < 4; ++look) EXPECT_OK(After(absl::Minutes(5), watch));
  EXPECT_GE(questions_, 3);
}

TEST_F(TopicWatchTest, FewerPartitionsMeanAnotherTopicOfThatName) {
  TopicWatch watch = Watch();
  partitions_ = 1;
  EXPECT_OK(After(absl::Minutes(5), watch));
  EXPECT_THAT(After(absl::ZeroDuration(), watch),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("made anew")));
}

TEST_F(TopicWatchTest, ANewTopicOfAPatternRestartsTheJob) {
  std::vector<std::string> topics = {"clicks"};
  TopicWatch watch(
      {.table = "t",
       .known = {{"clicks", 2}},
       .interval = absl::Minutes(5),
       .find_topics = [&] { return topics; }},
      [this](const std::string& topic) { return partitions_; }, &world_.io);
  EXPECT_OK(After(absl::Minutes(5), watch));
  topics.push_back("clicks-2");
  EXPECT_OK(After(absl::Minutes(5), watch));
  EXPECT_THAT(After(absl::Minutes(5), watch),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("'clicks-2' is new")));
}

}  // namespace
}  // namespace millrace
