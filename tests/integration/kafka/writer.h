// A Kafka sink with a task around it. Records are what `print` shows of their rows.
#pragma once

#include <memory>
#include <utility>

#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "tests/harness/printed_rows.h"
#include "tests/integration/kafka/task_stand_in.h"
#include "worker/format/raw/raw_format.h"
#include "worker/sink/kafka/kafka_sink.h"

namespace millrace {

class Writer {
 public:
  explicit Writer(const TableDescription& table) {
    KafkaSinkEncoders encoders{.value = std::make_unique<PrintedRows>(table.schema)};
    const auto options = ParseKafkaSinkOptions(table);
    CHECK(options.ok());
    if (options->key_format == "raw") {
      auto key = NewRawEncoder({.name = table.name, .schema = KeySchema(table.schema, *options)});
      CHECK(key.ok());
      encoders.key = *std::move(key);
    }
    auto sink = NewKafkaSink({.table = table}, std::move(encoders), PosixFileSystem());
    CHECK(sink.ok());
    sink_ = *std::move(sink);
  }

  absl::Status Open() { return sink_->Open(task_.context(), nullptr); }

  // Waits until the sink has taken all rows.
  absl::Status Append(Batch batch) {
    absl::StatusOr<Progress> progress = sink_->Append(std::move(batch));
    const bool done = task_.Until([&] {
      if (progress.ok() && *progress == Progress::kBlockedIo) progress = sink_->Resume();
      return !progress.ok() || *progress == Progress::kDone;
    });
    if (!done) return absl::DeadlineExceededError("the sink stays blocked");
    return progress.status();
  }

  // Seals and waits until all is acknowledged.
  absl::Status Flush(Epoch epoch) {
    RETURN_IF_ERROR(sink_->Seal(epoch));
    absl::StatusOr<bool> flushed = false;
    const bool done = task_.Until([&] {
      flushed = sink_->Flushed(epoch);
      return !flushed.ok() || *flushed;
    });
    if (!done) return absl::DeadlineExceededError("the flush does not end");
    return flushed.status();
  }

  Sink& sink() { return *sink_; }
  TaskStandIn& task() { return task_; }

 private:
  TaskStandIn task_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace millrace
