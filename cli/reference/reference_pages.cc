#include "cli/reference/reference_pages.h"

namespace millrace {

const std::vector<ReferencePage>& ReferencePages() {
  static const auto& pages = *new std::vector<ReferencePage>{
      {"configuration", "Settings of coordinator, worker and jobs", ConfigurationPage},
      {"metrics", "What /metrics serves", MetricsPage},
      {"connectors", "Connectors, formats and their options", ConnectorsPage},
      {"sql-functions", "Functions and operators of SQL", FunctionsPage},
  };
  return pages;
}

}  // namespace millrace
