#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

const Arg kNoText = Null(DataType::String());

TEST(StringTest, ChangesCaseAndCountsCharacters) {
  CheckAll({{"upper", {S("cafés")}, "CAFÉS"},
            {"lower", {S("ÄB")}, "äb"},
            {"initcap", {S("heLLo wORLD")}, "Hello World"},
            {"char_length", {S("äöü")}, "3"},
            {"character_length", {S("")}, "0"},
            {"octet_length", {S("ä")}, "2"},
            {"upper", {kNoText}, "NULL"}});
}

TEST(StringTest, SubstringCountsFromOneOrFromTheEnd) {
  CheckAll({{"substring", {S("hello"), I(2)}, "ello"},
            {"substring", {S("hello"), I(2), I(3)}, "ell"},
            {"substr", {S("hello"), I(0), I(2)}, "he"},
            {"substring", {S("hello"), I(-3), I(2)}, "ll"},
            {"substring", {S("hello"), I(-9), I(2)}, ""},
            {"substring", {S("hello"), I(9)}, ""},
            {"substring", {S("hello"), I(1), I(-1)}, "NULL"},
            {"substring", {S("äöü"), I(2), I(1)}, "ö"},
            {"left", {S("hello"), I(2)}, "he"},
            {"right", {S("hello"), I(2)}, "lo"},
            {"right", {S("hello"), I(0)}, ""}});
}

TEST(StringTest, TrimsBlanksOrTheGivenCharacters) {
  CheckAll({{"trim", {S("  a b  ")}, "a b"},
            {"ltrim", {S("  a")}, "a"},
            {"rtrim", {S("a  ")}, "a"},
            {"trim", {S("xxaxx"), S("x")}, "a"},
            {"ltrim", {S("xyxa"), S("xy")}, "a"},
            {"rtrim", {S("aöä"), S("äö")}, "a"}});
}

TEST(StringTest, Concatenates) {
  CheckAll({{"concat", {S("a"), S("b"), S("c")}, "abc"},
            {"concat", {S("a"), kNoText}, "NULL"},
            {"||", {S("a"), S("b")}, "ab"},
            {"concat_ws", {S("-"), S("a"), kNoText, S("c")}, "a-c"},
            {"concat_ws", {kNoText, S("a")}, "NULL"},
            {"repeat", {S("ab"), I(3)}, "ababab"},
            {"repeat", {S("ab"), L(-1)}, ""},
            {"repeat", {S(""), L(9223372036854775807)}, ""},
            {"reverse", {S("aöb")}, "böa"}});
  EXPECT_EQ(TypeOf("||", {{DataType::Char(2), "ab"}, {DataType::Char(3), "abc"}}), "CHAR(5)");
  EXPECT_EQ(TypeOf("||", {S("a"), {DataType::Char(3), "abc"}}), "STRING");
}

TEST(StringTest, FindsAndReplaces) {
  CheckAll({{"position", {S("l"), S("hello")}, "3"},
            {"position", {S("x"), S("hello")}, "0"},
            {"locate", {S("l"), S("hello"), I(4)}, "4"},
            {"instr", {S("äöü"), S("ü")}, "3"},
            {"replace", {S("a-b-c"), S("-"), S("+")}, "a+b+c"},
            {"replace", {S("abc"), S("x"), S("+")}, "abc"},
            {"startswith", {S("hello"), S("he")}, "TRUE"},
            {"endswith", {S("hello"), S("he")}, "FALSE"},
            {"split_index", {S("a,b,,d"), S(","), I(1)}, "b"},
            {"split_index", {S("a,b,,d"), S(","), I(2)}, ""},
            {"split_index", {S("a,b"), S(","), I(5)}, "NULL"},
            {"split_index", {S("a,b"), S(","), I(-1)}, "NULL"},
            {"split_index", {S("a,b"), I(44), I(1)}, "b"}});
}

TEST(StringTest, PadsAndCuts) {
  CheckAll({{"lpad", {S("hi"), I(5), S("xy")}, "xyxhi"},
            {"rpad", {S("hi"), I(5), S("xy")}, "hixyx"},
            {"lpad", {S("hello"), I(2), S("x")}, "he"},
            {"rpad", {S("hi"), I(-1), S("x")}, "NULL"},
            {"lpad", {S("hi"), I(5), S("")}, "NULL"}});
}

