// Every script under examples/ compiles.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

std::vector<std::string> Scripts() {
  std::vector<std::string> paths;
  if (!std::filesystem::exists("examples")) return paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("examples")) {
    if (entry.path().extension() == ".sql") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Any value for every ${NAME} of a script.
std::map<std::string, std::string> VariablesOf(const std::string& script) {
  std::map<std::string, std::string> variables;
  for (size_t at = script.find("${"); at != std::string::npos; at = script.find("${", at + 1)) {
    const size_t end = script.find('}', at);
    variables[script.substr(at + 2, end - at - 2)] = "value";
  }
  return variables;
}

TEST(ExamplesTest, EveryScriptCompilesToAJob) {
  const std::vector<std::string> scripts = Scripts();
  ASSERT_FALSE(scripts.empty());
  for (const std::string& path : scripts) {
    const std::string script = ReadRepositoryFile(path);
    const CompiledScript compiled =
        CompileScript({.sql = script, .variables = VariablesOf(script)});
    EXPECT_TRUE(compiled.status(path).ok()) << compiled.status(path).message();
    EXPECT_TRUE(compiled.job.has_value()) << path;
  }
}

}  // namespace
}  // namespace millrace
