package dev.muster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/** Prepares the homes of all tests of the whole application; named in {@code spring.factories}. */
final class PreparedHomes implements ContextCustomizerFactory {

  @Override
  public ContextCustomizer createContextCustomizer(
      Class<?> test, List<ContextConfigurationAttributes> attributes) {
    return new Prepares();
  }

  /** A record: contexts with equal customizers are the same context. */
  private record Prepares() implements ContextCustomizer {
    @Override
    public void customizeContext(
        ConfigurableApplicationContext context, MergedContextConfiguration merged) {
      @Nullable String home = context.getEnvironment().getProperty("muster.home");
      if (home != null && !context.getEnvironment().containsProperty("spring.datasource.url")) {
        try {
          PreparedHome.at(Path.of(home).toAbsolutePath());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
