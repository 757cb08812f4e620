// A Kafka source with a task around it, and what it has read.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "tests/harness/connector_world.h"
#include "tests/integration/kafka/task_stand_in.h"
#include "worker/source/kafka/kafka_source.h"

namespace millrace {

class Reader {
 public:
  explicit Reader(TableDescription table, TaskStandIn::Place place = {}) : task_(place) {
    auto source = NewKafkaSource({.table = std::move(table)});
    CHECK(source.ok());
    source_ = *std::move(source);
  }

  absl::Status Open() { return source_->Open(task_.context(), nullptr); }
  absl::Status Restore(std::vector<TaskStateOfTest> tasks) {
    const RestoredOfTest restored(std::move(tasks));
    return source_->Open(task_.context(), &restored);
  }

  // Reads until `done`, or an error, or the end. False if the deadline passes first.
  bool ReadUntil(const std::function<bool()>& done) {
    return task_.Until([&] {
      while (true) {
        absl::StatusOr<SourcePoll> poll = source_->Poll(Batch::kTargetRows);
        status = poll.status();
        if (!status.ok()) return true;
        for (const SourceData& data : poll->data) {
          const Slab& slab = std::get<Slab>(data.rows);
          for (int64_t i = 0; i < slab.size(); ++i) {
            read[source_->split_names()[static_cast<size_t>(data.split)]].emplace_back(
                slab.record(i));
          }
        }
        finished = poll->wait == SourceWait::kFinished;
        if (done() || finished) return true;
        if (poll->wait == SourceWait::kWait) return false;
      }
    });
  }
  bool ReadCount(size_t records) {
    return ReadUntil([this, records] { return count() >= records; });
  }
  size_t count() const {
    size_t records = 0;
    for (const auto& [split, values] : read) records += values.size();
    return records;
  }

  Source& source() { return *source_; }
  TaskStandIn& task() { return task_; }

  std::map<std::string, std::vector<std::string>> read;  // By split.
  absl::Status status;
  bool finished = false;

 private:
  TaskStandIn task_;
  std::unique_ptr<Source> source_;
};

}  // namespace millrace
