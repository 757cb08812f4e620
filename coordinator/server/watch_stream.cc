#include "coordinator/server/watch_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/server/job_messages.h"

namespace millrace {

WatchStream* WatchStream::Begin(JobBoard& board, const JobId& job, std::function<void()> on_done) {
  WatchStream* stream = std::make_unique<WatchStream>(board, std::move(on_done)).release();
  stream->watch_ = board.Watch(job, [stream](const JobViewPtr& view) { stream->Show(view); });
  if (!stream->watch_.has_value()) {
    stream->End(grpc::Status(grpc::StatusCode::NOT_FOUND,
                             absl::StrCat("there is no job '", job.value(), "'")));
  }
  return stream;
}

void WatchStream::End(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (end_.has_value()) return;
  end_ = status;
  if (!writing_) Finish(*end_);
}

void WatchStream::Show(const JobViewPtr& view) {
  absl::MutexLock lock(&mutex_);
  if (end_.has_value()) return;
  next_ = view;
  if (!writing_) WriteNext();
}

void WatchStream::WriteNext() {
  const JobViewPtr view = std::exchange(next_, nullptr);
  writing_ = true;
  if (HasEnded(view->state)) end_ = grpc::Status::OK;  // Its last message.
  *response_.mutable_job() = JobToProto(*view);
  StartWrite(&response_);
}

void WatchStream::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok && !end_.has_value()) end_ = grpc::Status::CANCELLED;
  if (end_.has_value()) {
    Finish(*end_);
  } else if (next_ != nullptr) {
    WriteNext();
  }
}

void WatchStream::OnCancel() { End(grpc::Status::CANCELLED); }

void WatchStream::OnDone() {
  const std::unique_ptr<WatchStream> self(this);
  if (watch_.has_value()) board_.Unwatch(*watch_);
  on_done_();
}

}  // namespace millrace
