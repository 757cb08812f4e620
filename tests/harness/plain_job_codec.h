// A JobCodec for tests that need none of the details: it keeps what it has encoded and hands out
// tickets. Lives as long as the store whose values are the tickets.
#pragma once

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/job/job_record.h"

namespace millrace {

class PlainJobCodec final : public JobCodec {
 public:
  std::string EncodeJob(const JobRecord& record) const override {
    const std::string ticket = absl::StrCat("job ", jobs_.size());
    jobs_[ticket] = record;
    return ticket;
  }
  absl::StatusOr<JobRecord> DecodeJob(std::string_view bytes) const override {
    const auto found = jobs_.find(std::string(bytes));
    if (found == jobs_.end()) return absl::DataLossError("not a job");
    return found->second;
  }

 private:
  mutable std::map<std::string, JobRecord> jobs_;
};

}  // namespace millrace
