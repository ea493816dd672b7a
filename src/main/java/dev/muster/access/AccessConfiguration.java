package dev.muster.access;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Clock;
import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotationUtils;

@Configuration(proxyBeanMethods = false)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
class AccessConfiguration {

  /** Before any transaction, so that an entry in the audit stays when the change is undone. */
  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor permissionAdvisor(ObjectProvider<AuditLog> audit, ObjectProvider<Clock> clock) {
    DefaultPointcutAdvisor advisor =
        new DefaultPointcutAdvisor(new GuardedMethods(), new PermissionGuard(audit, clock));
    advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return advisor;
  }

  private static final class GuardedMethods extends StaticMethodMatcherPointcut {
    @Override
    public boolean matches(Method method, Class<?> type) {
      return Modifier.isPublic(method.getModifiers())
          && method.getDeclaringClass() != Object.class
          && AnnotationUtils.findAnnotation(type, Guarded.class) != null;
    }
  }
}
