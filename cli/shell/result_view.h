// How the rows of a query are shown while it runs. Not thread-safe.
//
//   terminal   table and changelog are drawn again in their place, at most a screen of them
//   pipe       every change as it comes; of a table only what it is in the end
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "cli/shell/result_rows.h"
#include "cli/shell/shell_settings.h"
#include "common/columnar/schema.h"

namespace millrace {

class ResultView {
 public:
  virtual ~ResultView() = default;
  virtual void Add(const std::vector<ResultChange>& changes) = 0;
  // To be called now and then: draws what has been added.
  virtual void Refresh() {}
  // The query has ended, or was ended.
  virtual void Finish() = 0;
};

struct ScreenSize {
  int rows = 24;
  int columns = 80;
};

// Of the terminal on standard output.
ScreenSize CurrentScreenSize();

struct ResultViewOptions {
  Schema schema;
  ShellSettings settings;
  bool on_terminal = false;
  ScreenSize (*screen)() = &CurrentScreenSize;
};

// `out` outlives it.
std::unique_ptr<ResultView> NewResultView(const ResultViewOptions& options, std::ostream& out);

}  // namespace millrace
