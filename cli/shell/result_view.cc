#include "cli/shell/result_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <list>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/terminal_text.h"

namespace millrace {
namespace {

constexpr int kFrameLines =
    6;  // Three rules or headers, the status, the prompt and a line to spare.

std::string RowsText(int64_t count) { return absl::StrCat(count, count == 1 ? " row" : " rows"); }

// Lines that are drawn again in their place.
class Canvas {
 public:
  Canvas(std::ostream& out, ScreenSize (*screen)()) : out_(out), screen_(screen) {}

  int rows_for_content() const { return std::max(1, screen_().rows - kFrameLines); }

  void Draw(const std::vector<std::string>& lines) {
    // Up to the first line that was drawn, and everything below it away.
    if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\r\x1b[J";
    for (const std::string& line : lines) out_ << Cut(line) << "\n";
    out_ << std::flush;
    drawn_ = lines.size();
  }

 private:
  // A line that the terminal would wrap could not be drawn over.
  std::string Cut(const std::string& line) const {
    return std::string(DisplayPrefix(line, static_cast<size_t>(std::max(1, screen_().columns))));
  }

  std::ostream& out_;
  ScreenSize (*const screen_)();
  size_t drawn_ = 0;
};

class TableauView final : public ResultView {
 public:
  TableauView(const ResultViewOptions& options, std::ostream& out)
      : layout_(options.schema, options.settings.max_column_width, /*with_kinds=*/true), out_(out) {
    out_ << layout_.Rule() << "\n" << layout_.Header() << "\n" << layout_.Rule() << "\n";
  }

  void Add(const std::vector<ResultChange>& changes) override {
    for (const ResultChange& change : changes) out_ << layout_.Line(change) << "\n";
    count_ += static_cast<int64_t>(changes.size());
  }
  void Refresh() override { out_ << std::flush; }
  void Finish() override {
    if (count_ > 0) out_ << layout_.Rule() << "\n";
    out_ << "Received a total of " << RowsText(count_) << std::endl;
  }

 private:
  const ResultLayout layout_;
  std::ostream& out_;
  int64_t count_ = 0;
};

// The table as it is in the end.
class FinalTableView final : public ResultView {
 public:
  FinalTableView(ResultViewOptions options, std::ostream& out)
      : options_(std::move(options)), out_(out), table_(options_.settings.max_rows) {}

  void Add(const std::vector<ResultChange>& changes) override {
    for (const ResultChange& change : changes) table_.Apply(change);
  }
  void Finish() override {
    const ResultLayout layout(options_.schema, table_.rows(), options_.settings.max_column_width);
    out_ << layout.Rule() << "\n" << layout.Header() << "\n" << layout.Rule() << "\n";
    for (const ResultRow& row : table_.rows()) out_ << layout.Line(row) << "\n";
    if (!table_.rows().empty()) out_ << layout.Rule() << "\n";
    out_ << RowsText(static_cast<int64_t>(table_.rows().size())) << " in set" << std::endl;
  }

 private:
  const ResultViewOptions options_;
  std::ostream& out_;
  ResultTable table_;
};

class LiveTableView final : public ResultView {
 public:
  LiveTableView(ResultViewOptions options, std::ostream& out)
      : options_(std::move(options)),
        canvas_(out, options_.screen),
        table_(options_.settings.max_rows) {
    Draw(" so far; Ctrl-C ends the query");
  }

  void Add(const std::vector<ResultChange>& changes) override {
    for (const ResultChange& change : changes) table_.Apply(change);
    is_drawn_ = is_drawn_ && changes.empty();
  }
  void Refresh() override {
    if (!is_drawn_) Draw(" so far; Ctrl-C ends the query");
  }
  void Finish() override { Draw(" in set"); }

 private:
  void Draw(const char* status) {
    const int64_t total = static_cast<int64_t>(table_.rows().size());
    const int64_t shown = std::min<int64_t>(total, canvas_.rows_for_content());
    // A table may have a million rows, and is drawn many times a second.
    const std::list<ResultRow> rows(std::prev(table_.rows().end(), shown), table_.rows().end());
    const ResultLayout layout(options_.schema, rows, options_.settings.max_column_width);
    std::vector<std::string> lines = {layout.Rule(), layout.Header(), layout.Rule()};
    for (const ResultRow& row : rows) lines.push_back(layout.Line(row));
    if (shown > 0) lines.push_back(layout.Rule());
    lines.push_back(
        absl::StrCat(RowsText(total), status,
                     shown < total ? absl::StrCat(", the last ", shown, " above") : ""));
    canvas_.Draw(lines);
    is_drawn_ = true;
  }

  const ResultViewOptions options_;
  Canvas canvas_;
  ResultTable table_;
  bool is_drawn_ = false;
};

class LiveChangelogView final : public ResultView {
 public:
  LiveChangelogView(const ResultViewOptions& options, std::ostream& out)
      : layout_(options.schema, options.settings.max_column_width, /*with_kinds=*/true),
        canvas_(out, options.screen) {
    Draw(" so far; Ctrl-C ends the query");
  }

  void Add(const std::vector<ResultChange>& changes) override {
    for (const ResultChange& change : changes) {
      lines_.push_back(layout_.Line(change));
      if (lines_.size() > kLinesKept) lines_.pop_front();
    }
    count_ += static_cast<int64_t>(changes.size());
    is_drawn_ = is_drawn_ && changes.empty();
  }
  void Refresh() override {
    if (!is_drawn_) Draw(" so far; Ctrl-C ends the query");
  }
  void Finish() override { Draw(" in all"); }

 private:
  static constexpr size_t kLinesKept = 1000;  // More than a screen has.

  void Draw(const char* status) {
    std::vector<std::string> lines = {layout_.Rule(), layout_.Header(), layout_.Rule()};
    const size_t room = static_cast<size_t>(canvas_.rows_for_content());
    const size_t first = lines_.size() > room ? lines_.size() - room : 0;
    lines.insert(lines.end(), lines_.begin() + static_cast<std::ptrdiff_t>(first), lines_.end());
    if (!lines_.empty()) lines.push_back(layout_.Rule());
    lines.push_back(absl::StrCat(count_, count_ == 1 ? " change" : " changes", status));
    canvas_.Draw(lines);
    is_drawn_ = true;
  }

  const ResultLayout layout_;
  Canvas canvas_;
  std::deque<std::string> lines_;
  int64_t count_ = 0;
  bool is_drawn_ = false;
};

}  // namespace

ScreenSize CurrentScreenSize() {
  winsize size{};
  ScreenSize screen;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return screen;
  if (size.ws_row > 0) screen.rows = size.ws_row;
  if (size.ws_col > 0) screen.columns = size.ws_col;
  return screen;
}

std::unique_ptr<ResultView> NewResultView(const ResultViewOptions& options, std::ostream& out) {
  const ResultMode otherwise = options.on_terminal ? ResultMode::kTable : ResultMode::kTableau;
  switch (options.settings.mode.value_or(otherwise)) {
    case ResultMode::kTable:
      if (options.on_terminal) return std::make_unique<LiveTableView>(options, out);
      return std::make_unique<FinalTableView>(options, out);
    case ResultMode::kChangelog:
      if (options.on_terminal) return std::make_unique<LiveChangelogView>(options, out);
      return std::make_unique<TableauView>(options, out);
    case ResultMode::kTableau:
      break;
  }
  return std::make_unique<TableauView>(options, out);
}

}  // namespace millrace
