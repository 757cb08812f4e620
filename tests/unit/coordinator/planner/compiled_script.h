// Scripts compiled in tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "coordinator/planner/explain_text.h"
#include "coordinator/planner/script_compiler.h"

namespace millrace {

inline CompiledScript Compile(std::string sql, Settings settings = {}) {
  return CompileScript(
      {.sql = std::move(sql), .settings = std::move(settings), .default_parallelism = 2});
}

// Of a script that must be right.
inline JobGraph JobOf(std::string sql, Settings settings = {}) {
  CompiledScript compiled = Compile(std::move(sql), std::move(settings));
  EXPECT_TRUE(compiled.status().ok()) << compiled.status().message();
  if (!compiled.job.has_value()) return JobGraph{};
  return *std::move(compiled.job);
}

// A file of this repository; tests run in its root.
inline std::string ReadRepositoryFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const OperatorNode& FindOperator(const JobGraph& graph, const std::string& name) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      if (node.name.find(name) != std::string::npos) return node;
    }
  }
  ADD_FAILURE() << "no operator '" << name << "' in\n" << JobGraphText(graph);
  static const OperatorNode none;
  return none;
}

inline constexpr const char* kClicks = R"(
CREATE TABLE clicks (id BIGINT, page STRING, visitor STRING, at TIMESTAMP(3),
                     WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH ('connector' = 'datagen', 'scan.watermark.idle-timeout' = '10 s');
CREATE TABLE counts (page STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE visits (visitor STRING) WITH ('connector' = 'blackhole');
)";

inline constexpr const char* kCount =
    "INSERT INTO counts SELECT page, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), "
    "INTERVAL '1' MINUTE)) GROUP BY page, window_start, window_end;\n";

}  // namespace millrace
