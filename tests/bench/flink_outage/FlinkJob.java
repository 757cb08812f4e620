import java.nio.file.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.*;

/** Runs the statements of a SQL file in this process (Flink's mini cluster) and waits for the last one. Settings: -D key=value. */
public class FlinkJob {
  public static void main(String[] arguments) throws Exception {
    Configuration settings = new Configuration();
    String script = null;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("-D")) {
        String[] setting = arguments[++i].split("=", 2);
        settings.setString(setting[0], setting[1]);
      } else {
        script = Files.readString(Path.of(arguments[i]));
      }
    }
    TableEnvironment environment =
        TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
    TableResult last = null;
    for (String statement : script.split(";\\s*\\n")) {
      if (!statement.isBlank()) last = environment.executeSql(statement.strip());
    }
    last.await();
  }
}
