// From text to a job: graphs, names, settings, answers.
#include "coordinator/planner/script_compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/valid_utf8.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/planner/compiled_script.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ScriptCompilerTest, AWindowIsReachedByAHashEdgeAndChainsWithWhatFollows) {
  const JobGraph graph = JobOf(absl::StrCat(kClicks, kCount));
  ASSERT_EQ(graph.stages.size(), 2u) << JobGraphText(graph);
  EXPECT_EQ(graph.stages[0].name, "Source: clicks");
  EXPECT_EQ(graph.stages[1].name, "TUMBLE(at, 1 min) by page -> Calc: page, n -> Sink: counts");
  EXPECT_EQ(graph.stages[0].parallelism, 2);
  EXPECT_EQ(graph.edges[0].partitioning, Partitioning::kHash);
  EXPECT_EQ(graph.edges[0].key_columns, std::vector<int>{0});
  EXPECT_EQ(graph.name, "insert-into_counts");
}

TEST(ScriptCompilerTest, AllInsertsOfAScriptAreOneJobOverOneScan) {
  const std::string visits = "INSERT INTO visits SELECT visitor FROM clicks WHERE id > 5;\n";
  for (const std::string& script :
       {std::string(kCount) + visits,
        "EXECUTE STATEMENT SET BEGIN " + std::string(kCount) + visits + "END;"}) {
    const JobGraph graph = JobOf(kClicks + script);
    int sources = 0;
    for (const Stage& stage : graph.stages) {
      sources += std::holds_alternative<SourceSpec>(stage.operators[0].spec) ? 1 : 0;
    }
    EXPECT_EQ(sources, 1) << JobGraphText(graph);
    EXPECT_EQ(FindOperator(graph, "Source: clicks").output.ToString(),
              "(id BIGINT, page STRING, visitor STRING, at TIMESTAMP(3))");
    EXPECT_EQ(graph.name, "insert-into_counts,visits");
  }
}

TEST(ScriptCompilerTest, WithoutKeysAWindowIsOneTask) {
  const JobGraph graph = JobOf(std::string(kClicks) +
                               "INSERT INTO counts SELECT 'all', COUNT(*) FROM TABLE(TUMBLE(TABLE "
                               "clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY "
                               "window_start, window_end;");
  ASSERT_EQ(graph.stages.size(), 2u);
  EXPECT_EQ(graph.stages[1].parallelism, 1);
  EXPECT_THAT(graph.edges[0].key_columns, IsEmpty());
}

TEST(ScriptCompilerTest, ALongNameIsCutBetweenTwoCharacters) {
  for (const char* start : {"", "x"}) {
    std::string value = start;
    for (int i = 0; i < 100; ++i) value += "\xc3\xa9";
    const JobGraph graph = JobOf(absl::StrCat(
        kClicks, "INSERT INTO visits SELECT visitor FROM clicks WHERE page <> '", value, "';"));
    EXPECT_THAT(graph.stages[0].name, HasSubstr("..."));
    EXPECT_EQ(FindInvalidUtf8(graph.stages[0].name), std::string::npos) << graph.stages[0].name;
  }
}

TEST(ScriptCompilerTest, AUnionMeetsInAStageOfItsReader) {
  const JobGraph graph =
      JobOf(std::string(kClicks) +
            "INSERT INTO visits SELECT visitor FROM clicks WHERE id > 5 UNION ALL SELECT page FROM "
            "clicks;");
  int sinks = 0;
  for (const Stage& stage : graph.stages) {
    sinks += std::holds_alternative<SinkSpec>(stage.operators.back().spec) ? 1 : 0;
  }
  EXPECT_EQ(sinks, 1) << JobGraphText(graph);
  EXPECT_THAT(graph.edges.size(), testing::Ge(2u));
}

