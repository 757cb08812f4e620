// What checksums alone do not find: bytes that are as the manifest says, and are no state. Damaged
// bytes: tests/integration/checkpoint.

#include "worker/task/checkpoint_verification.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/status_matchers.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/segment_format.h"
#include "worker/state/table_list.h"
#include "worker/task/dead_letters.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointVerificationTest : public testing::Test {
 protected:
  CheckpointVerificationTest() {
    manifest_.tasks[1].operators[0].keyed[0] = {};
    sink().segments.clear();
  }

  KeyedStateSnapshot& keyed() { return manifest_.tasks[1].operators[0].keyed[0]; }
  OperatorSnapshot& sink() { return manifest_.tasks[1].operators[1]; }

  FileRef Put(const std::string& path, const std::string& bytes) {
    files_.bytes("/c/job/" + path) = bytes;
    return {.path = path, .bytes = static_cast<int64_t>(bytes.size()), .crc32c = Crc32c(bytes)};
  }

  std::vector<FileFault> Verify() { return CheckpointVerifier(files_, "/c/job").Verify(manifest_); }
  void ExpectFault(const std::string& path, const std::string& what) {
    EXPECT_THAT(Verify(),
                ElementsAre(AllOf(Field(&FileFault::path, path), Field(&FileFault::missing, false),
                                  Field(&FileFault::what, HasSubstr(what)))));
  }

  void PutSegment(int64_t epoch, const std::string& slot) {
    SegmentEncoder encoder(slot, "alerts");
    ASSERT_OK(encoder.Append({.value = "v"}));
    encoder.Finish(Epoch(epoch));
    sink().segments = {
        {.epoch = Epoch(7), .file = Put("segments/7.segment", encoder.Take(true)), .records = 1}};
    sink().values[kSlotState] = EncodeSlotState({.slot = "slot"});
    auto& spec = std::get<SinkSpec>(manifest_.graph.stages[1].operators[1].spec);
    spec.table.options = {{"connector", "kafka"}, {"topic", "alerts"}};
  }

  MemoryFiles files_;
  Manifest manifest_ = FullManifest();
};

TEST_F(CheckpointVerificationTest, AManifestThatNamesNothingIsFine) {
  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(CheckpointVerificationTest, ASectionMustBeOne) {
  keyed().deltas = {Put("state/a.delta", "no section at all")};
  ExpectFault("state/a.delta", "does not begin like a section");
}

TEST_F(CheckpointVerificationTest, AListMustBeOneAndListTheTablesThatAreNamed) {
  keyed().snapshot = {Put("state/a.tables", "no list of tables")};
  ExpectFault("state/a.tables", "does not begin like a list");
  keyed().snapshot = {Put("state/a.tables", EncodeTableList({.numbers = {1, 2}}))};
  ExpectFault("state/a.tables", "lists 2 tables, the manifest names 0");
}

TEST_F(CheckpointVerificationTest, ATableMustBeOneOfRocksDb) {
  // RocksDB looks at the machine's files, where this one is not.
  keyed().snapshot = {Put("state/a.tables", EncodeTableList({.numbers = {1}})),
                      Put("state/a.sst", "no table")};
  ExpectFault("state/a.sst", "RocksDB cannot read it");
}

TEST_F(CheckpointVerificationTest, ASegmentMustBeOfItsSlotAndEpoch) {
  PutSegment(7, "slot");
  EXPECT_THAT(Verify(), IsEmpty());
  PutSegment(7, "another slot");
  ExpectFault("segments/7.segment", "output of slot another slot");
  PutSegment(8, "slot");
  ExpectFault("segments/7.segment", "of epoch 8");
}

TEST_F(CheckpointVerificationTest, ASegmentThatNobodyOwnsIsAFault) {
  PutSegment(7, "slot");
  sink().values.clear();
  ExpectFault("segments/7.segment", "does not say whose");
  PutSegment(7, "slot");
  manifest_.graph.stages.clear();
  ExpectFault("segments/7.segment", "which topic");
}

TEST_F(CheckpointVerificationTest, ASegmentOfDeadLettersIsForTheTopicOfItsSource) {
  PutSegment(7, "slot");
  const std::string prefix = DeadLetterStatePrefix(manifest_.graph.stages[0].operators[0]);
  sink().state_id = prefix + "alerts";
  EXPECT_THAT(Verify(), IsEmpty());
  sink().state_id = prefix + "others";
  ExpectFault("segments/7.segment", "others");
}

TEST_F(CheckpointVerificationTest, WhatSeveralManifestsNameIsReadOnceAndToldForEach) {
  keyed().deltas = {Put("state/a.delta", "no section at all")};
  CheckpointVerifier verifier(files_, "/c/job");
  const std::vector<FileFault> first = verifier.Verify(manifest_);
  files_.bytes("/c/job/state/a.delta") = "";
  EXPECT_EQ(verifier.Verify(manifest_), first);
  EXPECT_EQ(verifier.files(), 1);
  EXPECT_EQ(verifier.bytes(), 17);
}

}  // namespace
}  // namespace millrace
