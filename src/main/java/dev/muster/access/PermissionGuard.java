package dev.muster.access;

import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;

/** Lets through who has the permission, and keeps who changed what, or tried to. */
final class PermissionGuard implements MethodInterceptor {

  /** Longer than all settings of a factory, or a reason. */
  private static final int LONGEST_VALUE = 4_000;

  private final ObjectProvider<AuditLog> audit;
  private final ObjectProvider<Clock> clock;

  PermissionGuard(ObjectProvider<AuditLog> audit, ObjectProvider<Clock> clock) {
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation call) throws Throwable {
    Class<?> type = Objects.requireNonNull(call.getThis()).getClass();
    Method method = AopUtils.getMostSpecificMethod(call.getMethod(), type);
    Requires requires = method.getAnnotation(Requires.class);
    if (requires == null) {
      throw new NotPermittedException(
          "%s.%s is open to nobody.".formatted(type.getSimpleName(), method.getName()));
    }
    Caller caller = Callers.current();
    List<Permission> wanted = List.of(requires.value());
    Asked asked =
        new Asked(
            clock.getObject().instant(),
            caller,
            requires.audit().isEmpty() && !wanted.isEmpty()
                ? wanted.get(0).word()
                : requires.audit(),
            subject(method, call.getArguments()));
    if (!wanted.isEmpty() && wanted.stream().noneMatch(caller::may)) {
      NotPermittedException denied = NotPermittedException.lacking(caller, wanted.get(0));
      keep(asked, Outcome.DENIED, denied.sentence());
      throw denied;
    }
    if (requires.fresh() && !caller.fresh()) {
      SignInAgainException again = new SignInAgainException();
      keep(asked, Outcome.DENIED, again.sentence());
      throw again;
    }
    boolean kept =
        !requires.readOnly()
            && (wanted.isEmpty()
                ? !requires.audit().isEmpty()
                : wanted.stream().anyMatch(Permission::changes));
    return kept ? keeping(call, asked, requires.slow()) : looking(call, asked);
  }

  /** Of who only looks, it is kept that it wanted to see what is another's. */
  private @Nullable Object looking(MethodInvocation call, Asked asked) throws Throwable {
    try {
      return call.proceed();
    } catch (NotPermittedException e) {
      keep(asked, Outcome.DENIED, e.sentence());
      throw e;
    }
  }

  private @Nullable Object keeping(MethodInvocation call, Asked asked, boolean slow)
      throws Throwable {
    if (slow) {
      keep(asked, Outcome.STARTED, null);
    }
    @Nullable Object result;
    try {
      result = call.proceed();
    } catch (NotPermittedException e) {
      keep(asked, Outcome.DENIED, e.sentence());
      throw e;
    } catch (RefusedException e) {
      keep(asked, Outcome.REFUSED, e.sentence());
      throw e;
    } catch (Throwable e) {
      // Its message may be a library's, and hold anything.
      keep(asked, Outcome.FAILED, e.getClass().getSimpleName());
      throw e;
    }
    keep(asked, Outcome.DONE, null);
    return result;
  }

  private void keep(Asked asked, Outcome outcome, @Nullable String problem) {
    audit
        .getObject()
        .add(
            Entry.by(
                asked.caller(), asked.at(), asked.action(), asked.subject(), outcome, problem));
  }

  private static String subject(Method method, @Nullable Object[] arguments) {
    StringJoiner subject = new StringJoiner(" ");
    Annotation[][] annotations = method.getParameterAnnotations();
    for (int i = 0; i < arguments.length; i++) {
      Object value = arguments[i];
      if (value == null) {
        continue;
      }
      Arrays.stream(annotations[i])
          .filter(Audited.class::isInstance)
          .map(annotation -> ((Audited) annotation).value())
          .findFirst()
          .ifPresent(name -> subject.add(name + "=" + shortened(value.toString())));
    }
    return subject.toString();
  }

  private static String shortened(String value) {
    String oneLine = value.replaceAll("\\p{Cntrl}", " ");
    if (oneLine.length() <= LONGEST_VALUE) {
      return oneLine;
    }
    boolean amidst = Character.isHighSurrogate(oneLine.charAt(LONGEST_VALUE - 1));
    return oneLine.substring(0, amidst ? LONGEST_VALUE - 1 : LONGEST_VALUE) + "…";
  }

  private record Asked(Instant at, Caller caller, String action, String subject) {}
}
