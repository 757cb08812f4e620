#include "coordinator/sql/parse/diagnostic.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"

namespace millrace {
namespace {

constexpr size_t kMaxLineShown = 160;  // Characters of the source line, around the place.
constexpr size_t kMaxCarets = 80;

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuationByte(c); });
}

struct SourceLine {
  std::string_view text;  // Without the line break.
  size_t begin = 0;       // Its offset in the script.
};

SourceLine LineAt(size_t offset, std::string_view text) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  size_t end = std::min(text.find('\n', begin), text.size());
  if (end > begin && text[end - 1] == '\r') --end;
  return {text.substr(begin, end - begin), begin};
}

// The part of a long line that has `offset` in it.
SourceLine Shorten(SourceLine line, size_t offset) {
  if (line.text.size() <= kMaxLineShown) return line;
  size_t begin = std::min(offset - line.begin, line.text.size());
  begin = begin > kMaxLineShown / 2 ? begin - kMaxLineShown / 2 : 0;
  while (begin > 0 && IsContinuationByte(line.text[begin])) --begin;
  size_t end = std::min(begin + kMaxLineShown, line.text.size());
  while (end < line.text.size() && IsContinuationByte(line.text[end])) ++end;
  return {line.text.substr(begin, end - begin), line.begin + begin};
}

// Tabs stay tabs, so that the carets stand below their characters.
std::string Indentation(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!IsContinuationByte(c)) out += c == '\t' ? '\t' : ' ';
  }
  return out;
}

std::string Excerpt(const SourceSpan& span, std::string_view text, int line_number) {
  const size_t offset = std::min<size_t>(span.offset, text.size());
  const SourceLine line = Shorten(LineAt(offset, text), offset);
  const size_t column = std::min(offset - line.begin, line.text.size());
  const size_t length =
      std::clamp<size_t>(CountCharacters(line.text.substr(column, span.length)), 1, kMaxCarets);
  const std::string number = std::to_string(line_number);
  return absl::StrCat("  ", number, " | ", AbslView(line.text), "\n  ",
                      std::string(number.size(), ' '), " | ",
                      Indentation(line.text.substr(0, column)), std::string(length, '^'));
}

}  // namespace

SourcePosition PositionOf(uint32_t offset, std::string_view text) {
  const std::string_view before = text.substr(0, offset);
  const SourceLine line = LineAt(before.size(), text);
  SourcePosition position;
  position.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  position.column += static_cast<int>(CountCharacters(before.substr(line.begin)));
  return position;
}

std::string RenderDiagnostic(const SqlDiagnostic& diagnostic, std::string_view text,
                             std::string_view file) {
  const SourcePosition position = PositionOf(diagnostic.span.offset, text);
  std::string out;
  if (!file.empty()) absl::StrAppend(&out, AbslView(file), ":");
  absl::StrAppend(&out, position.line, ":", position.column, ": error ", diagnostic.code, ": ",
                  diagnostic.message, "\n", Excerpt(diagnostic.span, text, position.line));
  if (!diagnostic.hint.empty()) absl::StrAppend(&out, "\n  hint: ", diagnostic.hint);
  return out;
}

std::string RenderDiagnostics(const std::vector<SqlDiagnostic>& diagnostics, std::string_view text,
                              std::string_view file) {
  std::string out;
  for (const SqlDiagnostic& diagnostic : diagnostics) {
    if (!out.empty()) out += '\n';
    out += RenderDiagnostic(diagnostic, text, file);
  }
  return out;
}

absl::Status DiagnosticsToStatus(const std::vector<SqlDiagnostic>& diagnostics,
                                 std::string_view text, std::string_view file) {
  if (diagnostics.empty()) return absl::OkStatus();
  const bool not_built = std::all_of(diagnostics.begin(), diagnostics.end(),
                                     [](const SqlDiagnostic& d) { return d.not_built; });
  const std::string message = RenderDiagnostics(diagnostics, text, file);
  return not_built ? absl::UnimplementedError(message) : absl::InvalidArgumentError(message);
}

}  // namespace millrace
