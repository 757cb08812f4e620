#include "cli/checkpoint/checkpoint_text.h"

#include <gmock/gmock.h>

#include "tests/harness/checkpoints.h"

namespace millrace {
namespace {

using testing::HasSubstr;

ManifestFile Full(std::optional<bool> retained = true) {
  return {.path = "manifests/42-3-0123456789abcdef.manifest",
          .epoch = Epoch(42),
          .term = Term(3),
          .bytes = 1891,
          .manifest = FullManifest(),
          .retained = retained};
}

ManifestFile Damaged() {
  return {.path = "manifests/41-3-x.manifest",
          .epoch = Epoch(41),
          .term = Term(3),
          .manifest = absl::DataLossError("its \"checksum\"")};
}

TEST(CheckpointTextTest, ALineForEachCheckpoint) {
  EXPECT_EQ(
      CheckpointTable({Full(), Damaged()}),
      "  EPOCH  TERM  ATTEMPT   PARENT  TAKEN (UTC)                STATE BYTES  TASKS  SEGMENTS  "
      "RETAINED  MANIFEST\n"
      "     42     3        2       41  2023-11-14 22:13:20.123           4323      2         1  "
      "     yes  manifests/42-3-0123456789abcdef.manifest\n"
      "     41     3  cannot be read                                                           "
      "         ?  manifests/41-3-x.manifest: its \"checksum\"\n");
}

TEST(CheckpointTextTest, ProgramsGetJson) {
  EXPECT_EQ(CheckpointTableJson({Full(std::nullopt), Damaged()}),
            "{\"checkpoints\": [\n"
            "{\"epoch\": 42, \"term\": 3, \"attempt\": 2, \"parent\": 41, "
            "\"time\": \"2023-11-14T22:13:20.123Z\", \"state_bytes\": 4323, \"tasks\": 2, "
            "\"segments\": 1, \"retained\": null, "
            "\"manifest\": \"manifests/42-3-0123456789abcdef.manifest\", \"error\": \"\"},\n"
            "{\"epoch\": 41, \"term\": 3, \"retained\": null, "
            "\"manifest\": \"manifests/41-3-x.manifest\", \"error\": \"its \\\"checksum\\\"\"}\n"
            "]}\n");
}

TEST(CheckpointTextTest, OneCheckpointIsShownWithAllItHolds) {
  EXPECT_EQ(CheckpointDetails(Full()),
            "epoch       42 of job job-3f9c0a12, count clicks\n"
            "taken       2023-11-14 22:13:20.123 UTC, in term 3, attempt 2, after epoch 41\n"
            "lineage     lineage-1\n"
            "manifest    manifests/42-3-0123456789abcdef.manifest, 1891 bytes; retained: yes\n"
            "state       4323 bytes in 4 files; 1 segments wait to be published\n"
            "\n"
            "task 0/0  clicks  finished\n"
            "  Source: clicks  [source-clicks]\n"
            "    value a  0 bytes\n"
            "    value split/0  3 bytes\n"
            "    value split/1  2 bytes\n"
            "\n"
            "task 1/0  counts\n"
            "  watermarks 1970-01-01 00:00:01.000, none yet, end\n"
            "  TUMBLE(at, 1 s) by page  [count-by-page]\n"
            "    key groups 0 to 1023, layout 1\n"
            "      list     state/40-3-2-w-1-0-0.sst  4096 bytes at 0\n"
            "      section  state/41-3-2-w.delta  100 bytes at 16\n"
            "      section  state/42-3-2-w.delta  50 bytes at 0\n"
            "  Sink: counts  [sink-counts]\n"
            "    segment of epoch 42, 5 records  segments/42-3-2-w-1-0.segment  77 bytes at 0\n");
}

TEST(CheckpointTextTest, ItsJsonHasTheSame) {
  const std::string json = CheckpointDetailsJson(Full());
  EXPECT_THAT(json, HasSubstr("\"watermarks\": [\"1970-01-01T00:00:01.000Z\", null, \"end\"]"));
  EXPECT_THAT(json, HasSubstr("\"sections\": [{\"path\": \"state/41-3-2-w.delta\", \"offset\": 16, "
                              "\"bytes\": 100, \"crc32c\": \"00000001\"}"));
  EXPECT_THAT(json, HasSubstr("{\"name\": \"split/0\", \"bytes\": 3}"));
  EXPECT_THAT(json, HasSubstr("\"epoch\": 42, \"records\": 5}]"));
}

TEST(CheckpointTextTest, ATaskThatTheGraphDoesNotKnowIsShownWithoutNames) {
  ManifestFile file = Full();
  file.manifest->tasks[0].task.stage = StageId(7);
  EXPECT_THAT(CheckpointDetails(file), HasSubstr("task 7/0    finished\n    [source-clicks]\n"));
}

}  // namespace
}  // namespace millrace
