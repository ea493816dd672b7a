package dev.muster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Start here. */
@SpringBootApplication
public class Muster {

  public static void main(String[] args) {
    SpringApplication.run(Muster.class, args);
  }
}
