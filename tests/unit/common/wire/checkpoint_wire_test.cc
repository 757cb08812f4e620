#include "common/wire/checkpoint_wire.h"

#include <gmock/gmock.h>

#include "common/base/crc32c.h"
#include "common/base/random.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The bytes of a message, made a durable form by the checksum at their end.
std::string WithChecksum(std::string bytes) {
  v1::Manifest checksum;
  checksum.set_crc32c(Crc32c(bytes));
  return bytes + checksum.SerializeAsString();
}

TEST(CheckpointWireTest, AManifestComesBackAsItWas) {
  const Manifest manifest = FullManifest();
  ASSERT_OK_AND_ASSIGN(const Manifest back, DecodeManifest(EncodeManifest(manifest)));
  EXPECT_EQ(back.job, JobId("job-3f9c0a12"));
  EXPECT_EQ(back.lineage, "lineage-1");
  EXPECT_EQ(back.epoch, Epoch(42));
  EXPECT_EQ(back.term, Term(3));
  EXPECT_EQ(back.attempt, Attempt(2));
  EXPECT_EQ(back.uuid, "0123456789abcdef");
  EXPECT_EQ(back.parent, Epoch(41));
  EXPECT_EQ(back.created_unix_ms, 1'700'000'000'123);
  EXPECT_EQ(back.graph.stages.size(), 2u);

  ASSERT_EQ(back.tasks.size(), 2u);
  EXPECT_TRUE(back.tasks[0].finished);
  EXPECT_EQ(back.tasks[0].task, (TaskId{StageId(0), 0}));
  EXPECT_THAT(back.tasks[0].operators[0].values,
              ElementsAre(Pair("a", ""), Pair("split/0", std::string("\x00\xff\x01", 3)),
                          Pair("split/1", "17")));
  const TaskSnapshot& count = back.tasks[1];
  EXPECT_THAT(count.input_watermarks,
              ElementsAre(EventTime(1000), EventTime::Min(), EventTime::Max()));
  const KeyedStateSnapshot& keyed = count.operators[0].keyed[0];
  EXPECT_EQ(keyed.key_groups, (KeyGroupRange{0, 1024}));
  EXPECT_EQ(keyed.schema_version, 1);
  EXPECT_EQ(keyed.snapshot[0].path, "state/40-3-2-w-1-0-0.sst");
  EXPECT_EQ(keyed.snapshot[0].crc32c, 0xdeadbeef);
  ASSERT_EQ(keyed.deltas.size(), 2u);
  EXPECT_EQ(keyed.deltas[0].offset, 16);
  EXPECT_EQ(keyed.deltas[0].bytes, 100);
  const SegmentRef& segment = count.operators[1].segments[0];
  EXPECT_EQ(segment.epoch, Epoch(42));
  EXPECT_EQ(segment.file.path, "segments/42-3-2-w-1-0.segment");
  EXPECT_EQ(segment.records, 5);
}

TEST(CheckpointWireTest, AManifestSaysWhetherItIsASavepoints) {
  Manifest manifest = FullManifest();
  for (const bool savepoint : {true, false}) {
    manifest.savepoint = savepoint;
    ASSERT_OK_AND_ASSIGN(const Manifest back, DecodeManifest(EncodeManifest(manifest)));
    EXPECT_EQ(back.savepoint, savepoint);
  }
}

TEST(CheckpointWireTest, TheSameManifestGivesTheSameBytes) {
  ASSERT_OK_AND_ASSIGN(const Manifest back, DecodeManifest(EncodeManifest(FullManifest())));
  EXPECT_EQ(EncodeManifest(back), EncodeManifest(FullManifest()));
}

