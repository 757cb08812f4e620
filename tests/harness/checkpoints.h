// A manifest that uses every field, for the tests of wire and golden bytes.
#pragma once

#include "common/checkpoint/manifest.h"
#include "tests/harness/plans.h"

namespace millrace {

inline Manifest FullManifest() {
  Manifest manifest{.job = JobId("job-3f9c0a12"),
                    .lineage = "lineage-1",
                    .epoch = Epoch(42),
                    .term = Term(3),
                    .attempt = Attempt(2),
                    .uuid = "0123456789abcdef",
                    .parent = Epoch(41),
                    .created_unix_ms = 1'700'000'000'123,
                    .graph = CountBigUsersClicks()};
  TaskSnapshot source{.task = {StageId(0), 0}, .finished = true};
  source.operators.push_back(
      {.state_id = "source-clicks",
       .values = {{"split/0", std::string("\x00\xff\x01", 3)}, {"split/1", "17"}, {"a", ""}}});
  TaskSnapshot count{.task = {StageId(1), 0},
                     .input_watermarks = {EventTime(1000), EventTime::Min(), EventTime::Max()}};
  KeyedStateSnapshot keyed{.key_groups = {.begin = 0, .end = 1024}, .schema_version = 1};
  keyed.snapshot.push_back({"state/40-3-2-w-1-0-0.sst", 0, 4096, 0xdeadbeef});
  keyed.deltas.push_back({"state/41-3-2-w.delta", 16, 100, 1});
  keyed.deltas.push_back({"state/42-3-2-w.delta", 0, 50, 2});
  count.operators.push_back({.state_id = "count-by-page", .keyed = {keyed}});
  OperatorSnapshot sink{.state_id = "sink-counts"};
  sink.segments.push_back(
      {.epoch = Epoch(42), .file = {"segments/42-3-2-w-1-0.segment", 0, 77, 3}, .records = 5});
  count.operators.push_back(sink);
  manifest.tasks = {source, count};
  return manifest;
}

}  // namespace millrace
