#include "worker/sink/not_null/not_null_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

// Counts the rows it is given.
class CountingSink final : public Sink {
 public:
  explicit CountingSink(int64_t& rows) : rows_(rows) {}
  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> Append(Batch batch) override {
    rows_ += batch.num_rows();
    return Progress::kDone;
  }
  absl::Status Seal(Epoch) override { return absl::OkStatus(); }
  absl::StatusOr<bool> Flushed(Epoch) override { return true; }
  absl::Status OnDurable(Epoch, Term) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  int64_t& rows_;
};

SinkSpec Table(bool nullable) {
  return {.table = {.name = "orders",
                    .schema = Schema{{"id", DataType::BigInt().WithNullable(nullable)},
                                     {"note", DataType::String()}}}};
}

TEST(NotNullSinkTest, RowsThatKeepThePromisePass) {
  int64_t rows = 0;
  const SinkSpec spec = Table(false);
  const auto sink = NotNullEnforced(spec, std::make_unique<CountingSink>(rows));
  EXPECT_OK(sink->Append(MakeBatch(spec.table.schema, {{1, nullptr}, {2, "b"}})));
  EXPECT_EQ(rows, 2);
}

TEST(NotNullSinkTest, ANullFailsWithColumnAndTableAndIsNotWritten) {
  int64_t rows = 0;
  const SinkSpec spec = Table(false);
  const auto sink = NotNullEnforced(spec, std::make_unique<CountingSink>(rows));
  EXPECT_THAT(sink->Append(MakeBatch(spec.table.schema, {{1, "a"}, {nullptr, "b"}})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::AllOf(testing::HasSubstr("'id'"), testing::HasSubstr("orders"))));
  EXPECT_EQ(rows, 0);
}

TEST(NotNullSinkTest, ATableWithoutThePromiseIsLeftAlone) {
  int64_t rows = 0;
  const SinkSpec spec = Table(true);
  const auto sink = NotNullEnforced(spec, std::make_unique<CountingSink>(rows));
  EXPECT_OK(sink->Append(MakeBatch(spec.table.schema, {{nullptr, nullptr}})));
  EXPECT_EQ(rows, 1);
}

}  // namespace
}  // namespace millrace
