#include "cli/shell/line_editor.h"

#include <histedit.h>
#include <sys/stat.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

namespace millrace {
namespace {

constexpr int kHistorySize = 1000;
constexpr size_t kLineWidth = 100;  // Of a list of candidates.

struct EndEditLine {
  void operator()(EditLine* line) const { el_end(line); }
};
struct EndHistory {
  void operator()(History* history) const { history_end(history); }
};

class TerminalEditor final : public LineEditor {
 public:
  TerminalEditor(std::string history_file, std::function<Completion(std::string_view)> complete)
      : history_file_(std::move(history_file)),
        complete_(std::move(complete)),
        history_(history_init()),
        line_(el_init("millrace", stdin, stdout, stderr)) {
    el_set(line_.get(), EL_CLIENTDATA, this);
    el_set(line_.get(), EL_PROMPT, &TerminalEditor::Prompt);
    el_set(line_.get(), EL_EDITOR, "emacs");
    el_set(line_.get(), EL_SIGNAL, 1);  // Leaves the terminal as it was when the process ends.
    // Ctrl-C is a key like others while a line is edited, and a signal while a statement runs.
    el_set(line_.get(), EL_SETTY, "-d", "-isig", nullptr);
    // Wide text is taken as it is; copies of narrow text libedit would never free.
    el_wset(line_.get(), EL_ADDFN, L"interrupt", L"Drops the line", &TerminalEditor::Interrupt);
    el_set(line_.get(), EL_BIND, "^C", "interrupt", nullptr);
    el_wset(line_.get(), EL_ADDFN, L"complete", L"Completes a word", &TerminalEditor::CompleteWord);
    el_set(line_.get(), EL_BIND, "^I", "complete", nullptr);
    el_set(line_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(line_.get(), EL_HIST, &history, history_.get());
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, kHistorySize);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) history(history_.get(), &event, H_LOAD, history_file_.c_str());
  }

  Outcome Read(const std::string& prompt, std::string& line) override {
    prompt_ = prompt;
    interrupted_ = false;
    int count = 0;
    const char* const text = el_gets(line_.get(), &count);
    if (interrupted_) {
      std::fputs("^C\n", stdout);
      return Outcome::kInterrupted;
    }
    if (text == nullptr || count <= 0) return Outcome::kEnd;
    line.assign(text, static_cast<size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return Outcome::kLine;
  }

  // On one line, so that it can be edited as one, unless a comment ends with its line.
  void Remember(const std::string& statement) override {
    const bool has_comment = absl::StrContains(statement, "--");
    const std::string entry =
        has_comment ? statement : absl::StrReplaceAll(statement, {{"\n", " "}});
    HistEvent event;
    history(history_.get(), &event, H_ENTER, entry.c_str());
    if (history_file_.empty()) return;
    history(history_.get(), &event, H_SAVE, history_file_.c_str());
    chmod(history_file_.c_str(), S_IRUSR | S_IWUSR);  // Statements may hold passwords.
  }

 private:
  static TerminalEditor& Of(EditLine* line) {
    TerminalEditor* self = nullptr;
    el_get(line, EL_CLIENTDATA, &self);
    return *self;
  }

  static char* Prompt(EditLine* line) { return Of(line).prompt_.data(); }

  static unsigned char Interrupt(EditLine* line, int key) {
    Of(line).interrupted_ = true;
    return CC_EOF;
  }

  static unsigned char CompleteWord(EditLine* line, int key) { return Of(line).CompleteHere(); }

  unsigned char CompleteHere() {
    const LineInfo* const info = el_line(line_.get());
    const Completion completion =
        complete_(std::string_view(info->buffer, static_cast<size_t>(info->cursor - info->buffer)));
    if (completion.candidates.empty()) return CC_ERROR;
    const bool is_one = completion.candidates.size() == 1;
    std::string text = CommonPrefix(completion.candidates);
    if (text.size() > completion.length || is_one) {
      if (is_one && text.back() != '(') text += ' ';
      el_deletestr(line_.get(), static_cast<int>(completion.length));
      return el_insertstr(line_.get(), text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    Print(completion.candidates);
    return CC_REDISPLAY;
  }

  static void Print(const std::vector<std::string>& candidates) {
    size_t width = 0;
    for (const std::string& candidate : candidates) width = std::max(width, candidate.size() + 2);
    const size_t columns = std::max<size_t>(1, kLineWidth / width);
    for (size_t i = 0; i < candidates.size(); ++i) {
      std::fputs(i % columns == 0 ? "\n" : "", stdout);
      std::printf("%-*s", static_cast<int>(width), candidates[i].c_str());
    }
    std::fputs("\n", stdout);
    std::fflush(stdout);
  }

  const std::string history_file_;
  const std::function<Completion(std::string_view)> complete_;
  const std::unique_ptr<History, EndHistory> history_;
  const std::unique_ptr<EditLine, EndEditLine> line_;
  std::string prompt_;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<LineEditor> LineEditor::Open(const std::string& history_file,
                                             std::function<Completion(std::string_view)> complete) {
  // libedit reads and writes characters of the locale; without one there is ASCII only.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
  return std::make_unique<TerminalEditor>(history_file, std::move(complete));
}

}  // namespace millrace
