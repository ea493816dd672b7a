package dev.muster.access;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The permission that a caller of this method of a {@link Guarded} service must have. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Requires {

  /** Which; several: any of them is enough. None: whoever has signed in, for what is its own. */
  Permission[] value();

  /**
   * What the audit calls it: {@code device.restore}; by default what the permission is called. Only
   * used for permissions that change something, and where none is required.
   */
  String audit() default "";

  /** Changes nothing, though the permission would: a preview, a dry run. No entry in the audit. */
  boolean readOnly() default false;

  /**
   * Can't be undone, or shuts others out: only for who has signed in a short while ago, as a
   * session that was taken over has not.
   */
  boolean fresh() default false;

  /** May take minutes, and be killed: the audit gets an entry before it begins, too. */
  boolean slow() default false;
}
