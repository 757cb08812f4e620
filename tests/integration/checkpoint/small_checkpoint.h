// Two checkpoints of a small job, as files of the code that writes them in production: keyed state
// of two tasks (tables of RocksDB and sections), a segment that waits to be published, manifests.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/paths.h"
#include "coordinator/checkpoint/manifest_folder.h"
#include "coordinator/server/proto_codecs.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/worker/state/spill_worlds.h"
#include "tests/unit/worker/state/state_world.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/segment_reader.h"

namespace millrace {

class SmallCheckpoint {
 public:
  static constexpr int32_t kTasks = 2;
  static constexpr char kStateId[] = "sum";
  static constexpr char kSlot[] = "cluster.line.sink-counts.0";
  static constexpr char kTopic[] = "alerts";

  SmallCheckpoint() : folder_(disk_.files(), codec_, world_.checkpoint_dir()) {
    graph_ = CountClicks(kTasks);
    graph_.options.max_parallelism = StateTask::kMaxParallelism;
    graph_.stages[1].operators[0].state_id = kStateId;
    std::get<SinkSpec>(graph_.stages[1].operators[1].spec).table.options = {{"connector", "kafka"},
                                                                            {"topic", kTopic}};
    std::vector<std::unique_ptr<StateTask>> tasks;
    for (int32_t index = 0; index < kTasks; ++index) {
      tasks.push_back(std::make_unique<StateTask>(
          world_, StateTaskOptions{.index = index, .parallelism = kTasks}));
    }
    for (int64_t epoch = 1; epoch <= 5; ++epoch) {
      std::vector<KeyedStateSnapshot> keyed;
      for (const auto& task : tasks) {
        // More than stays in RAM once, then little.
        for (int key = 0; key < (epoch == 1 ? 100 : 2); ++key) {
          const std::string name = absl::StrCat("key", key);
          if (task->Owns(name)) task->Add(key % 2, name, epoch);
        }
        keyed.push_back(task->Checkpoint(epoch));
      }
      if (epoch >= 4) WriteManifest(epoch, keyed);
    }
    for (const auto& task : tasks) contents_.push_back(task->Scan());
  }

  FileSystem& files() { return disk_.files(); }
  std::string folder() const { return world_.checkpoint_dir(); }
  const Manifest& latest() const { return latest_; }
  // Oldest first.
  const std::vector<ManifestRef>& retained() const { return retained_; }
  const JobGraph& graph() const { return graph_; }

  // As a coordinator does it.
  absl::StatusOr<RestorePoint> Load(const JobGraph& graph) {
    return folder_.Load(retained_, graph);
  }

  // As the task does that goes on from `keyed`; its contents must be what they were.
  absl::Status RestoreTask(int32_t index, const KeyedStateSnapshot& keyed) {
    absl::Status opened;
    {
      StateTask task(world_, {.index = index, .parallelism = kTasks, .restored = {keyed}});
      opened = task.opened;
      if (opened.ok()) {
        EXPECT_EQ(task.Scan(), contents_[static_cast<size_t>(index)]);
      }
    }
    EXPECT_OK(files().RemoveTree(absl::StrCat(world_.root, "/local-", world_.attempts)));
    return opened;
  }

  // As the slot does before it publishes.
  absl::Status RestoreSegment(const SegmentRef& segment) {
    return ReadSegment(files(), folder(), segment, kSlot, kTopic,
                       [](const StagedRecord&) { return absl::OkStatus(); })
        .status();
  }

 private:
  SegmentRef WriteSegment(int64_t epoch) {
    SegmentEncoder encoder(kSlot, kTopic);
    for (int i = 0; i < 20; ++i) {
      const std::string value = absl::StrCat("{\"n\": ", i, "}");
      EXPECT_OK(encoder.Append({.key = "k", .value = value}));
    }
    const SegmentFooter footer = encoder.Finish(Epoch(epoch));
    const std::string bytes = encoder.Take(/*everything=*/true);
    const std::string path = SegmentPath(
        {.epoch = Epoch(epoch), .term = Term(1), .attempt = Attempt(1), .worker = WorkerId("w")},
        {StageId(1), 0});
    EXPECT_OK(files().CreateDirectories(absl::StrCat(folder(), "/", kSegmentFolder)));
    EXPECT_OK(WriteFile(files(), absl::StrCat(folder(), "/", path), bytes));
    return {.epoch = Epoch(epoch),
            .file = {.path = path,
                     .bytes = static_cast<int64_t>(bytes.size()),
                     .crc32c = Crc32c(bytes)},
            .records = footer.records};
  }

  void WriteManifest(int64_t epoch, const std::vector<KeyedStateSnapshot>& keyed) {
    segments_.push_back(WriteSegment(epoch));
    latest_ = {.job = JobId("job"),
               .lineage = "line",
               .epoch = Epoch(epoch),
               .term = Term(1),
               .attempt = Attempt(1),
               .uuid = absl::StrCat("uuid", epoch),
               .parent = retained_.empty() ? Epoch(0) : retained_.back().epoch,
               .created_unix_ms = 1'764'000'000'000 + epoch,
               .graph = graph_};
    for (int32_t index = 0; index < kTasks; ++index) {
      latest_.tasks.push_back(
          {.task = {StageId(0), index},
           .operators = {{.state_id = "source-clicks", .values = {{"position", "17"}}}}});
      TaskSnapshot counts{.task = {StageId(1), index},
                          .input_watermarks = {EventTime(1'700'000'000'000), EventTime::Min()}};
      counts.operators.push_back(
          {.state_id = kStateId, .keyed = {keyed[static_cast<size_t>(index)]}});
      OperatorSnapshot sink{.state_id = "sink-counts",
                            .values = {{kSlotState, EncodeSlotState({.slot = kSlot})}}};
      if (index == 0) sink.segments = segments_;
      counts.operators.push_back(std::move(sink));
      latest_.tasks.push_back(std::move(counts));
    }
    const absl::StatusOr<StoredManifest> stored = folder_.Write(latest_);
    ASSERT_OK(stored);
    retained_.push_back(stored->ref);
  }

  SpillWorld disk_{SpillKind::kRocksDb};
  StateWorld world_{disk_.files(), disk_.stores(), disk_.root(), /*memory_bytes=*/1};
  const ProtoCheckpointCodec codec_;
  ManifestFolder folder_;
  JobGraph graph_;
  std::vector<StateTask::Contents> contents_;
  std::vector<SegmentRef> segments_;
  Manifest latest_;
  std::vector<ManifestRef> retained_;
};

}  // namespace millrace
