package dev.muster.web;

import dev.muster.AllPermitted;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.context.ContextConfiguration;

/**
 * A test of the whole service in a real browser, signed in through the real OpenID Connect flow.
 * All such classes share one application, one database and one browser: use factories and devices
 * of your own, and never count all there is.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith({AllPermitted.class, Console.Closing.class})
@ActiveProfiles("dev")
@Import(Console.class)
@ContextConfiguration(initializers = ConsoleHubs.class)
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "muster.home=${muster.test.home:target/test-home}-console",
      "muster.serve=true",
      "spring.main.web-application-type=servlet",
      "muster.provisioning.chunk-rows=500",
      "muster.provisioning.part-devices=2000",
      "muster.sign-in.fresh=12h",
      "muster.sign-in.times=100000"
    })
public @interface ConsoleTest {}
