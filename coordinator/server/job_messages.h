// Views of jobs as messages of proto/job.proto. Pure.
#pragma once

#include "coordinator/job/job_view.h"
#include "proto/job.pb.h"

namespace millrace {

v1::Job JobToProto(const JobView& view);

}  // namespace millrace
