// A sink that counts the rows that another one takes: for sinks that hand rows over at once. One
// that hears later what became of a row (kafka) counts for itself.
#pragma once

#include <memory>

#include "common/plan/operators.h"
#include "worker/contract/sink.h"

namespace millrace {

// millrace_sink_records_total and millrace_sink_errors_total of the table, around `sink`.
std::unique_ptr<Sink> Metered(const SinkSpec& spec, std::unique_ptr<Sink> sink);

}  // namespace millrace
