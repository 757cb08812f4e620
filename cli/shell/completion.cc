#include "cli/shell/completion.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/shell/shell_settings.h"
#include "common/base/absl_view.h"
#include "coordinator/planner/job_settings.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/lexer.h"

namespace millrace {
namespace {

bool IsNamePart(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '$'; }

// What the shell itself understands.
constexpr const char* kShellWords[] = {"CLEAR", "EXIT", "HELP", "QUIT"};

// Names of tables stand behind these.
constexpr std::string_view kBeforeTables[] = {"FROM",     "JOIN", "INTO", "TABLE",
                                              "DESCRIBE", "DESC", "VIEW"};

class Completer {
 public:
  Completer(std::string_view text, const SqlSession& session) : text_(text), session_(session) {}

  Completion Run() && {
    if (InString()) {
      CompleteSetting();
    } else {
      size_t begin = text_.size();
      while (begin > 0 && IsNamePart(text_[begin - 1])) --begin;
      prefix_ = text_.substr(begin);
      tokens_ = Lex(text_.substr(0, begin)).tokens;
      CompleteName(begin > 0 && text_[begin - 1] == '.');
    }
    return {.length = prefix_.size(), .candidates = {found_.begin(), found_.end()}};
  }

 private:
  // Whether the cursor is behind an open quote; prefix_ is what stands behind it then.
  bool InString() {
    bool open = false;
    size_t begin = 0;
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] != '\'') continue;
      open = !open;
      begin = i + 1;
    }
    if (open) prefix_ = text_.substr(begin);
    return open;
  }

  // SET 'key, RESET 'key
  void CompleteSetting() {
    tokens_ = Lex(text_.substr(0, text_.size() - prefix_.size() - 1)).tokens;
    if (tokens_.size() != 2 || (tokens_[0].word != "SET" && tokens_[0].word != "RESET")) return;
    for (const JobSettingSpec& setting : JobSettings()) Offer(setting.key);
    for (const std::string& key : ShellSettingKeys()) Offer(key);
  }

  void CompleteName(bool is_behind_dot) {
    const size_t words = tokens_.size() - 1;  // The last one is the end.
    if (is_behind_dot) {
      if (words >= 2) OfferColumnsOf(tokens_[words - 2].value);
    } else if (words == 0) {
      for (const std::string& word : StatementWords()) OfferWord(word);
      for (const char* word : kShellWords) OfferWord(word);
    } else if (IsBeforeTables(tokens_[words - 1])) {
      OfferTables();
    } else {
      for (const std::string& word : ClauseWords()) OfferWord(word);
      for (const std::string& word : ReservedWords()) OfferWord(word);
      OfferTables();
      for (const Token& token : tokens_) OfferColumnsOf(token.value);
      // A list of all functions would hide the rest.
      if (prefix_.empty()) return;
      for (const std::string& name : SqlFunctionNames()) OfferWord(absl::StrCat(name, "("));
    }
  }

  static bool IsBeforeTables(const Token& token) {
    return std::find(std::begin(kBeforeTables), std::end(kBeforeTables), token.word) !=
           std::end(kBeforeTables);
  }

  void OfferTables() {
    for (const std::string& name : session_.catalog.TableNames()) Offer(name);
  }

  // Of the table, or of the table that has `name` as its alias: "FROM clicks AS c".
  void OfferColumnsOf(const std::string& name) {
    if (name.empty() || OfferColumns(name)) return;
    for (size_t i = 1; i < tokens_.size(); ++i) {
      if (tokens_[i].value != name) continue;
      const size_t before = tokens_[i - 1].word == "AS" && i > 1 ? i - 2 : i - 1;
      if (OfferColumns(tokens_[before].value)) return;
    }
  }

  bool OfferColumns(const std::string& table) {
    const absl::StatusOr<CatalogObject> object = session_.catalog.Find({table});
    if (!object.ok()) return false;
    const auto* view = std::get_if<ViewPtr>(&*object);
    const Schema schema = view != nullptr ? (*view)->schema : std::get<TablePtr>(*object)->schema();
    for (const Field& field : schema.fields()) Offer(field.name);
    return true;
  }

  void Offer(const std::string& name) {
    if (absl::StartsWithIgnoreCase(name, AbslView(prefix_))) found_.insert(name);
  }

  // Of the language: in the case in which it was begun.
  void OfferWord(const std::string& word) {
    const bool is_lower = !prefix_.empty() && absl::ascii_islower(prefix_.back());
    Offer(is_lower ? absl::AsciiStrToLower(word) : absl::AsciiStrToUpper(word));
  }

  const std::string_view text_;
  const SqlSession& session_;
  std::string_view prefix_;
  std::vector<Token> tokens_;  // Before the prefix.
  std::set<std::string> found_;
};

}  // namespace

Completion Complete(std::string_view text, const SqlSession& session) {
  return Completer(text, session).Run();
}

std::string CommonPrefix(const std::vector<std::string>& candidates) {
  if (candidates.empty()) return "";
  std::string prefix = candidates.front();
  for (const std::string& candidate : candidates) {
    size_t same = 0;
    while (same < prefix.size() && same < candidate.size() &&
           absl::ascii_tolower(prefix[same]) == absl::ascii_tolower(candidate[same])) {
      ++same;
    }
    prefix.resize(same);
  }
  return prefix;
}

}  // namespace millrace
