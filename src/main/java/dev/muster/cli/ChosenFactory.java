package dev.muster.cli;

import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Whose manifest it is, when a person at a terminal provisions one. */
@Component
final class ChosenFactory {

  private final Factories factories;

  ChosenFactory(Factories factories) {
    this.factories = factories;
  }

  /** The one that was named; or, when none was, the only one there is. */
  String id(@Nullable String named, CommandLine commandLine) {
    if (named != null) {
      if (!Factory.isId(named)) {
        throw new ParameterException(commandLine, Factory.idSentence(named));
      }
      return named;
    }
    List<Factory> all = factories.all();
    if (all.size() == 1) {
      return all.get(0).id();
    }
    throw new ParameterException(
        commandLine,
        all.isEmpty()
            ? "There is no factory yet. Add one with jobs/factory add."
            : "Say whose manifest it is with --factory: "
                + all.stream().map(Factory::id).collect(Collectors.joining(", "))
                + ".");
  }
}
