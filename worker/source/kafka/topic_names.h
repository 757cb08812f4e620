// Which topics a table reads: those it names, or those whose names match its pattern.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/expr/java_regex.h"
#include "common/kafka/client.h"
#include "worker/source/kafka/kafka_options.h"

namespace millrace {

// Those of `topics` whose whole names match, but for Kafka's internal ones, as in Flink.
std::vector<std::string> MatchingTopics(const JavaRegex& whole_name,
                                        const std::vector<std::string>& topics);

// A pattern that whole names match. kInvalidArgument or kUnimplemented, naming table and option, if
// it is none.
absl::StatusOr<JavaRegex> CompileTopicPattern(const std::string& table, const std::string& pattern);

// The topics of `options`, sorted if they are found by pattern: then at least one. kNotFound,
// naming table and pattern, if there is none. Blocks for at most `timeout`.
absl::StatusOr<std::vector<std::string>> FindTopics(const std::string& table,
                                                    const KafkaSourceOptions& options,
                                                    const KafkaClient& client,
                                                    absl::Duration timeout);

}  // namespace millrace