TEST(LikeTest, MatchesPercentAndUnderscore) {
  const auto like = [](const char* text, const char* pattern) {
    const std::string fixed = Evaluated("like", {S(text), Fixed(pattern)});
    EXPECT_EQ(Evaluated("like", {S(text), S(pattern)}), fixed) << text << " LIKE " << pattern;
    return fixed;
  };
  for (const auto& [text, pattern] :
       std::vector<std::pair<const char*, const char*>>{{"hello", "hello"},
                                                        {"hello", "h%"},
                                                        {"hello", "%o"},
                                                        {"hello", "%ell%"},
                                                        {"hello", "h_llo"},
                                                        {"hellö", "hell_"},
                                                        {"", "%"},
                                                        {"abcabc", "%b%c"},
                                                        {"aXbXc", "a_b%_c"},
                                                        {"100\\5", "100\\%"},
                                                        {"a\nb", "a_b"}}) {
    EXPECT_EQ(like(text, pattern), "TRUE") << text << " LIKE " << pattern;
  }
  for (const auto& [text, pattern] :
       std::vector<std::pair<const char*, const char*>>{{"hello", "hell"},
                                                        {"hello", "_"},
                                                        {"", "_"},
                                                        {"aa", "a%aa"},
                                                        {"100%", "100\\%"},
                                                        {"ab", "%b%c"}}) {
    EXPECT_EQ(like(text, pattern), "FALSE") << text << " LIKE " << pattern;
  }
}

TEST(LikeTest, TakesAnEscapeAndRefusesABrokenOne) {
  CheckAll(
      {{"like", {S("a%"), Fixed("a!%"), Fixed("!")}, "TRUE"},
       {"like", {S("ab"), Fixed("a!%"), Fixed("!")}, "FALSE"},
       {"not_like", {S("ab"), Fixed("a%")}, "FALSE"},
       {"like", {kNoText, Fixed("a")}, "NULL"},
       {"like",
        {S("a"), Fixed("a!b"), Fixed("!")},
        "bind error: in the LIKE pattern 'a!b' the escape '!' is before neither %, _ nor itself"}});
}

TEST(LikeTest, SimilarToIsARegularExpressionOverTheWholeString) {
  CheckAll({{"similar_to", {S("abc"), Fixed("a(b|x)_")}, "TRUE"},
            {"similar_to", {S("abc"), Fixed("b")}, "FALSE"},
            {"similar_to", {S("a.c"), Fixed("a.c")}, "TRUE"},
            {"similar_to", {S("abc"), Fixed("a.c")}, "TRUE"},
            {"similar_to", {S("abc"), S("a.c")}, "TRUE"},
            {"similar_to", {S("x1"), Fixed("[^a-w][0-9]+")}, "TRUE"},
            {"similar_to", {S("a\nb"), Fixed("a%")}, "TRUE"},
            {"similar_to", {S("xY7"), Fixed("[[:alpha:]]+[[:DIGIT:]]")}, "TRUE"},
            {"similar_to", {S("_7"), Fixed("[_[:alnum:]]+")}, "TRUE"},
            {"similar_to", {S("-"), Fixed("[^[:UPPER:]]")}, "TRUE"},
            {"similar_to", {S("X"), Fixed("[^[:UPPER:]]")}, "FALSE"},
            {"similar_to", {S("50%"), Fixed("50!%"), Fixed("!")}, "TRUE"},
            {"not_similar_to", {S("abc"), Fixed("a%")}, "FALSE"}});
}

TEST(RegexpTest, MatchesExtractsAndReplaces) {
  CheckAll({{"regexp", {S("foobar"), Fixed("o+b")}, "TRUE"},
            {"regexp", {S("foobar"), Fixed("")}, "FALSE"},
            {"regexp_extract",
             {S("foothebar"), Fixed("foo(.*?)(bar)"), {DataType::Int(), 2, true}},
             "bar"},
            {"regexp_extract", {S("foothebar"), Fixed("foo(.*?)(bar)")}, "foothebar"},
            {"regexp_extract", {S("x"), Fixed("foo(.*)"), {DataType::Int(), 1, true}}, "NULL"},
            {"regexp_extract",
             {S("k=v"), Fixed("(?<key>[(a-z]+)=(?:(.))"), {DataType::Int(), 2, true}},
             "v"},
            {"regexp_extract", {S("a"), Fixed("a"), {DataType::Int(), 1, true}}, "NULL"},
            {"regexp_replace", {S("a1b22"), Fixed("[0-9]+"), Fixed("\\1$1")}, "a\\1$1b\\1$1"}});
}

