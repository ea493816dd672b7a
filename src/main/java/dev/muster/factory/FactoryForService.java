package dev.muster.factory;

import java.io.IOException;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/** Sees to it that there is a factory before the service takes its first manifest. */
@Component
@ConditionalOnBooleanProperty("muster.serve")
final class FactoryForService implements InitializingBean {

  private final DevelopmentFactory developmentFactory;

  FactoryForService(DevelopmentFactory developmentFactory) {
    this.developmentFactory = developmentFactory;
  }

  @Override
  public void afterPropertiesSet() throws IOException {
    developmentFactory.ensure();
  }
}
