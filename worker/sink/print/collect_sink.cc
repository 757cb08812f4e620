#include "worker/sink/print/collect_sink.h"

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/columnar/value_format.h"
#include "common/plan/option_reader.h"
#include "worker/sink/print/line_sink.h"
#include "worker/sink/print/row_text.h"

namespace millrace {
namespace {

// Writes rows in one of the forms.
class RowPrinter {
 public:
  virtual ~RowPrinter() = default;
  virtual void AppendHeader(std::string& out) const {}
  virtual absl::Status AppendRows(const Batch& batch, std::string& out) = 0;
  // Whether updates and deletes can be told apart from new rows.
  virtual bool shows_changes() const { return false; }
};

class TablePrinter final : public RowPrinter {
 public:
  explicit TablePrinter(const Schema& schema) : table_(schema) {}
  void AppendHeader(std::string& out) const override { table_.AppendHeader(out); }
  absl::Status AppendRows(const Batch& batch, std::string& out) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) table_.AppendRow(batch, row, out);
    return absl::OkStatus();
  }

 private:
  const TableText table_;
};

class CsvPrinter final : public RowPrinter {
 public:
  explicit CsvPrinter(Schema schema) : schema_(std::move(schema)) {}
  void AppendHeader(std::string& out) const override { AppendCsvHeader(schema_, out); }
  absl::Status AppendRows(const Batch& batch, std::string& out) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) AppendCsvRow(schema_, batch, row, out);
    return absl::OkStatus();
  }

 private:
  const Schema schema_;
};

class JsonPrinter final : public RowPrinter {
 public:
  explicit JsonPrinter(std::unique_ptr<Encoder> encoder) : encoder_(std::move(encoder)) {}
  absl::Status AppendRows(const Batch& batch, std::string& out) override {
    RETURN_IF_ERROR(encoder_->Encode(batch, records_));
    for (int64_t i = 0; i < records_.size(); ++i) {
      out += records_.record(i);
      out += '\n';
    }
    return absl::OkStatus();
  }

 private:
  const std::unique_ptr<Encoder> encoder_;
  EncodedRecords records_;
};

class ChangelogPrinter final : public RowPrinter {
 public:
  explicit ChangelogPrinter(Schema schema) : schema_(std::move(schema)) {}
  absl::Status AppendRows(const Batch& batch, std::string& out) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      AppendRow(schema_, batch, row, out);
      out += '\n';
    }
    return absl::OkStatus();
  }
  bool shows_changes() const override { return true; }

 private:
  const Schema schema_;
};

class CellsPrinter final : public RowPrinter {
 public:
  explicit CellsPrinter(Schema schema) : schema_(std::move(schema)) {}
  absl::Status AppendRows(const Batch& batch, std::string& out) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      AppendCellsRow(schema_, batch, row, out);
    }
    return absl::OkStatus();
  }
  bool shows_changes() const override { return true; }

 private:
  const Schema schema_;
};

class CollectSink final : public LineSink {
 public:
  CollectSink(std::unique_ptr<RowPrinter> printer, TextOutput output)
      : printer_(std::move(printer)), output_(std::move(output)) {}

  // Every task is open before any runs, so the first task's header comes before all rows.
  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    if (context.task.index > 0 || restored != nullptr) return absl::OkStatus();
    text_.clear();
    printer_->AppendHeader(text_);
    if (!text_.empty()) output_(text_);
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    if (!batch.insert_only() && !printer_->shows_changes()) {
      return absl::InvalidArgumentError(
          "this query changes rows that it gave before, which only the output 'changelog' can "
          "show: use -o changelog");
    }
    text_.clear();
    RETURN_IF_ERROR(printer_->AppendRows(batch, text_));
    output_(text_);
    return Progress::kDone;
  }

 private:
  const std::unique_ptr<RowPrinter> printer_;
  const TextOutput output_;
  std::string text_;  // Scratch.
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> NewCollectSink(const SinkSpec& spec,
                                                     std::unique_ptr<Encoder> json,
                                                     TextOutput output) {
  const OptionReader options(spec.table);
  const std::string format = options.Text("collect.format", "table");
  const Schema& schema = spec.table.schema;
  std::unique_ptr<RowPrinter> printer;
  if (format == "table") {
    printer = std::make_unique<TablePrinter>(schema);
  } else if (format == "csv") {
    printer = std::make_unique<CsvPrinter>(schema);
  } else if (format == "json") {
    printer = std::make_unique<JsonPrinter>(std::move(json));
  } else if (format == "changelog") {
    printer = std::make_unique<ChangelogPrinter>(schema);
  } else if (format == "cells") {
    printer = std::make_unique<CellsPrinter>(schema);
  } else {
    return options.Wrong("collect.format", "use one of table, json, csv, changelog, cells");
  }
  return std::make_unique<CollectSink>(std::move(printer), std::move(output));
}

}  // namespace millrace
