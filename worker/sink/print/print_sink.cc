#include "worker/sink/print/print_sink.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/columnar/value_format.h"
#include "common/plan/option_reader.h"
#include "worker/sink/print/line_sink.h"

namespace millrace {
namespace {

class PrintSink final : public LineSink {
 public:
  PrintSink(Schema schema, std::string identifier, TextOutput output)
      : schema_(std::move(schema)),
        identifier_(std::move(identifier)),
        output_(std::move(output)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    prefix_ = identifier_;
    if (context.parallelism > 1) {
      if (!prefix_.empty()) prefix_ += ':';
      absl::StrAppend(&prefix_, context.task.index + 1);
    }
    if (!prefix_.empty()) prefix_ += "> ";
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    lines_.clear();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      lines_ += prefix_;
      AppendRow(schema_, batch, row, lines_);
      lines_ += '\n';
    }
    output_(lines_);
    return Progress::kDone;
  }

 private:
  const Schema schema_;
  const std::string identifier_;
  const TextOutput output_;
  std::string prefix_;
  std::string lines_;  // Scratch.
};

}  // namespace

std::unique_ptr<Sink> NewPrintSink(const SinkSpec& spec, TextOutput output) {
  const OptionReader options(spec.table);
  return std::make_unique<PrintSink>(spec.table.schema, options.Text("print-identifier", ""),
                                     std::move(output));
}

}  // namespace millrace
