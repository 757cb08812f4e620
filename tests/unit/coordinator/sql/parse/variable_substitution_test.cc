#include "coordinator/sql/parse/variable_substitution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

const std::map<std::string, std::string>& Variables() {
  static const std::map<std::string, std::string> variables = {
      {"topic", "clicks"}, {"kafka.bootstrap-servers", "localhost:9092"}, {"nested", "${topic}"}};
  return variables;
}

std::string Substituted(std::string_view text) {
  const SubstitutedScript script = SubstituteVariables(text, Variables());
  return script.diagnostics.empty() ? script.text : RenderDiagnostics(script.diagnostics, text);
}

TEST(VariableSubstitutionTest, ReplacesWithinAndOutsideOfQuotes) {
  EXPECT_EQ(Substituted("'${topic}' = '${kafka.bootstrap-servers}' ${topic}"),
            "'clicks' = 'localhost:9092' clicks");
  EXPECT_EQ(Substituted(""), "");
  EXPECT_EQ(Substituted("a $ b { c } $"), "a $ b { c } $");
}

// The part of `text` that `part` of the text after stands for.
std::string PartBefore(std::string_view text, std::string_view part) {
  const SubstitutedScript script = SubstituteVariables(text, Variables());
  const size_t offset = script.text.find(part);
  EXPECT_NE(offset, std::string::npos);
  const SourceSpan span{static_cast<uint32_t>(offset), static_cast<uint32_t>(part.size())};
  return std::string(PlaceBefore(span, script.replacements).In(text));
}

TEST(VariableSubstitutionTest, APlaceBehindAValueIsThatBehindItsVariable) {
  constexpr std::string_view kText = "a ${topic} b $${c} ${kafka.bootstrap-servers} d";
  EXPECT_EQ(PartBefore(kText, "a"), "a");
  EXPECT_EQ(PartBefore(kText, "b"), "b");
  EXPECT_EQ(PartBefore(kText, "c}"), "c}");
  EXPECT_EQ(PartBefore(kText, " d"), " d");
}

TEST(VariableSubstitutionTest, APlaceInAValueIsItsVariable) {
  constexpr std::string_view kText = "a ${topic} b '${topic}' ${kafka.bootstrap-servers}";
  EXPECT_EQ(PartBefore(kText, "click"), "${topic}");
  EXPECT_EQ(PartBefore(kText, "clicks"), "${topic}");
  EXPECT_EQ(PartBefore(kText, "s b '"), "${topic} b '");
  EXPECT_EQ(PartBefore(kText, "'clicks'"), "'${topic}'");
  EXPECT_EQ(PartBefore(kText, "9092"), "${kafka.bootstrap-servers}");
}

TEST(VariableSubstitutionTest, DoesNotLookIntoValues) {
  EXPECT_EQ(Substituted("${nested}"), "${topic}");
}

TEST(VariableSubstitutionTest, ADoubledDollarStandsForItself) {
  EXPECT_EQ(Substituted("$${topic}"), "${topic}");
}

TEST(VariableSubstitutionTest, NamesAnUndefinedVariableAndTheNearestOne) {
  EXPECT_EQ(Substituted("a\n'${topik}'"),
            "2:2: error MR1301: the variable topik is not defined\n"
            "  2 | '${topik}'\n"
            "    |  ^^^^^^^^\n"
            "  hint: did you mean 'topic'?");
  EXPECT_THAT(Substituted("${zzzzzzzzzzzz}"), testing::HasSubstr("zzzzzzzzzzzz=..."));
}

TEST(VariableSubstitutionTest, ReportsEveryErrorOfTheScript) {
  const SubstitutedScript script = SubstituteVariables("${a} ${b c} ${", Variables());
  EXPECT_EQ(script.diagnostics.size(), 3);
  EXPECT_EQ(script.text, "");
  EXPECT_EQ(script.diagnostics[1].code, "MR1302");
  EXPECT_EQ(script.diagnostics[2].code, "MR1302");
}

}  // namespace
}  // namespace millrace
