#include "coordinator/server/job_messages.h"

#include <algorithm>

namespace millrace {
namespace {

v1::CheckpointSummary CheckpointToProto(const CheckpointView& view) {
  v1::CheckpointSummary message;
  message.set_epoch(view.epoch.value());
  message.set_completed_unix_ms(view.completed_unix_ms);
  message.set_duration_ms(view.duration_ms);
  message.set_bytes(view.bytes);
  message.set_completed(view.completed);
  message.set_failed(view.failed);
  message.set_last_error(view.last_error);
  return message;
}

v1::StageSummary StageToProto(const StageView& view) {
  v1::StageSummary message;
  message.set_id(view.id.value());
  message.set_name(view.name);
  message.set_parallelism(static_cast<int32_t>(view.tasks.size()));
  int64_t records_in = 0;
  int64_t records_out = 0;
  EventTime watermark = EventTime::Max();
  for (size_t index = 0; index < view.tasks.size(); ++index) {
    const TaskView& task = view.tasks[index];
    records_in += task.records_in;
    records_out += task.records_out;
    if (!task.slowest_split.empty() &&
        (message.slowest_split().empty() || task.watermark < watermark)) {
      message.set_slowest_split(task.slowest_split);
    }
    watermark = std::min(watermark, task.watermark);
    v1::TaskSummary& summary = *message.add_tasks();
    summary.set_index(static_cast<int32_t>(index));
    summary.set_worker_id(task.worker.value());
    summary.set_records_in(task.records_in);
    summary.set_records_out(task.records_out);
    summary.set_watermark_ms(task.watermark.millis());
    summary.set_slowest_split(task.slowest_split);
  }
  message.set_records_in(records_in);
  message.set_records_out(records_out);
  message.set_watermark_ms(watermark.millis());
  return message;
}

}  // namespace

v1::Job JobToProto(const JobView& view) {
  v1::Job message;
  message.set_job_id(view.id.value());
  message.set_name(view.name);
  message.set_state(static_cast<v1::JobState>(view.state));
  message.set_message(view.message);
  message.set_attempt(view.attempt.value());
  message.set_restarts(view.restarts);
  message.set_created_unix_ms(view.created_unix_ms);
  message.set_changed_unix_ms(view.changed_unix_ms);
  *message.mutable_last_checkpoint() = CheckpointToProto(view.checkpoint);
  if (!view.savepoint.path.empty()) {
    message.mutable_savepoint()->set_path(view.savepoint.path);
    message.mutable_savepoint()->set_epoch(view.savepoint.epoch.value());
  }
  message.set_restored_from(view.restored_from);
  for (const StageView& stage : view.stages) *message.add_stages() = StageToProto(stage);
  return message;
}

}  // namespace millrace
