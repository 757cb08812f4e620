#include "coordinator/job/job_board.h"

#include <algorithm>
#include <utility>

namespace millrace {

void JobBoard::Publish(JobViewPtr view, News news) {
  absl::MutexLock lock(&mutex_);
  if (!view->request_id.empty()) by_request_[view->request_id] = view->id;
  const JobViewPtr& shown = jobs_[view->id] = std::move(view);
  if (news == News::kNumbers) return;
  for (const auto& [id, watch] : watches_) {
    if (watch.job == shown->id) watch.watcher(shown);
  }
}

void JobBoard::Remove(const JobId& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  by_request_.erase(found->second->request_id);
  jobs_.erase(found);
}

JobViewPtr JobBoard::Find(const JobId& job) const {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : found->second;
}

JobViewPtr JobBoard::FindByRequest(const std::string& request_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_request_.find(request_id);
  return found == by_request_.end() ? nullptr : jobs_.at(found->second);
}

std::vector<JobViewPtr> JobBoard::List() const {
  std::vector<JobViewPtr> views;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, view] : jobs_) views.push_back(view);
  }
  std::stable_sort(views.begin(), views.end(), [](const JobViewPtr& a, const JobViewPtr& b) {
    return a->created_unix_ms > b->created_unix_ms;
  });
  return views;
}

std::optional<JobBoard::WatchId> JobBoard::Watch(const JobId& job, Watcher watcher) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return std::nullopt;
  watcher(found->second);
  const WatchId id(++last_watch_);
  watches_[id] = {.job = job, .watcher = std::move(watcher)};
  return id;
}

void JobBoard::Unwatch(WatchId watch) {
  absl::MutexLock lock(&mutex_);
  watches_.erase(watch);
}

}  // namespace millrace
