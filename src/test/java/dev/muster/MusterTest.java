package dev.muster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.batch.test.context.SpringBatchTest;
import org.springframework.boot.test.context.SpringBootTest;

/**
 * A test of the whole application on a real PostgreSQL. Chunks and parts are small, so that a few
 * thousand rows make many of them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AllPermitted.class)
@SpringBatchTest
@SpringBootTest(
    properties = {
      "muster.home=${muster.test.home:target/test-home}",
      "muster.provisioning.chunk-rows=500",
      "muster.provisioning.part-devices=2000"
    })
public @interface MusterTest {}
