#include "worker/source/kafka/topic_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr absl::Duration kSuspicionInterval = absl::Seconds(1);
constexpr absl::Duration kMissingFor = absl::Seconds(5);

}  // namespace

TopicWatch::TopicWatch(Options options, CountPartitions count_partitions, Executor* io)
    : options_(std::move(options)), count_partitions_(std::move(count_partitions)), io_(io) {}

absl::Status TopicWatch::Update(absl::Duration now) {
  if (const auto answers = question_.Take()) RETURN_IF_ERROR(Judge(*answers, now));
  if (asked_at_ == absl::InfiniteDuration()) asked_at_ = now;
  const absl::Duration since = now - asked_at_;
  const bool due = suspected_
                       ? since >= kSuspicionInterval
                       : options_.interval > absl::ZeroDuration() && since >= options_.interval;
  if (!due || question_.busy()) return absl::OkStatus();
  asked_at_ = now;
  question_.Ask(*io_, [count = count_partitions_, known = options_.known,
                       find_topics = options_.find_topics] {
    Answers answers;
    for (const auto& [topic, partitions] : known) answers.emplace(topic, count(topic));
    if (find_topics == nullptr) return answers;
    const absl::StatusOr<std::vector<std::string>> topics = find_topics();
    if (!topics.ok()) return answers;
    for (const std::string& topic : *topics) {
      if (!known.contains(topic)) answers.emplace(topic, count(topic));
    }
    return answers;
  });
  return absl::OkStatus();
}

absl::Status TopicWatch::Judge(const Answers& answers, absl::Duration now) {
  suspected_ = false;
  for (const auto& [topic, partitions] : answers) {
    if (!options_.known.contains(topic)) {
      if (!partitions.ok() || options_.interval == absl::ZeroDuration()) continue;
      return absl::UnavailableError(absl::StrCat("table ", options_.table, ": the topic '", topic,
                                                 "' is new and matches 'topic-pattern'; the job "
                                                 "restarts to read it"));
    }
    if (absl::IsNotFound(partitions.status())) {
      suspected_ = true;
      const absl::Duration since = missing_since_.try_emplace(topic, now).first->second;
      if (now - since >= kMissingFor) return partitions.status();
      continue;
    }
    if (!partitions.ok()) continue;  // A broker that does not answer is the reader's concern.
    missing_since_.erase(topic);
    const size_t known = options_.known.at(topic);
    if (*partitions > known && options_.interval > absl::ZeroDuration()) {
      return absl::UnavailableError(absl::StrCat("table ", options_.table, ": topic '", topic,
                                                 "' has grown from ", known, " to ", *partitions,
                                                 " partitions; the job restarts to read the new "
                                                 "ones"));
    }
    if (*partitions < known) {
      return absl::OutOfRangeError(
          absl::StrCat("table ", options_.table, ": topic '", topic, "' has ", *partitions,
                       " partitions, fewer than the ", known,
                       " it had: it was made anew. Start the job without the checkpoint"));
    }
  }
  return absl::OkStatus();
}

}  // namespace millrace