TEST(CheckpointWireTest, BytesThatAreNoManifestAreDataLoss) {
  EXPECT_THAT(DecodeManifest("nonsense"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
  EXPECT_THAT(DecodeManifest(WithChecksum("nonsense")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("not a manifest")));
  EXPECT_THAT(DecodeManifest(""), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

TEST(CheckpointWireTest, TheDurableFormIsTheMessageWithItsChecksum) {
  const std::string bytes = EncodeManifest(FullManifest());
  EXPECT_EQ(bytes, WithChecksum(bytes.substr(0, bytes.size() - 5)));
  v1::Manifest message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  EXPECT_EQ(message.epoch(), 42);
}

TEST(CheckpointWireTest, EveryByteThatIsFlippedCutOffOrAddedIsDataLoss) {
  const std::string bytes = EncodeManifest(FullManifest());
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_THAT(DecodeManifest(damaged), StatusIs(absl::StatusCode::kDataLoss, testing::_));
    }
    EXPECT_THAT(DecodeManifest(bytes.substr(0, at)),
                StatusIs(absl::StatusCode::kDataLoss, testing::_));
  }
  EXPECT_THAT(DecodeManifest(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss, testing::_));
}

TEST(CheckpointWireTest, ANewerFormatIsNamedWithBothVersions) {
  v1::Manifest message = ManifestToProto(FullManifest());
  message.set_format_version(2);
  EXPECT_THAT(DecodeManifest(WithChecksum(message.SerializeAsString())),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("format 2"), HasSubstr("up to 1"))));
}

TEST(CheckpointWireTest, DamagedFieldsAreNamed) {
  const auto error = [](auto damage) {
    v1::Manifest message = ManifestToProto(FullManifest());
    damage(message);
    return ManifestFromProto(message).status();
  };
  EXPECT_THAT(error([](v1::Manifest& m) { m.set_job_id(""); }),
              StatusIs(kInvalid, "job_id: is empty"));
  EXPECT_THAT(error([](v1::Manifest& m) { m.set_epoch(0); }),
              StatusIs(kInvalid, "epoch: is not positive"));
  EXPECT_THAT(error([](v1::Manifest& m) { m.set_parent_epoch(42); }),
              StatusIs(kInvalid, "parent_epoch: 42 is not before 42"));
  EXPECT_THAT(error([](v1::Manifest& m) { m.set_format_version(0); }),
              StatusIs(kInvalid, "format_version: is missing"));
  EXPECT_THAT(error([](v1::Manifest& m) { m.mutable_graph()->clear_options(); }),
              StatusIs(kInvalid, "graph.options: are missing"));
  EXPECT_THAT(error([](v1::Manifest& m) { m.mutable_tasks(1)->set_index(-1); }),
              StatusIs(kInvalid, "tasks[1].index: is negative"));
  const auto keyed_error = [&](auto damage) {
    return error([&](v1::Manifest& m) {
      damage(*m.mutable_tasks(1)->mutable_operators(0)->mutable_keyed(0));
    });
  };
  EXPECT_THAT(keyed_error([](v1::KeyedStateSnapshot& k) { k.set_key_group_begin(2000); }),
              StatusIs(kInvalid, StartsWith("tasks[1].operators[0].keyed[0].key_group_begin: ")));
  EXPECT_THAT(keyed_error([](v1::KeyedStateSnapshot& k) { k.mutable_deltas(1)->set_bytes(-1); }),
              StatusIs(kInvalid, "tasks[1].operators[0].keyed[0].deltas[1].bytes: is negative"));
}

TEST(CheckpointWireTest, AFileOutsideTheJobsFolderIsRefused) {
  for (const char* path :
       {"", "/etc/passwd", "../other/manifest", "state/../../x", "state//x", "."}) {
    v1::TaskSnapshot message = TaskSnapshotToProto(FullManifest().tasks[1]);
    message.mutable_operators(1)->mutable_segments(0)->mutable_file()->set_path(path);
    EXPECT_THAT(TaskSnapshotFromProto(message),
                StatusIs(kInvalid, StartsWith("operators[1].segments[0].file.path: ")))
        << path;
  }
}

// Also none that has the right checksum.
TEST(CheckpointWireTest, NoDamageCrashesTheReader) {
  const std::string bytes = ManifestToProto(FullManifest()).SerializeAsString();
  const google::protobuf::LogSilencer silencer;
  Random random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    char& byte = damaged[random.Below(static_cast<uint32_t>(damaged.size()))];
    byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    const auto manifest = DecodeManifest(WithChecksum(std::move(damaged)));
    if (manifest.ok()) EncodeManifest(*manifest);
  }
}

}  // namespace
}  // namespace millrace
