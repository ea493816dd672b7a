package dev.muster.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An endpoint whose answer holds a token: nobody may keep it, and neither do we. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface TellsToken {}
