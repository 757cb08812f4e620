// `print`: one line per row, in Flink's form: +I[1, abc]. 'print-identifier' and, if there are
// several tasks, the task's number from 1 stand before it: "alerts:2> +I[1, abc]".
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/sink.h"
#include "worker/sink/print/text_output.h"

namespace millrace {

std::unique_ptr<Sink> NewPrintSink(const SinkSpec& spec, TextOutput output);

}  // namespace millrace
