package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever somebody calls a file, it makes no line of the log that looks like one of Muster's. */
class LogLinesTest {

  private static final String FORGED = "2026-11-28T08:00:00.000Z INFO  forged";

  @Test
  void aMessageIsOneLineAndWhatFollowsAnExceptionIsIndented() throws Exception {
    String plain = logged("file=a\r\n" + FORGED + "\n" + FORGED, null);
    String thrown = logged("failed", new IllegalStateException("a\n" + FORGED + "\r\n" + FORGED));

    assertThat(plain.strip().lines()).hasSize(1);
    assertThat(plain).contains("file=a | " + FORGED + " | " + FORGED);
    assertThat(thrown.lines()).hasSizeGreaterThan(4);
    assertThat(thrown.lines()).noneMatch(line -> line.startsWith("2026-"));
    assertThat(thrown).contains("IllegalStateException", "LogLinesTest.java");
  }

  private static String logged(String message, @Nullable Throwable thrown) throws Exception {
    LoggerContext context = new LoggerContext();
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(pattern());
    layout.start();
    Logger logger = context.getLogger("test");
    LoggingEvent event = new LoggingEvent("", logger, Level.INFO, message, thrown, null);
    event.setTimeStamp(0);
    event.setMDCPropertyMap(Map.of());
    return layout.doLayout(event);
  }

  private static String pattern() throws Exception {
    try (InputStream file =
        Objects.requireNonNull(LogLinesTest.class.getResourceAsStream("/log/text.xml"))) {
      String xml = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      return xml.substring(xml.indexOf("<pattern>") + 9, xml.indexOf("</pattern>"))
          .replace("&lt;", "<");
    }
  }
}
