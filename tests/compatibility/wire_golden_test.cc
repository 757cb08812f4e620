// Manifests and plans outlive the version that wrote them; batches travel inside them and between
// workers.

#include <gmock/gmock.h>

#include "common/columnar/batch_codec.h"
#include "common/wire/checkpoint_wire.h"
#include "common/wire/plan_wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/compatibility/golden_bytes.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;

std::string Bytes(const EncodedBatch& encoded) {
  std::string bytes;
  for (const auto& slice : encoded.slices) bytes += slice->ToString();
  return bytes;
}

std::string DeterministicBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  EXPECT_TRUE(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

TEST(ManifestGoldenTest, AManifestHasTheSameBytesForEver) {
  ExpectGolden("manifest", EncodeManifest(FullManifest()));
}

TEST(ManifestGoldenTest, AManifestOfAnOlderVersionIsRead) {
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, DecodeManifest(ReadGolden("manifest")));
  EXPECT_EQ(manifest.epoch, Epoch(42));
  EXPECT_EQ(manifest.tasks[1].operators[0].keyed[0].deltas[1].path, "state/42-3-2-w.delta");
  EXPECT_OK(Validate(manifest.graph));
}

TEST(PlanGoldenTest, APlanHasTheSameBytesForEver) {
  ExpectGolden("plan", DeterministicBytes(JobGraphToProto(CountBigUsersClicks(2))));
}

TEST(PlanGoldenTest, APlanOfAnOlderVersionIsRead) {
  v1::JobGraph message;
  ASSERT_TRUE(message.ParseFromString(ReadGolden("plan")));
  ASSERT_OK_AND_ASSIGN(const JobGraph graph, JobGraphFromProto(message));
  EXPECT_OK(Validate(graph));
  const auto& calc = std::get<CalcSpec>(graph.stages[0].operators[1].spec);
  const JobGraph plan = CountBigUsersClicks();
  const auto& expected = std::get<CalcSpec>(plan.stages[0].operators[1].spec);
  EXPECT_EQ(calc.condition->ToString(), expected.condition->ToString());
}

JobGraph Groups() {
  JobGraph graph = GroupClicks(2);
  auto& groups = std::get<GroupAggregateSpec>(graph.stages[1].operators[0].spec);
  groups.calls[0].filter_column = 1;
  groups.emits_update_before = true;
  graph.edges[1].changelog = Changelog::kRetract;
  return graph;
}

TEST(PlanGoldenTest, APlanWithGroupsHasTheSameBytesForEver) {
  ExpectGolden("plan_groups", DeterministicBytes(JobGraphToProto(Groups())));
}

TEST(PlanGoldenTest, APlanWithGroupsOfAnOlderVersionIsRead) {
  v1::JobGraph message;
  ASSERT_TRUE(message.ParseFromString(ReadGolden("plan_groups")));
  ASSERT_OK_AND_ASSIGN(const JobGraph graph, JobGraphFromProto(message));
  EXPECT_EQ(graph.edges[1].changelog, Changelog::kRetract);
  EXPECT_TRUE(std::get<GroupAggregateSpec>(graph.stages[1].operators[0].spec).emits_update_before);
}

Batch SomeBatch(std::vector<RowKind> kinds) {
  return MakeBatch(ClicksSchema(),
                   {{"2024-01-01 00:00:05", "/home", 1}, {nullptr, "", 2}, {0, nullptr, nullptr}},
                   std::move(kinds));
}

TEST(BatchGoldenTest, ABatchHasTheSameBytesForEver) {
  ASSERT_OK_AND_ASSIGN(const EncodedBatch encoded, EncodeBatch(SomeBatch({})));
  ExpectGolden("batch", Bytes(encoded));
}

TEST(BatchGoldenTest, RowKindsHaveTheSameBytesForEver) {
  ASSERT_OK_AND_ASSIGN(
      const EncodedBatch encoded,
      EncodeBatch(SomeBatch({RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete})));
  ExpectGolden("batch_kinds", Bytes(encoded));
}

TEST(BatchGoldenTest, ABatchOfAnOlderVersionIsRead) {
  ASSERT_OK_AND_ASSIGN(
      const Batch batch,
      DecodeBatch(ClicksSchema().ToArrow(), arrow::Buffer::FromString(ReadGolden("batch_kinds"))));
  EXPECT_THAT(RowStrings(ClicksSchema(), batch),
              ElementsAre("-U[2024-01-01T00:00:05, /home, 1]", "+U[null, , 2]",
                          "-D[1970-01-01T00:00, null, null]"));
}

}  // namespace
}  // namespace millrace
