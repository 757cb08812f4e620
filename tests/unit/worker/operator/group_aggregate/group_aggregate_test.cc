// What GROUP BY without a window gives: which changes, when, and how many.
#include "worker/operator/group_aggregate/group_aggregate.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/unit/worker/operator/group_aggregate/group_driver.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr AggregateFunction kSum = AggregateFunction::kSum;
constexpr AggregateFunction kMin = AggregateFunction::kMin;
constexpr AggregateFunction kMax = AggregateFunction::kMax;
constexpr AggregateFunction kAvg = AggregateFunction::kAvg;

const Schema kClicks{{"page", DataType::String()}, {"n", DataType::BigInt()}};

GroupSetting Counts(bool emits_update_before = true) {
  return {.input = kClicks,
          .keys = {0},
          .calls = {Count(), Call(kSum, 1, DataType::BigInt())},
          .emits_update_before = emits_update_before};
}

TEST(GroupAggregateTest, AGroupIsInsertedOnceThenUpdated) {
  GroupDriver groups(Counts());
  groups.Input({{"a", 5}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 1, 5]"));
  groups.Input({{"a", 7}});
  EXPECT_THAT(groups.Rows(), ElementsAre("-U[a, 1, 5]", "+U[a, 2, 12]"));
}

TEST(GroupAggregateTest, ABatchGivesOneChangePerKeyInTheOrderOfFirstRows) {
  GroupDriver groups(Counts());
  groups.Input({{"b", 1}});
  groups.Rows();
  groups.Input({{"c", 1}, {"b", 2}, {"a", 3}, {"c", 4}, {"b", 5}});
  EXPECT_THAT(groups.Rows(),
              ElementsAre("+I[c, 2, 5]", "-U[b, 1, 1]", "+U[b, 3, 8]", "+I[a, 1, 3]"));
  EXPECT_EQ(groups.state().prefetched_keys(), 4);
}

TEST(GroupAggregateTest, WithoutUpdateBeforeAnUpdateIsOneRow) {
  GroupDriver groups(Counts(/*emits_update_before=*/false));
  groups.Input({{"a", 1}});
  groups.Input({{"a", 2}, {"b", 3}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 1, 1]", "+U[a, 2, 3]", "+I[b, 1, 3]"));
}

TEST(GroupAggregateTest, ABatchOfNewGroupsIsInsertOnly) {
  GroupDriver groups(Counts());
  groups.Input({{"a", 1}, {"b", 2}});
  const std::vector<Batch> batches = groups.output().TakeBatches();
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_TRUE(batches[0].insert_only());
}

TEST(GroupAggregateTest, ResultsThatStayTheSameAreNotToldAgain) {
  const Schema input{{"k", DataType::String()},
                     {"x", DataType::BigInt()},
                     {"s", DataType::String()},
                     {"d", DataType::Double()},
                     {"m", DataType::Decimal(10, 2)}};
  GroupDriver groups(
      {.input = input,
       .keys = {0},
       .calls = {Count(1), Call(kMax, 1, DataType::BigInt()), Call(kMin, 2, DataType::String()),
                 Call(kAvg, 3, DataType::Double()), Call(kSum, 4, DataType::Decimal(38, 2))}});
  groups.Input({{"a", 5, "m", 1.5, "2.50"}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 1, 5, m, 1.5, 2.50]"));
  // COUNT(x) does not count, MIN and MAX keep theirs, AVG and SUM come out the same.
  groups.Input({{"a", nullptr, "z", 1.5, "0.00"}, {"a", nullptr, nullptr, nullptr, nullptr}});
  EXPECT_THAT(groups.Rows(), IsEmpty());
  groups.Input({{"a", nullptr, "aa", 1.5, nullptr}});
  EXPECT_THAT(groups.Rows(),
              ElementsAre("-U[a, 1, 5, m, 1.5, 2.50]", "+U[a, 1, 5, aa, 1.5, 2.50]"));
}

TEST(GroupAggregateTest, ANullThatBecomesAValueIsAnUpdate) {
  GroupDriver groups(
      {.input = kClicks,
       .keys = {0},
       .calls = {Call(kSum, 1, DataType::BigInt()), Call(kMin, 1, DataType::BigInt())}});
  groups.Input({{"a", nullptr}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, null, null]"));
  groups.Input({{"a", 0}});
  EXPECT_THAT(groups.Rows(), ElementsAre("-U[a, null, null]", "+U[a, 0, 0]"));
}

TEST(GroupAggregateTest, ASumThatWrapsInItsColumnToTheSameValueIsNoUpdate) {
  const Schema input{{"k", DataType::String()}, {"x", DataType::TinyInt()}};
  GroupDriver groups({.input = input, .keys = {0}, .calls = {Call(kSum, 1, DataType::TinyInt())}});
  groups.Input({{"a", 3}});
  groups.Rows();
  groups.Input({{"a", 127}, {"a", 127}, {"a", 2}});
  EXPECT_THAT(groups.Rows(), IsEmpty());
}

// (0.1 + 0.2) + 0.3 is not 0.1 + (0.2 + 0.3): rows are added one by one, as in Flink.
TEST(GroupAggregateTest, ASumOfDoublesDoesNotDependOnWhereBatchesAreCut) {
  const Schema input{{"k", DataType::String()}, {"x", DataType::Double()}};
  const std::vector<RowValues> rows = {{"a", 0.1}, {"b", 7.5},     {"a", 0.2},
                                       {"b", 1.0}, {"a", nullptr}, {"a", 0.3}};
  for (size_t cut = 0; cut <= rows.size(); ++cut) {
    GroupDriver groups(
        {.input = input,
         .keys = {0},
         .calls = {Call(kSum, 1, DataType::Double()), Count(), Call(kAvg, 1, DataType::Double())}});
    if (cut > 0) groups.Input({rows.begin(), rows.begin() + static_cast<ptrdiff_t>(cut)});
    if (cut < rows.size()) groups.Input({rows.begin() + static_cast<ptrdiff_t>(cut), rows.end()});
    EXPECT_THAT(
        groups.Rows(),
        testing::Contains(testing::EndsWith("[a, 0.6000000000000001, 4, 0.20000000000000004]")))
        << cut;
  }
}

TEST(GroupAggregateTest, NullIsAKeyLikeAnyOther) {
  GroupDriver groups(Counts());
  groups.Input({{nullptr, 1}, {"", 2}, {nullptr, 3}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[null, 2, 4]", "+I[, 1, 2]"));
}

TEST(GroupAggregateTest, NullNumbersGroupTogetherAndApartFromZero) {
  GroupDriver groups({.input = kClicks, .keys = {1}, .calls = {Count()}});
  groups.Input({{"x", nullptr}, {"x", 0}, {"x", nullptr}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[null, 2]", "+I[0, 1]"));
}

TEST(GroupAggregateTest, WithoutKeysAllRowsAreOneGroupOnceThereIsOne) {
  GroupDriver groups({.input = kClicks, .calls = {Count(), Count(1)}});
  groups.Input({});
  EXPECT_THAT(groups.Rows(), IsEmpty());
  groups.Input({{"a", 1}, {"b", nullptr}});
  groups.Input({{"c", 1}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[2, 1]", "-U[2, 1]", "+U[3, 2]"));
}

TEST(GroupAggregateTest, WithoutAggregatesEveryKeyComesOnce) {
  GroupDriver groups({.input = kClicks, .keys = {0}});
  groups.Input({{"a", 1}, {"a", 2}});
  groups.Input({{"a", 3}, {"b", 4}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a]", "+I[b]"));
}

TEST(GroupAggregateTest, AFilterThatKeepsNothingStillMakesItsGroup) {
  const Schema input{{"k", DataType::String()}, {"keep", DataType::Boolean()}};
  GroupDriver groups({.input = input, .keys = {0}, .calls = {Filtered(Count(), 1)}});
  groups.Input({{"a", false}});
  groups.Input({{"a", nullptr}});
  groups.Input({{"a", true}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 0]", "-U[a, 0]", "+U[a, 1]"));
}

TEST(GroupAggregateTest, ARestoredGroupIsUpdatedNotInserted) {
  GroupDriver before(Counts());
  before.Input({{"a", 5}});
  GroupDriver after(Counts());
  after.AdoptState(before);
  after.Input({{"a", 7}});
  EXPECT_THAT(after.Rows(), ElementsAre("-U[a, 1, 5]", "+U[a, 2, 12]"));
}

TEST(GroupAggregateTest, TheStateIsOneValueForEachKey) {
  GroupDriver groups({.input = kClicks, .keys = {0}, .calls = {Call(kMin, 0, DataType::String())}});
  EXPECT_TRUE(groups.state().options().has_tail);
  EXPECT_EQ(groups.state().options().state_id, "group-state");
  EXPECT_EQ(groups.state().options().value_bytes, 8);
}

TEST(GroupAggregateTest, StateThatIsBeingFetchedIsWaitedFor) {
  GroupDriver groups(Counts());
  groups.state().BlockPrefetch(2);
  EXPECT_THAT(groups.TryInput({{"a", 1}}), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(groups.Resume(), IsOkAndHolds(Progress::kBlockedIo));
  EXPECT_THAT(groups.Rows(), IsEmpty());
  EXPECT_THAT(groups.Resume(), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 1, 1]"));
}

TEST(GroupAggregateTest, ManyChangesComeInSeveralBatchesAsThereIsRoomAndPairsStayTogether) {
  constexpr int64_t kKeys = 5'000;
  std::vector<RowValues> rows;
  for (int64_t i = 0; i < kKeys; ++i) rows.push_back({std::to_string(i), 1});
  GroupDriver groups(Counts());
  groups.Input(rows);
  groups.Rows();

  groups.output().SetRoom(1);
  absl::StatusOr<Progress> progress = groups.TryInput(rows);
  int64_t pairs = 0;
  int batches = 0;
  for (;; progress = groups.Resume()) {
    for (const Batch& batch : groups.output().TakeBatches()) {
      ++batches;
      EXPECT_LE(batch.num_rows(), Batch::kTargetRows);
      const std::vector<std::string> shown = RowStrings(groups.columns(), batch);
      for (size_t row = 0; row + 1 < shown.size(); row += 2, ++pairs) {
        ASSERT_EQ(shown[row], absl::StrCat("-U[", pairs, ", 1, 1]"));
        ASSERT_EQ(shown[row + 1], absl::StrCat("+U[", pairs, ", 2, 2]"));
      }
    }
    ASSERT_OK(progress);
    if (*progress == Progress::kDone) break;
    ASSERT_EQ(*progress, Progress::kBlockedOutput);
  }
  EXPECT_EQ(pairs, kKeys);
  EXPECT_EQ(batches, 3);
}

TEST(GroupAggregateTest, RowsThatTakeOthersBackAreRefused) {
  GroupDriver groups(Counts());
  EXPECT_THAT(groups.TryInput({{"a", 1}}, {RowKind::kDelete}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("(-D) is valid in Flink")));
}

TEST(GroupAggregateTest, ACallThatDoesNotFitItsArgumentIsNamed) {
  OperatorNode node =
      GroupNode({.input = kClicks, .keys = {0}, .calls = {Call(kSum, 0, DataType::String())}});
  EXPECT_THAT(NewGroupAggregate(node, kClicks),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("GroupAggregate: "), HasSubstr("SUM(STRING)"))));
}

// The table that changes lead to: every change is checked against what was there.
class ChangedTable {
 public:
  void Apply(const std::vector<std::string>& changes) {
    for (const std::string& change : changes) {
      const std::string kind = change.substr(0, 2);
      const std::string row = change.substr(2);
      const std::string key = row.substr(0, row.find(','));
      if (kind == "-U" || kind == "-D") {
        ASSERT_EQ(rows_[key], row) << change;
        rows_.erase(key);
      } else {
        ASSERT_TRUE(rows_.emplace(key, row).second) << change;
      }
      was_update_ = kind == "-U";
    }
    ASSERT_FALSE(was_update_) << "an update without its second row";
  }
  const std::map<std::string, std::string>& rows() const { return rows_; }

 private:
  std::map<std::string, std::string> rows_;
  bool was_update_ = false;
};

TEST(GroupAggregateTest, RandomRowsLeadToTheTableThatANaiveModelHas) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    GroupDriver groups({.input = kClicks,
                        .keys = {0},
                        .calls = {Count(1), Call(kSum, 1, DataType::BigInt()),
                                  Call(kMax, 1, DataType::BigInt())}});
    ChangedTable table;
    struct Group {
      int64_t count = 0;
      int64_t sum = 0;
      int64_t max = 0;
    };
    std::map<std::string, Group> model;
    for (int step = 0; step < 20; ++step) {
      std::vector<RowValues> rows;
      for (uint32_t i = random.Below(50); i > 0; --i) {
        const std::string key(1, static_cast<char>('a' + random.Below(20)));
        const int64_t value = int64_t{random.Below(9)} - 4;
        const bool is_null = random.Below(3) == 0;
        Group& group = model[key];
        rows.push_back({key, is_null ? Value(nullptr) : Value(value)});
        if (is_null) continue;
        group.max = group.count == 0 ? value : std::max(group.max, value);
        group.sum += value;
        ++group.count;
      }
      groups.Input(rows);
      table.Apply(groups.Rows());
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << " step " << step;
    }
    std::map<std::string, std::string> expected;
    for (const auto& [key, group] : model) {
      const std::string sum = group.count == 0 ? "null" : absl::StrCat(group.sum);
      const std::string max = group.count == 0 ? "null" : absl::StrCat(group.max);
      expected["[" + key] = absl::StrCat("[", key, ", ", group.count, ", ", sum, ", ", max, "]");
    }
    EXPECT_EQ(table.rows(), expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millrace
