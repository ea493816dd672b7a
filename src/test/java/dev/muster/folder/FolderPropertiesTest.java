package dev.muster.folder;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class FolderPropertiesTest {

  @EnableConfigurationProperties(FolderProperties.class)
  static class Enabled {}

  @ParameterizedTest
  @ValueSource(strings = {"sweep=0s", "sweep=-1s", "sweep=2h", "quiet=-1s", "quiet=2h"})
  void whatNobodyCanMeanIsRefusedAtTheStart(String property) {
    new ApplicationContextRunner()
        .withUserConfiguration(Enabled.class)
        .withPropertyValues("muster.folder." + property)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("on field '" + property.substring(0, 5) + "'"));
  }
}