TEST(RegexpTest, APatternMayComeWithTheRow) {
  CheckAll({{"regexp", {S("foobar"), S("o+b")}, "TRUE"},
            {"regexp_extract", {S("foothebar"), S("foo(.*?)(bar)"), I(2)}, "bar"},
            {"regexp_replace", {S("a1b22"), S("[0-9]+"), S("-")}, "a-b-"}});
}

TEST(RegexpTest, APatternThatIsNoneMatchesNothing) {
  CheckAll({{"regexp", {S("a"), Fixed("(")}, "FALSE"},
            {"regexp_extract", {S("a"), Fixed("(")}, "NULL"},
            {"regexp_count", {S("a"), Fixed("(")}, "NULL"}});
}

TEST(RegexpTest, APatternThatOnlyJavaKnowsIsRefused) {
  for (const char* pattern : {"a(?=b)", "(a)\\1", "a++", "[a-z&&[^b]]", "[a-d[m-p]]", "[^]&&a]",
                              "[[:alpha:]]", "\\p{javaLowerCase}", "\\p{IsAlphabetic}"}) {
    EXPECT_THAT(Evaluated("regexp", {S("a"), Fixed(pattern)}),
                testing::HasSubstr("has a part that RE2 does not know"))
        << pattern;
    EXPECT_THAT(Evaluated("regexp", {S("a"), S(pattern)}), testing::HasSubstr("error: "));
  }
}

TEST(RegexpTest, ClassesOfAsciiCharactersHaveJavasNames) {
  CheckAll({{"regexp", {S("abc"), Fixed("^\\p{Alpha}+$")}, "TRUE"},
            {"regexp", {S("ä"), Fixed("^\\p{Alpha}$")}, "FALSE"},
            {"regexp", {S("ä"), Fixed("^\\p{L}$")}, "TRUE"},
            {"regexp", {S("_1"), Fixed("^[\\p{Lower}_]\\P{Alpha}$")}, "TRUE"},
            {"regexp", {S("a"), Fixed("^[^\\P{Alnum}]$")}, "TRUE"},
            {"regexp_replace", {S("a1b22"), Fixed("\\p{Digit}+"), Fixed("-")}, "a-b-"},
            {"regexp", {S("a"), Fixed("[z-a]")}, "FALSE"}});
}

TEST(RegexpTest, BracketsAndAmpersandsThatMakeNoClassWithinAnotherAreCharacters) {
  CheckAll({{"regexp", {S("["), Fixed("^[a\\[]$")}, "TRUE"},
            {"regexp", {S("]"), Fixed("^[]a]$")}, "TRUE"},
            {"regexp", {S("&"), Fixed("^[a&b]$")}, "TRUE"},
            {"regexp", {S("a&&b"), Fixed("^a&&b$")}, "TRUE"},
            {"regexp", {S("[a[b"), Fixed("^\\Q[a[b\\E$")}, "TRUE"},
            {"regexp", {S("(?<"), Fixed("^[(?<x]+$")}, "TRUE"},
            {"regexp", {S("P"), Fixed("^[(?<x]+$")}, "FALSE"},
            {"regexp", {S("ab"), Fixed("^[a][b]$")}, "TRUE"}});
}

TEST(RandomTest, ASeedGivesTheNumbersOfJavaUtilRandom) {
  const Schema schema({{"x", DataType::Int()}});
  const Batch batch = MakeBatch(schema, {{1}, {2}, {3}});
  const auto rand = BindCall("rand_integer", {Expression::Int(42), Expression::Int(10)});
  ASSERT_TRUE(rand.ok()) << rand.status();
  EXPECT_EQ(EvaluatedRows(*rand, schema, batch), (std::vector<std::string>{"0", "3", "8"}));
}

TEST(RandomTest, TwoCallsGiveDifferentValuesAndSoDoTwoRows) {
  const Schema schema({{"x", DataType::Int()}});
  const Batch batch = MakeBatch(schema, {{1}, {2}});
  const auto uuid = BindCall("uuid", {});
  ASSERT_TRUE(uuid.ok()) << uuid.status();
  const auto pair = BindCall("concat", {*uuid, Expression::String(" "), *uuid});
  ASSERT_TRUE(pair.ok()) << pair.status();
  const std::vector<std::string> rows = EvaluatedRows(*pair, schema, batch);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_NE(rows[0], rows[1]);
  EXPECT_NE(rows[0].substr(0, 36), rows[0].substr(37));
}

}  // namespace
}  // namespace millrace
