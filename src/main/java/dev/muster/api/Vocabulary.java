package dev.muster.api;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;

/**
 * Says what each part of an answer or a body is. Most is said by the Javadoc of the record that has
 * it; a name that needs none there is explained once, in {@code api/vocabulary.properties}.
 */
final class Vocabulary {

  private static final Pattern CODE = Pattern.compile("<code>\\s*(.*?)\\s*</code>", Pattern.DOTALL);
  private static final Pattern PARAGRAPH = Pattern.compile("</?p>");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final Properties words = new Properties();

  Vocabulary() {
    try (Reader file =
        new InputStreamReader(
            new ClassPathResource("api/vocabulary.properties").getInputStream(),
            StandardCharsets.UTF_8)) {
      words.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Describes what has no description, and makes text of what Javadoc says. */
  void describe(OpenAPI api) {
    api.getComponents().getSchemas().forEach(this::describe);
  }

  private void describe(String name, Schema<?> schema) {
    schema.setDescription(text(schema.getDescription()));
    Map<?, ?> properties = schema.getProperties();
    if (properties != null) {
      properties.forEach(
          (property, part) -> {
            Schema<?> described = (Schema<?>) part;
            String said = text(described.getDescription());
            described.setDescription(
                said == null
                    ? words.getProperty(
                        name + "." + property, words.getProperty(property.toString()))
                    : said);
          });
    }
  }

  private static @Nullable String text(@Nullable String javadoc) {
    if (javadoc == null || javadoc.isBlank()) {
      return null;
    }
    String marked = CODE.matcher(javadoc).replaceAll("`$1`");
    return SPACE.matcher(PARAGRAPH.matcher(marked).replaceAll(" ")).replaceAll(" ").strip();
  }
}
