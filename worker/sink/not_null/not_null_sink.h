// A sink that keeps the promise of NOT NULL columns, around any other: a row that breaks it fails
// the task, as 'table.exec.sink.not-null-enforcer' = 'ERROR', Flink's default, does. The row is not
// written.
#pragma once

#include <memory>

#include "common/plan/operators.h"
#include "worker/contract/sink.h"

namespace millrace {

// `sink` itself if no column of the table is NOT NULL. Fields inside ROW, ARRAY and MAP are not
// looked at.
std::unique_ptr<Sink> NotNullEnforced(const SinkSpec& spec, std::unique_ptr<Sink> sink);

}  // namespace millrace
