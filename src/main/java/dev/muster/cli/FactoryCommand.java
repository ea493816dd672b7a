package dev.muster.cli;

import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.factory.SigningKey;
import dev.muster.language.Language;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestFormat.Encoding;
import dev.muster.manifest.Separator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "factory",
    description = "Who may send manifests, and to whom their bundles are encrypted.")
final class FactoryCommand implements Runnable {

  private static final String LISTED = "%-16s  %-24s  %s";

  private final Beans beans;

  @Mixin private HelpOption help = new HelpOption();

  FactoryCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public void run() {
    throw new ParameterException(
        help.output().commandLine(), "Say add, change, list, format or remove.");
  }

  @Command(name = "add", description = "Adds a factory.")
  int add(
      @Mixin HelpOption subHelp,
      @Parameters(paramLabel = "ID", description = "Lower-case letters, digits and hyphens.")
          String id,
      @Mixin FactoryOptions settings) {
    Output output = help.output();
    beans.get(FactoryAdministration.class).add(settings.factory(id, null, output.commandLine()));
    output.line("Factory %s may send manifests.".formatted(id));
    return ExitCodes.OK;
  }

  @Command(
      name = "change",
      description = "Changes what is said of a factory; all else of it stays as it is.")
  int change(
      @Mixin HelpOption subHelp,
      @Parameters(paramLabel = "ID", description = "The factory.") String id,
      @Mixin FactoryOptions settings,
      @Option(
              names = "--unset",
              paramLabel = "SETTING",
              description =
                  "Is as for all again, or not there: ${COMPLETION-CANDIDATES}. Any number.")
          @Nullable List<FactoryOptions.Unset> unset) {
    Output output = help.output();
    FactoryAdministration factories = beans.get(FactoryAdministration.class);
    Factory before = factories.find(id).orElseThrow(() -> FactoryAdministration.none(id));
    Factory after =
        settings
            .without(Objects.requireNonNullElse(unset, List.of()))
            .factory(id, before, output.commandLine());
    if (after.equals(before)) {
      output.line("Factory %s is so already; nothing was changed.".formatted(id));
    } else {
      factories.change(after, before::equals);
      output.line("Factory %s is changed. It holds for what it sends from now on.".formatted(id));
    }
    return ExitCodes.OK;
  }

