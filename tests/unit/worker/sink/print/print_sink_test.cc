#include "worker/sink/print/print_sink.h"

#include "common/columnar/value_format.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/sink/print/collect_sink.h"

namespace millrace {
namespace {

using testing::HasSubstr;

const Schema kRows{
    {"page", DataType::String()}, {"clicks", DataType::BigInt()}, {"at", DataType::Timestamp(3)}};

Batch Rows(std::vector<RowKind> kinds = {}) {
  return MakeBatch(kRows, {{"/home", 3, "2024-01-01 00:00:05"}, {nullptr, -10, nullptr}},
                   std::move(kinds));
}

// Stands for the JSON encoder.
class ClicksEncoder final : public Encoder {
 public:
  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records = {};
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
      records.bytes += "{\"clicks\":";
      AppendValue(DataType::BigInt(), *batch.column(1), row, records.bytes);
      records.bytes += "}";
    }
    records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    return absl::OkStatus();
  }
};

class PrintTest : public testing::Test {
 protected:
  SinkSpec Spec(TableOptions options) {
    return {.table = {.name = "out", .options = std::move(options), .schema = kRows}};
  }
  TextOutput Output() {
    return [this](std::string_view lines) { printed_ += lines; };
  }
  std::string Print(Sink& sink, Batch batch, ConnectorWorld::Place place = {}) {
    CHECK_OK(sink.Open(world_.Context(place), nullptr));
    auto progress = sink.Append(std::move(batch));
    CHECK_OK(progress.status());
    return printed_;
  }
  std::string Collect(const std::string& format, Batch batch) {
    auto sink = NewCollectSink(Spec({{"collect.format", format}}),
                               std::make_unique<ClicksEncoder>(), Output());
    CHECK_OK(sink.status());
    return Print(**sink, std::move(batch));
  }

  ConnectorWorld world_;
  std::string printed_;
};

TEST_F(PrintTest, RowsAreFlinksLines) {
  auto sink = NewPrintSink(Spec({}), Output());
  EXPECT_EQ(Print(*sink, Rows()), "+I[/home, 3, 2024-01-01T00:00:05]\n+I[null, -10, null]\n");
}

TEST_F(PrintTest, RowKindsAreShown) {
  auto sink = NewPrintSink(Spec({}), Output());
  EXPECT_EQ(Print(*sink, Rows({RowKind::kUpdateBefore, RowKind::kUpdateAfter})),
            "-U[/home, 3, 2024-01-01T00:00:05]\n+U[null, -10, null]\n");
}

TEST_F(PrintTest, TheIdentifierAndTheTaskStandBeforeTheRow) {
  const struct {
    TableOptions options;
    ConnectorWorld::Place place;
    const char* prefix;
  } cases[] = {
      {{}, {0, 1}, "+I"},
      {{{"print-identifier", "alerts"}}, {0, 1}, "alerts> +I"},
      {{{"print-identifier", "alerts"}}, {1, 2}, "alerts:2> +I"},
      {{}, {0, 2}, "1> +I"},
  };
  for (const auto& [options, place, prefix] : cases) {
    printed_.clear();
    auto sink = NewPrintSink(Spec(options), Output());
    EXPECT_THAT(Print(*sink, Rows(), place), testing::StartsWith(prefix));
  }
}

TEST_F(PrintTest, ATableHasAHeaderAndAlignedColumns) {
  EXPECT_EQ(Collect("table", Rows()),
            " page                 |       clicks | at                      \n"
            "----------------------+--------------+-------------------------\n"
            " /home                |            3 | 2024-01-01 00:00:05.000 \n"
            " NULL                 |          -10 | NULL                    \n");
}

TEST_F(PrintTest, AValueWiderThanItsColumnIsNotCut) {
  const std::string page(30, 'x');
  EXPECT_THAT(Collect("table", MakeBatch(kRows, {{page, 1, nullptr}})),
              HasSubstr(" " + page + " |            1 |"));
}

TEST_F(PrintTest, AValueTellsTheTerminalNothing) {
  EXPECT_THAT(Collect("table", MakeBatch(kRows, {{"\x1b[31m\xc2\x9b"
                                                  "0m",
                                                  1, nullptr}})),
              HasSubstr("\n  [31m 0m             |            1 |"));
}

TEST_F(PrintTest, OnlyTheFirstTaskPrintsTheHeader) {
  ASSERT_OK_AND_ASSIGN(auto sink,
                       NewCollectSink(Spec({{"collect.format", "table"}}), nullptr, Output()));
  EXPECT_THAT(Print(*sink, Rows(), {1, 2}), testing::StartsWith(" /home"));
}

TEST_F(PrintTest, CsvQuotesWhatNeedsItAndTellsNullFromEmpty) {
  EXPECT_EQ(
      Collect("csv",
              MakeBatch(kRows, {{"a,\"b\"", 1, nullptr}, {"", 2, nullptr}, {nullptr, 3, nullptr}})),
      "page,clicks,at\n\"a,\"\"b\"\"\",1,\n\"\",2,\n,3,\n");
}

TEST_F(PrintTest, JsonIsOneObjectPerLine) {
  EXPECT_EQ(Collect("json", Rows()), "{\"clicks\":3}\n{\"clicks\":-10}\n");
}

TEST_F(PrintTest, AChangelogShowsEveryChange) {
  EXPECT_EQ(Collect("changelog", Rows({RowKind::kDelete, RowKind::kInsert})),
            "-D[/home, 3, 2024-01-01T00:00:05]\n+I[null, -10, null]\n");
}

TEST_F(PrintTest, CellsShowEveryChangeToAProgram) {
  EXPECT_EQ(Collect("cells", Rows({RowKind::kDelete, RowKind::kInsert})),
            "-D\t/home\t3\t2024-01-01 00:00:05.000\n+I\t\\N\t-10\t\\N\n");
}

TEST_F(PrintTest, WhatCannotShowChangesRefusesThem) {
  for (const char* format : {"table", "csv", "json"}) {
    ASSERT_OK_AND_ASSIGN(auto sink, NewCollectSink(Spec({{"collect.format", format}}),
                                                   std::make_unique<ClicksEncoder>(), Output()));
    ASSERT_OK(sink->Open(world_.Context({}), nullptr));
    EXPECT_THAT(sink->Append(Rows({RowKind::kInsert, RowKind::kDelete})),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-o changelog")));
  }
}

TEST_F(PrintTest, AnUnknownFormatIsAnError) {
  EXPECT_THAT(
      NewCollectSink(Spec({{"collect.format", "xml"}}), nullptr, Output()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("table, json, csv, changelog")));
}

}  // namespace
}  // namespace millrace