// The operators of the union of `SELECT first` and `SELECT second` whose names begin so.
int OperatorsOfUnion(const std::string& first, const std::string& second, const std::string& name,
                     Settings settings = {}) {
  const JobGraph graph = JobOf(absl::StrCat(kClicks, "SELECT ", first, " AS x FROM clicks UNION ",
                                            "ALL SELECT ", second, " AS x FROM clicks"),
                               std::move(settings));
  int count = 0;
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      count += node.name.starts_with(name) ? 1 : 0;
    }
  }
  return count;
}

TEST(ScriptCompilerTest, OnlyWhatIsEqualToTheLastTypeAndDigitRunsOnce) {
  EXPECT_EQ(OperatorsOfUnion("id + 1", "id + 1", "Calc: x"), 1);
  const auto text_of = [](const std::string& type) {
    return "CAST(CAST(CAST(at AS TIMESTAMP_LTZ(3)) AS " + type + ") AS STRING)";
  };
  EXPECT_EQ(OperatorsOfUnion(text_of("DATE"), text_of("TIME"), "Calc: x",
                             {{"table.local-time-zone", "America/New_York"}}),
            2);
  EXPECT_EQ(OperatorsOfUnion("PERCENTILE(id, 0.5)", "PERCENTILE(id, 0.5)", "GroupAggregate"), 1);
  EXPECT_EQ(OperatorsOfUnion("PERCENTILE(id, 1.0)", "PERCENTILE(id, 0.9999999)", "GroupAggregate"),
            2);
}

TEST(ScriptCompilerTest, EveryReaderOfRandomValuesGetsItsOwn) {
  EXPECT_EQ(OperatorsOfUnion("UUID()", "UUID()", "Calc: x"), 2);
  EXPECT_EQ(OperatorsOfUnion("id + RAND()", "id + RAND()", "Calc: x"), 2);
}

