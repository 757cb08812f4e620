#include "coordinator/server/proto_codecs.h"

#include <gmock/gmock.h>

#include "proto/store.pb.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

JobRecord FullRecord() {
  return {.id = JobId("job-1"),
          .request_id = "request-1",
          .name = "clicks",
          .sql = "INSERT INTO ...",
          .settings = {{"parallelism.default", "2"}, {"a", "b"}},
          .graph = std::make_shared<const JobGraph>(CountBigUsersClicks()),
          .progress = {.state = JobState::kStopping,
                       .message = "because",
                       .attempt = Attempt(3),
                       .restarts = 2,
                       .stop_requested = true},
          .created_unix_ms = 100,
          .changed_unix_ms = 200,
          .lineage = "line",
          .restore = {.path = "/savepoints/job-0-5", .allow_non_restored_state = true},
          .savepoint_dir = "/savepoints",
          .savepoint = {.path = "/savepoints/job-1-7", .epoch = Epoch(7)},
          .savepoint_error = "disk full"};
}

TEST(ProtoJobCodecTest, AJobComesBackAsItWas) {
  const ProtoJobCodec codec;
  ASSERT_OK_AND_ASSIGN(const JobRecord back, codec.DecodeJob(codec.EncodeJob(FullRecord())));
  EXPECT_EQ(back.id, JobId("job-1"));
  EXPECT_EQ(back.request_id, "request-1");
  EXPECT_EQ(back.name, "clicks");
  EXPECT_EQ(back.sql, "INSERT INTO ...");
  EXPECT_EQ(back.settings, FullRecord().settings);
  EXPECT_EQ(back.graph->stages.size(), 2u);
  EXPECT_EQ(back.progress.state, JobState::kStopping);
  EXPECT_EQ(back.progress.message, "because");
  EXPECT_EQ(back.progress.attempt, Attempt(3));
  EXPECT_EQ(back.progress.restarts, 2);
  EXPECT_TRUE(back.progress.stop_requested);
  EXPECT_EQ(back.created_unix_ms, 100);
  EXPECT_EQ(back.changed_unix_ms, 200);
  EXPECT_EQ(back.lineage, "line");
  EXPECT_EQ(back.restore.path, "/savepoints/job-0-5");
  EXPECT_TRUE(back.restore.allow_non_restored_state);
  EXPECT_EQ(back.savepoint_dir, "/savepoints");
  EXPECT_EQ(back.savepoint.path, "/savepoints/job-1-7");
  EXPECT_EQ(back.savepoint.epoch, Epoch(7));
  EXPECT_EQ(back.savepoint_error, "disk full");
  EXPECT_EQ(codec.EncodeJob(back), codec.EncodeJob(FullRecord()));
}

TEST(ProtoJobCodecTest, StatesHaveTheNumbersOfTheWire) {
  for (const JobState state : kAllJobStates) {
    const std::string wire = v1::JobState_Name(static_cast<v1::JobState>(state));
    EXPECT_EQ(wire, "JOB_STATE_" + std::string(Name(state)));
  }
}

TEST(ProtoJobCodecTest, DamageIsDataLoss) {
  const ProtoJobCodec codec;
  EXPECT_THAT(codec.DecodeJob("rubbish"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("job")));
  v1::StoredJob message;
  ASSERT_TRUE(message.ParseFromString(codec.EncodeJob(FullRecord())));
  message.mutable_graph()->mutable_edges(0)->set_key_columns(0, 9);
  EXPECT_THAT(codec.DecodeJob(message.SerializeAsString()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("its key is column 9")));
  ASSERT_TRUE(message.ParseFromString(codec.EncodeJob(FullRecord())));
  message.set_state(static_cast<v1::JobState>(99));
  EXPECT_THAT(codec.DecodeJob(message.SerializeAsString()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("its state is 99")));
}

TEST(ProtoCheckpointCodecTest, ARecordComesBackAsItWas) {
  const ProtoCheckpointCodec codec;
  const CheckpointRecord record{
      .retained = {{.epoch = Epoch(4),
                    .term = Term(1),
                    .path = "manifests/4",
                    .bytes = 10,
                    .crc32c = 0xffffffff,
                    .parent = Epoch(3)},
                   {.epoch = Epoch(7), .term = Term(2), .path = "manifests/7", .parent = Epoch(4)}},
      .completed_unix_ms = 5,
      .state_bytes = 6,
      .duration_ms = 7,
      .completed = 8};
  ASSERT_OK_AND_ASSIGN(const CheckpointRecord back, codec.DecodeRecord(codec.EncodeRecord(record)));
  EXPECT_EQ(back.retained, record.retained);
  EXPECT_EQ(back.completed_unix_ms, 5);
  EXPECT_EQ(back.state_bytes, 6);
  EXPECT_EQ(back.duration_ms, 7);
  EXPECT_EQ(back.completed, 8);
}

TEST(ProtoCheckpointCodecTest, EpochsOutOfOrderAreDataLoss) {
  const ProtoCheckpointCodec codec;
  const CheckpointRecord record{
      .retained = {{.epoch = Epoch(4), .path = "a"}, {.epoch = Epoch(4), .path = "b"}}};
  EXPECT_THAT(codec.DecodeRecord(codec.EncodeRecord(record)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("not in order")));
  EXPECT_THAT(codec.DecodeRecord("\xff"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("")));
}

TEST(ProtoCheckpointCodecTest, AManifestComesBackAsItWas) {
  const ProtoCheckpointCodec codec;
  ASSERT_OK_AND_ASSIGN(const Manifest back,
                       codec.DecodeManifest(codec.EncodeManifest(FullManifest())));
  EXPECT_EQ(back.uuid, FullManifest().uuid);
}

}  // namespace
}  // namespace millrace
