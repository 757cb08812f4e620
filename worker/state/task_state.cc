#include "worker/state/task_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/state/frozen_tables.h"
#include "worker/state/state_table.h"

namespace millrace {

TaskState::TaskState(TaskStateOptions options)
    : options_(std::move(options)), table_files_(std::make_shared<std::atomic<int64_t>>(0)) {
  CHECK_GE(options_.materialize_every, 1);
}

TaskState::~TaskState() = default;

absl::StatusOr<KeyedState*> TaskState::Open(const StateTableOptions& options,
                                            std::vector<KeyedStateSnapshot> restored) {
  for (const std::unique_ptr<StateTable>& table : tables_) {
    if (table->state_id() == options.state_id) {
      return absl::InvalidArgumentError(
          absl::StrCat("operator ", options.state_id, " opens its keyed state twice"));
    }
  }
  StateTableContext context{.task = options_,
                            .table = options,
                            .dir = absl::StrCat(options_.local_dir, "/", tables_.size()),
                            .table_files = table_files_};
  ASSIGN_OR_RETURN(std::unique_ptr<StateTable> table,
                   StateTable::Open(std::move(context), std::move(restored)));
  tables_.push_back(std::move(table));
  return tables_.back().get();
}

std::unique_ptr<FrozenState> TaskState::Freeze(Epoch epoch) {
  std::vector<FrozenTable> frozen;
  for (const std::unique_ptr<StateTable>& table : tables_) frozen.push_back(table->Freeze(epoch));
  return std::make_unique<FrozenTables>(std::move(frozen));
}

void TaskState::OnDurable(Epoch /*epoch*/) {
  for (const std::unique_ptr<StateTable>& table : tables_) table->Poll();
}

}  // namespace millrace