  @Command(name = "list", description = "Lists the factories.")
  int list(@Mixin StandardOptions subOptions) {
    Output output = subOptions.output();
    List<Factory> factories = beans.get(FactoryAdministration.class).all();
    if (output.json()) {
      output.json(
          factories.stream()
              .map(
                  factory ->
                      new Listed(
                          factory.id(),
                          factory.recipients().stream().map(AgeRecipient::publicKey).toList(),
                          factory.hubs(),
                          factory.signingKeys().stream().map(SigningKey::base64).toList(),
                          factory.anyDevice(),
                          factory.maxRejects(),
                          factory.tokenLifetime(),
                          factory.deliver(),
                          factory.ceiling() == null ? null : factory.ceiling().toString(),
                          factory.updates(),
                          factory.contact(),
                          factory.contactLanguage(),
                          factory.admission().suspended(),
                          factory.admission().validUntil(),
                          factory.admission().maxDevices(),
                          factory.admission().maxDevicesADay()))
              .toList());
      return ExitCodes.OK;
    }
    output.line(LISTED.formatted("FACTORY", "DEVICES GO TO", "ITS BUNDLES CAN BE OPENED BY"));
    for (Factory factory : factories) {
      output.line(
          LISTED.formatted(
              factory.id(),
              factory.hubsWords()
                  + (factory.signs() ? ", signs" : "")
                  + (factory.updates() ? ", updates" : "")
                  + (factory.admission().suspended() ? ", suspended" : ""),
              factory.recipients().stream()
                  .map(AgeRecipient::publicKey)
                  .collect(Collectors.joining(" "))));
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "format",
      description =
          "How a factory's files differ from everybody's. Without options, shows it; with options,"
              + " these are all of it from now on.")
  int format(
      @Mixin StandardOptions subOptions,
      @Parameters(paramLabel = "ID", description = "The factory.") String id,
      @Option(
              names = "--separator",
              paramLabel = "WORD",
              description = "${COMPLETION-CANDIDATES}; found out when left out.")
          @Nullable Separator separator,
      @Option(
              names = "--encoding",
              paramLabel = "WORD",
              description = "${COMPLETION-CANDIDATES}, of files without a byte order mark.")
          @Nullable Encoding encoding,
      @Option(
              names = "--name",
              paramLabel = "THEIRS=COLUMN",
              description = "What it calls a column: 'Geräte-ID=device_id'. Any number.")
          @Nullable Map<String, String> names,
      @Option(
              names = "--default",
              paramLabel = "COLUMN=VALUE",
              description = "The value of a column that it does not send. Any number.")
          @Nullable Map<String, String> defaults,
      @Option(
              names = "--required",
              paramLabel = "COLUMN",
              description = "Must be there, with a value in each row. Any number.")
          @Nullable List<String> required,
      @Option(
              names = "--allowed",
              paramLabel = "COLUMN=VALUE",
              description = "A value that the column may have. Any number.")
          @Nullable List<String> allowed,
      @Option(
              names = "--pattern",
              paramLabel = "COLUMN=REGEX",
              description = "What the column's values must match, in RE2's syntax. Any number.")
          @Nullable Map<String, String> patterns,
      @Option(names = "--trailer", description = "Its files must end in '# rows=N'.")
          boolean trailer,
      @Option(names = "--none", description = "It has no format of its own any more.") boolean none,
      @Option(
              names = "--sample",
              paramLabel = "FILE",
              description = "Shows what would become of this file, and saves nothing.")
          @Nullable Path sample)
      throws IOException {
    Output output = subOptions.output();
    ManifestFormat given;
    try {
      given =
          new ManifestFormat(
                  separator,
                  encoding,
                  Objects.requireNonNullElse(names, Map.of()),
                  Objects.requireNonNullElse(defaults, Map.of()),
                  Objects.requireNonNullElse(required, List.of()),
                  values(Objects.requireNonNullElse(allowed, List.of())),
                  Objects.requireNonNullElse(patterns, Map.of()),
                  trailer)
              .agreed();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(output.commandLine(), e.getMessage(), e);
    }
    boolean some = !given.equals(ManifestFormat.NONE);
    if (none && some) {
      throw new ParameterException(output.commandLine(), "--none goes with no other option.");
    }
    FactoryAdministration factories = beans.get(FactoryAdministration.class);
    ManifestFormat format = none || some ? given : factories.format(id);
    if (sample != null) {
      return new CheckCommand(beans).check(sample, id, format, null, output);
    }
    if (none || some) {
      factories.changeFormat(id, format);
    }
    if (output.json()) {
      output.json(format);
    } else {
      output.line(
          format.equals(ManifestFormat.NONE)
              ? "Factory %s sends what everybody may.".formatted(id)
              : "Factory %s: %s".formatted(id, format.json()));
    }
    return ExitCodes.OK;
  }

  private static Map<String, List<String>> values(List<String> allowed) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String one : allowed) {
      int equals = one.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "'%s' is no COLUMN=VALUE; write model=TH-200, for one.".formatted(one));
      }
      values
          .computeIfAbsent(one.substring(0, equals), column -> new ArrayList<>())
          .add(one.substring(equals + 1));
    }
    return values;
  }

  @Command(name = "remove", description = "Removes a factory. What it provisioned stays.")
  int remove(
      @Mixin HelpOption subHelp,
      @Parameters(paramLabel = "ID", description = "The factory.") String id) {
    beans.get(FactoryAdministration.class).remove(id);
    help.output().line("Factory %s may not send manifests any more.".formatted(id));
    return ExitCodes.OK;
  }

  private record Listed(
      String id,
      List<String> recipients,
      List<String> hubs,
      List<String> signingKeys,
      boolean anyDevice,
      @Nullable String maxRejects,
      @Nullable Duration tokenLifetime,
      @Nullable DeliveryPlace deliver,
      @Nullable String ceiling,
      boolean updates,
      @Nullable String contact,
      @Nullable Language contactLanguage,
      boolean suspended,
      @Nullable LocalDate validUntil,
      @Nullable Long maxDevices,
      @Nullable Long maxDevicesADay) {}
}
