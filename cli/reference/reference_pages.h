// The reference pages of docs/, written from the tables that the code itself uses, so that they
// cannot differ from it. Markdown. Pure.
#pragma once

#include <string>
#include <vector>

namespace millrace {

struct ReferencePage {
  std::string name;  // "configuration": of docs/configuration.md
  std::string about;
  std::string (*text)();
};

// Settings of the roles and of jobs; metrics; options of tables; functions of SQL.
const std::vector<ReferencePage>& ReferencePages();

std::string ConfigurationPage();
std::string MetricsPage();
std::string ConnectorsPage();
std::string FunctionsPage();

// A file that both roles can be started with: every setting with its default, and its help above
// it.
std::string ExampleConfiguration();

// The heading under which a metric stands on its page; empty if there is none for it.
std::string MetricGroupOf(const std::string& metric);

// The metric of Flink that says the same; empty if there is none.
std::string FlinkMetricOf(const std::string& metric);
// For so many metrics there is one.
int FlinkMetricCount();

}  // namespace millrace
