package dev.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that the application's beans carry out, and that prints results. */
abstract class ApplicationCommand implements Callable<Integer> {

  final Beans beans;

  @Mixin StandardOptions options = new StandardOptions();

  ApplicationCommand(Beans beans) {
    this.beans = beans;
  }
}
