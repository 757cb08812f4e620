// One WatchJob call: the job now, then at every event, until it has ended. Holds no thread; a slow
// reader misses what lies between, never the newest.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/job/job_board.h"
#include "grpcpp/support/server_callback.h"
#include "proto/job.pb.h"

namespace millrace {

class WatchStream final : public grpc::ServerWriteReactor<v1::WatchJobResponse> {
 public:
  // Belongs to the call and goes with it, as gRPC wants its reactors; `on_done` is called then.
  // The call ends with NOT_FOUND if there is no such job.
  static WatchStream* Begin(JobBoard& board, const JobId& job, std::function<void()> on_done);

  WatchStream(JobBoard& board, std::function<void()> on_done)
      : board_(board), on_done_(std::move(on_done)) {}

  // From any thread, while the call is not over.
  void End(const grpc::Status& status);

 private:
  void Show(const JobViewPtr& view);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ServerWriteReactor
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  JobBoard& board_;
  const std::function<void()> on_done_;
  std::optional<JobBoard::WatchId> watch_;  // Fixed once the call has begun.
  absl::Mutex mutex_;
  JobViewPtr next_ ABSL_GUARDED_BY(mutex_);  // The newest that is not written yet.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Set: nothing more is written, and the call is finished once no write is under way.
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  v1::WatchJobResponse response_;  // Belongs to gRPC while it is being written.
};

}  // namespace millrace
