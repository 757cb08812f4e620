#include "worker/source/kafka/topic_names.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

// Kafka's own; the metadata that librdkafka hands on does not tell them from others.
constexpr std::string_view kInternalTopics[] = {"__consumer_offsets", "__transaction_state",
                                                "__share_group_state"};

bool IsInternal(const std::string& topic) {
  return std::find(std::begin(kInternalTopics), std::end(kInternalTopics), topic) !=
         std::end(kInternalTopics);
}

}  // namespace

std::vector<std::string> MatchingTopics(const JavaRegex& whole_name,
                                        const std::vector<std::string>& topics) {
  std::vector<std::string> matching;
  for (const std::string& topic : topics) {
    if (!IsInternal(topic) && whole_name.Contains(topic)) matching.push_back(topic);
  }
  return matching;
}

absl::StatusOr<JavaRegex> CompileTopicPattern(const std::string& table,
                                              const std::string& pattern) {
  absl::StatusOr<JavaRegex> regex = JavaRegex::Compile(absl::StrCat("^(?:", pattern, ")$"));
  if (regex.ok()) return regex;
  return absl::Status(regex.status().code(),
                      absl::StrCat("table ", table, ": 'topic-pattern' = '", pattern,
                                   "': ", regex.status().message()));
}

absl::StatusOr<std::vector<std::string>> FindTopics(const std::string& table,
                                                    const KafkaSourceOptions& options,
                                                    const KafkaClient& client,
                                                    absl::Duration timeout) {
  if (options.topic_pattern.empty()) return options.topics;
  ASSIGN_OR_RETURN(const JavaRegex regex, CompileTopicPattern(table, options.topic_pattern));
  ASSIGN_OR_RETURN(const std::vector<std::string> all, client.Topics(timeout));
  std::vector<std::string> matching = MatchingTopics(regex, all);
  if (!matching.empty()) return matching;
  return absl::NotFoundError(absl::StrCat("table ", table, ": none of the ", all.size(),
                                          " topics at ", client.bootstrap_servers(),
                                          " matches 'topic-pattern' = '", options.topic_pattern,
                                          "'. Make one, or correct the pattern"));
}

}  // namespace millrace
