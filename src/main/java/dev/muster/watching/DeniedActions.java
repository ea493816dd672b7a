package dev.muster.watching;

import dev.muster.access.Guarded;
import dev.muster.access.Requires;
import io.micrometer.core.instrument.Metrics;
import java.lang.reflect.Method;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Has the counter of each action's denials stand at 0, so that the first one is an increase. */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class DeniedActions {

  @EventListener
  void on(ApplicationReadyEvent ready) {
    for (Object guarded :
        ready.getApplicationContext().getBeansWithAnnotation(Guarded.class).values()) {
      for (Method method : AopUtils.getTargetClass(guarded).getMethods()) {
        Requires requires = method.getAnnotation(Requires.class);
        // What requires nothing is denied to nobody.
        if (requires != null && requires.value().length > 0) {
          String action =
              requires.audit().isEmpty() ? requires.value()[0].word() : requires.audit();
          Metrics.counter("muster.actions", "action", action, "outcome", "denied").increment(0);
        }
      }
    }
  }
}
