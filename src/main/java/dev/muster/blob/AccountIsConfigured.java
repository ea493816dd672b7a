package dev.muster.blob;

import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/** Either way of signing in to an account; empty variables of the environment are none. */
abstract class AccountIsConfigured implements Condition {

  private final String settings;

  AccountIsConfigured(String settings) {
    this.settings = settings;
  }

  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return StringUtils.hasText(
            context.getEnvironment().getProperty(settings + ".connection-string"))
        || StringUtils.hasText(context.getEnvironment().getProperty(settings + ".endpoint"));
  }
}
