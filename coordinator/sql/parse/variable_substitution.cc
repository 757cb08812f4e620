#include "coordinator/sql/parse/variable_substitution.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"

namespace millrace {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEscapedOpen = "$${";

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-'; }

std::string HintFor(const std::string& name, const std::map<std::string, std::string>& variables) {
  std::vector<std::string> known;
  for (const auto& [defined, value] : variables) known.push_back(defined);
  std::string hint = DidYouMean(name, known);
  return hint.empty() ? absl::StrCat("define it when the script is submitted: --var ", name, "=...")
                      : hint;
}

SqlDiagnostic Diagnostic(size_t begin, size_t end, std::string code) {
  return {.span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)},
          .code = std::move(code)};
}

void Replace(SubstitutedScript& script, size_t begin, size_t length, std::string_view value) {
  const auto span = [](size_t offset, size_t size) {
    return SourceSpan{static_cast<uint32_t>(offset), static_cast<uint32_t>(size)};
  };
  script.replacements.push_back(
      {.before = span(begin, length), .after = span(script.text.size(), value.size())});
  script.text += value;
}

// Where the character at `offset` stands in the text before; with `behind`, where a part ends that
// ends there. What lies in a value is its variable.
uint32_t OffsetBefore(uint32_t offset, bool behind, const std::vector<Replacement>& replacements) {
  uint32_t before = offset;
  for (const auto& [variable, value] : replacements) {
    const bool is_before = behind ? offset <= value.offset : offset < value.offset;
    if (is_before) break;
    const bool is_within = behind ? offset <= value.end() : offset < value.end();
    if (is_within) return behind ? variable.end() : variable.offset;
    before = variable.end() + (offset - value.end());
  }
  return before;
}

}  // namespace

SubstitutedScript SubstituteVariables(std::string_view text,
                                      const std::map<std::string, std::string>& variables) {
  SubstitutedScript script;
  size_t position = 0;
  while (position < text.size()) {
    if (text.substr(position, kEscapedOpen.size()) == kEscapedOpen) {
      Replace(script, position, kEscapedOpen.size(), kOpen);
      position += kEscapedOpen.size();
      continue;
    }
    if (text.substr(position, kOpen.size()) != kOpen) {
      script.text += text[position++];
      continue;
    }
    const size_t begin = position;
    position += kOpen.size();
    const size_t name_begin = position;
    while (position < text.size() && IsNameCharacter(text[position])) ++position;
    const std::string name(text.substr(name_begin, position - name_begin));
    if (name.empty() || position >= text.size() || text[position] != '}') {
      SqlDiagnostic malformed = Diagnostic(begin, position, "MR1302");
      malformed.message = "a variable has the form ${NAME}";
      malformed.hint = "write $${ for ${ itself";
      script.diagnostics.push_back(std::move(malformed));
      continue;
    }
    ++position;
    const auto variable = variables.find(name);
    if (variable != variables.end()) {
      Replace(script, begin, position - begin, variable->second);
      continue;
    }
    SqlDiagnostic undefined = Diagnostic(begin, position, "MR1301");
    undefined.message = absl::StrCat("the variable ", name, " is not defined");
    undefined.hint = HintFor(name, variables);
    script.diagnostics.push_back(std::move(undefined));
  }
  if (!script.diagnostics.empty()) {
    script.text.clear();
    script.replacements.clear();
  }
  return script;
}

SourceSpan PlaceBefore(SourceSpan span, const std::vector<Replacement>& replacements) {
  const uint32_t begin = OffsetBefore(span.offset, /*at_end=*/false, replacements);
  const uint32_t end = OffsetBefore(span.end(), /*at_end=*/true, replacements);
  return {begin, std::max(begin, end) - begin};
}

}  // namespace millrace
