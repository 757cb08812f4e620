import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.SqlDialect;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.dialect.CalciteSqlDialect;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.flink.sql.parser.ExtendedSqlNode;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;

/**
 * Flink's own parser for a test in another language: texts from the standard input, each ended by a NUL byte; answers
 * with as many, in the same order: "A" and the text written back, or "R" and the message. Set up as Flink's planner
 * does; what it checks of a statement without a catalog is checked as well.
 */
public final class FlinkParser {
  private static final SqlParser.Config CONFIG =
      SqlParser.config()
          .withParserFactory(FlinkSqlParserImpl.FACTORY)
          .withConformance(FlinkSqlConformance.DEFAULT)
          .withLex(Lex.JAVA)
          .withIdentifierMaxLength(256);
  private static final SqlDialect DIALECT =
      new CalciteSqlDialect(
          SqlDialect.EMPTY_CONTEXT
              .withQuotedCasing(Casing.UNCHANGED)
              .withUnquotedCasing(Casing.UNCHANGED)
              .withConformance(FlinkSqlConformance.DEFAULT)
              .withIdentifierQuoteString("`"));

  private static String answer(String sql) {
    SqlNodeList nodes;
    try {
      nodes = SqlParser.create(sql, CONFIG).parseStmtList();
      for (SqlNode node : nodes) {
        if (node instanceof ExtendedSqlNode) ((ExtendedSqlNode) node).validate();
      }
    } catch (Exception | Error refused) { // Its lexer throws an Error.
      return "R" + refused.getMessage();
    }
    StringBuilder text = new StringBuilder("A");
    try {
      for (SqlNode node : nodes) {
        if (text.length() > 1) text.append(";\n");
        text.append(node.toSqlString(DIALECT).getSql());
      }
    } catch (Exception | Error unwritten) {
      return "A"; // Accepted, but Flink cannot write it back.
    }
    return text.toString();
  }

  public static void main(String[] arguments) throws Exception {
    String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    try (PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, "UTF-8")) {
      for (String sql : input.split("\0")) {
        out.print(answer(sql));
        out.print('\0');
      }
    }
  }
}
