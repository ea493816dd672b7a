package dev.muster;

import dev.muster.cli.CommandLineApplication;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Start here. */
@SpringBootApplication
public class Muster {

  public static void main(String[] args) {
    System.exit(CommandLineApplication.run(() -> SpringApplication.run(Muster.class), args));
  }
}
