#include "common/checkpoint/gc_decision.h"

#include <optional>
#include <utility>

#include "common/checkpoint/paths.h"

namespace millrace {
namespace {

bool MayGo(const std::string& file, const FileAge& age, const GcInput& input) {
  if (input.retained.contains(file)) return false;
  if (!age.attempt.has_value()) return age.epoch < input.latest;  // A manifest.
  const bool is_over = std::pair(age.term, *age.attempt) < std::pair(input.term, input.attempt);
  return is_over || input.let_go.contains(file);
}

}  // namespace

std::vector<std::string> FilesToDelete(const GcInput& input) {
  std::vector<std::string> files;
  for (const std::string& file : input.files) {
    const std::optional<FileAge> age = AgeOfPath(file);
    if (age.has_value() && MayGo(file, *age, input)) files.push_back(file);
  }
  return files;
}

}  // namespace millrace