TEST(ScriptCompilerTest, TheIdleTimeoutOfATableReachesItsSource) {
  const JobGraph graph = JobOf(absl::StrCat(kClicks, kCount));
  const auto& source = std::get<SourceSpec>(FindOperator(graph, "Source: clicks").spec);
  EXPECT_EQ(source.watermark->idle_timeout_ms, 10'000);
}

TEST(ScriptCompilerTest, ABareSelectIsASinkThatCollects) {
  const JobGraph graph = JobOf(std::string(kClicks) + "SELECT page, id FROM clicks",
                               {{"millrace.result-format", "json"}});
  const auto& sink = std::get<SinkSpec>(FindOperator(graph, "Sink: select").spec);
  EXPECT_EQ(sink.table.options,
            (TableOptions{{"connector", "collect"}, {"collect.format", "json"}}));
  EXPECT_EQ(sink.table.schema.ToString(), "(page STRING, id BIGINT)");
  EXPECT_EQ(graph.name, "select");
}

TEST(ScriptCompilerTest, AScriptOfDefinitionsHasNoJob) {
  const CompiledScript compiled = Compile(kClicks);
  EXPECT_OK(compiled.status());
  EXPECT_FALSE(compiled.job.has_value());
}

TEST(ScriptCompilerTest, SettingsApplyToTheJobAndTheScriptsWin) {
  const JobGraph graph = JobOf(
      "SET 'parallelism.default' = '3';\n"
      "SET 'execution.checkpointing.interval' = '5 s';\n"
      "SET 'pipeline.name' = 'page counts';\n"
      "SET 'execution.runtime-mode' = 'batch';\n" +
          absl::StrCat(kClicks, kCount),
      {{"parallelism.default", "8"}, {"pipeline.max-parallelism", "64"}});
  EXPECT_EQ(graph.stages[0].parallelism, 3);
  EXPECT_EQ(graph.options.max_parallelism, 64);
  EXPECT_EQ(graph.options.checkpoint_interval_ms, 5000);
  EXPECT_TRUE(graph.options.batch);
  EXPECT_EQ(graph.name, "page counts");
}

TEST(ScriptCompilerTest, SettingsThatChangeNothingAreNoted) {
  const CompiledScript compiled = Compile(
      "SET 'table.exec.mini-batch.enabled' = 'true';\n"
      "SET 'paralelism.default' = '3';\n" +
      absl::StrCat(kClicks, kCount) + "SET 'parallelism.default' = '3';");
  EXPECT_OK(compiled.status());
  std::vector<std::string> notes;
  for (const ScriptNote& note : compiled.notes) notes.push_back(note.message);
  EXPECT_THAT(
      notes,
      ElementsAre("'table.exec.mini-batch.enabled' changes nothing here: batches are always "
                  "folded before state is touched",
                  "unknown setting 'paralelism.default'; did you mean 'parallelism.default'?",
                  "a SET or RESET after the last INSERT or SELECT changes nothing"));
}

TEST(ScriptCompilerTest, AWrongValueOfASettingIsAnErrorAtItsPlace) {
  EXPECT_THAT(Compile("SET 'parallelism.default' = 'many';\n" + std::string(kClicks)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("1:5: error MR2019: 'parallelism.default' = 'many'")));
  EXPECT_THAT(
      Compile(absl::StrCat(kClicks, kCount), {{"execution.runtime-mode", "stream"}}).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'streaming' or 'batch'")));
}

TEST(ScriptCompilerTest, ResetTakesASettingBack) {
  const JobGraph graph = JobOf("SET 'parallelism.default' = '3'; RESET 'parallelism.default';" +
                               absl::StrCat(kClicks, kCount));
  EXPECT_EQ(graph.stages[0].parallelism, 2);
}

TEST(ScriptCompilerTest, ParallelismAboveTheKeyGroupsIsRefused) {
  EXPECT_THAT(
      Compile(absl::StrCat(kClicks, kCount),
              {{"parallelism.default", "8"}, {"pipeline.max-parallelism", "4"}})
          .status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'pipeline.max-parallelism'")));
}

TEST(ScriptCompilerTest, VariablesAreFilledInBeforeParsing) {
  const ScriptSource source{.sql = "CREATE TABLE t (a INT) WITH ('connector' = '${kind}');",
                            .variables = {{"kind", "datagen"}}};
  EXPECT_OK(CompileScript(source).status());
  EXPECT_THAT(CompileScript({.sql = source.sql, .variables = {{"knd", "datagen"}}}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kind")));
}

TEST(ScriptCompilerTest, PlacesAreThoseOfTheScriptAsItWasGiven) {
  const CompiledScript compiled = CompileScript(
      {.sql = "CREATE TABLE ${a} (a INT) WITH ('connector' = 'datagen'); SELECT ${b}, y FROM t",
       .variables = {{"a", "t"}, {"b", "a_long_column"}}});
  ASSERT_EQ(compiled.diagnostics.size(), 2u);
  EXPECT_EQ(compiled.diagnostics[0].span.In(compiled.text), "${b}");
  EXPECT_EQ(compiled.diagnostics[1].span.In(compiled.text), "y");
}

TEST(ScriptCompilerTest, ASessionKeepsTablesAndSettings) {
  SqlSession session;
  EXPECT_OK(CompileInSession({.sql = kClicks}, session).status());
  EXPECT_OK(CompileInSession({.sql = "SET 'pipeline.name' = 'mine'"}, session).status());
  const CompiledScript compiled = CompileInSession({.sql = kCount}, session);
  EXPECT_OK(compiled.status());
  ASSERT_TRUE(compiled.job.has_value());
  EXPECT_EQ(compiled.job->name, "mine");
}

TEST(ScriptCompilerTest, AScriptWithErrorsLeavesNothingInItsSession) {
  SqlSession session;
  EXPECT_FALSE(
      CompileInSession({.sql = absl::StrCat(kClicks, "SELECT nothing FROM clicks")}, session)
          .status()
          .ok());
  EXPECT_THAT(session.catalog.TableNames(), IsEmpty());
}

TEST(ScriptCompilerTest, AnswersComeInTheOrderOfTheirStatements) {
  const CompiledScript compiled = Compile(
      std::string(kClicks) + "SHOW VIEWS; SET 'pipeline.name' = 'x'; SET; DESCRIBE visits;");
  ASSERT_EQ(compiled.results.size(), 3u);
  EXPECT_THAT(compiled.results[0], HasSubstr("view name"));
  EXPECT_THAT(compiled.results[1], HasSubstr("| pipeline.name | x     |"));
  EXPECT_THAT(compiled.results[2], HasSubstr("| visitor | STRING |"));
}

TEST(ScriptCompilerTest, SyntaxAndBindingErrorsAreReportedTogetherInOrder) {
  const CompiledScript compiled = Compile(
      "CREATE TABLE orders (id BIGINTT) WITH ('connector' = 'datagen');\n"
      "CREATE TABLE result (id BIGINT) WITH ('connector' = 'blackhol');\n"
      "SELCT 1;\n"
      "CREATE TABLE lost (id BIGINT WITH ('connector' = 'datagen');\n"
      "INSERT INTO result SELECT id FROM lost;\n");
  std::vector<int> lines;
  for (const SqlDiagnostic& diagnostic : compiled.diagnostics) {
    lines.push_back(PositionOf(diagnostic.span.offset, compiled.text).line);
  }
  EXPECT_THAT(lines, ElementsAre(1, 2, 3, 4)) << compiled.status().message();
}

TEST(ScriptCompilerTest, ASessionThatIsNotAggregatedIsNamedAtItsStatement) {
  EXPECT_THAT(Compile(std::string(kClicks) +
                      "INSERT INTO visits SELECT visitor FROM TABLE(SESSION(TABLE clicks, "
                      "DESCRIPTOR(at), INTERVAL '1' MINUTE));")
                  .status(),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("7:1: error MR2900: SESSION whose rows are not grouped")));
}

TEST(ExplainScriptTest, ShowsTheThreePlans) {
  const absl::StatusOr<std::string> text =
      ExplainScript({.sql = absl::StrCat(kClicks, kCount), .default_parallelism = 4});
  ASSERT_OK(text);
  EXPECT_THAT(*text, HasSubstr("== Abstract Syntax Tree ==\n"
                               "LogicalSink(table=[default_catalog.default_database.counts], "
                               "fields=[page, n])\n"));
  EXPECT_THAT(*text,
              HasSubstr("== Optimized Physical Plan ==\n"
                        "Sink(table=[default_catalog.default_database.counts], fields=[page, "
                        "n], changelogMode=[NONE])\n"));
  EXPECT_THAT(*text,
              testing::ContainsRegex("== Optimized Execution Plan ==\n"
                                     "Stage 0, parallelism 4\n"
                                     "  Source: clicks  \\[[0-9a-f]{16}\\]\n"
                                     "    keeps positions and watermarks of splits\n"
                                     "Stage 1, parallelism 4\n"
                                     "  <- hash\\(page\\) from stage 0\n"
                                     "  TUMBLE\\(at, 1 min\\) by page  \\[[0-9a-f]{16}\\]\n"));
}

TEST(ExplainScriptTest, AnExplainStatementAnswersTheSame) {
  const CompiledScript compiled = Compile(std::string(kClicks) + "EXPLAIN " + kCount);
  EXPECT_OK(compiled.status());
  EXPECT_FALSE(compiled.job.has_value());
  ASSERT_EQ(compiled.results.size(), 1u);
  EXPECT_THAT(compiled.results[0], HasSubstr("== Optimized Execution Plan ==\nStage 0"));
}

TEST(ExplainScriptTest, NothingToExplainIsAnError) {
  EXPECT_THAT(ExplainScript({.sql = kClicks}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing to explain")));
}

}  // namespace
}  // namespace millrace
