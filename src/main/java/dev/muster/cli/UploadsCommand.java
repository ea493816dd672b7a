package dev.muster.cli;

import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.arrival.ArrivalKind;
import dev.muster.language.Words;
import dev.muster.run.RunNames;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUpload.Findings;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.CheckedUploads.Confirmed;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "uploads",
    description = {
      "What waits to be confirmed, newest first: manifests and revocation lists that factories sent"
          + " to be looked at, and devices that somebody chose. Nothing of it is loaded or applied"
          + " yet. With a number, what would become of that one.",
      "",
      "jobs/uploads confirm and discard do something about one. Devices that were chosen among all"
          + " factories' are confirmed with jobs/revoke --confirm, or jobs/renew --confirm, which"
          + " wait until it is done. Where a second person must confirm, that is somebody else than"
          + " who chose them, by the name of the account of this machine."
    })
final class UploadsCommand extends ApplicationCommand {

  private static final String ROW = "%-36s  %-13s  %-9s  %-16s  %-16s  %-20s  %s";

  /** How uploads stand. */
  private enum State {
    LOOKED_AT("being looked at"),
    REFUSED("would fail"),
    HELD("second person"),
    READY("ready");

    private final String word;

    State(String word) {
      this.word = word;
    }

    static State of(CheckedUpload upload) {
      Findings findings = upload.findings();
      if (findings == null) {
        return LOOKED_AT;
      }
      return findings.refusal() != null ? REFUSED : findings.held() != null ? HELD : READY;
    }
  }

  static final class UploadConverter implements ITypeConverter<UUID> {
    @Override
    public UUID convert(String value) {
      return DevicesCommand.IdConverter.whole(
          value, "'%s' is no number of an upload. jobs/uploads lists them."::formatted);
    }
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "UPLOAD",
      converter = UploadConverter.class,
      description = "One upload: its number.")
  private @Nullable UUID upload;

  @Mixin private LastOption last = new LastOption();

  UploadsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    CheckedUploads uploads = beans.get(CheckedUploads.class);
    if (upload == null) {
      return output.list(
          uploads.waiting(null, last.number()),
          "Nothing waits to be confirmed.",
          ROW.formatted("UPLOAD", "STATE", "WHAT", "FACTORY", "OF", "GONE AFTER", "FILE"),
          UploadsCommand::row);
    }
    CheckedUpload found = found(uploads, upload);
    if (output.json()) {
      output.json(found);
    } else {
      print(found, output);
    }
    return ExitCodes.OK;
  }

  private static String row(CheckedUpload one) {
    return ROW.formatted(
        one.id(),
        State.of(one).word,
        one.chosen() != null ? "devices" : one.kind() == ArrivalKind.MANIFEST ? "manifest" : "list",
        Objects.toString(one.factory(), Words.NOTHING),
        one.account(),
        Output.time(one.expiresAt()),
        one.fileName());
  }

  private CheckedUpload found(CheckedUploads uploads, UUID id) {
    return uploads
        .find(id)
        .orElseThrow(
            () -> new NotThereException(beans.get(Words.class).of("arrivals.checked.gone")));
  }

  private void print(CheckedUpload found, Output output) {
    Words words = beans.get(Words.class);
    Findings findings = found.findings();
    if (findings == null) {
      output.line(
          "%s: %s (%s)"
              .formatted(
                  found.fileName(),
                  State.of(found).word,
                  words.of("arrivals.checked.so-far", found.rowsSeen())));
    } else if (findings.refusal() != null) {
      output.line(
          "%s: %s %s"
              .formatted(
                  found.fileName(),
                  words.of("arrivals.checked.refused-whole"),
                  findings.refusal()));
    } else if (found.kind() == ArrivalKind.MANIFEST) {
      manifest(found, findings, words, output);
    } else {
      ListReport.print(found, output);
    }
  }

  private void manifest(CheckedUpload found, Findings findings, Words words, Output output) {
    output.line("%s: %s".formatted(found.fileName(), words.of("arrivals.checked.nothing-yet")));
    Integer before = findings.provisionedAs();
    if (before != null) {
      output.line(
          "  %s %s%s"
              .formatted(
                  words.of("arrivals.checked.same-before"),
                  words.of("arrivals.checked.same-link", before.toString()),
                  words.of("arrivals.checked.same-after")));
    }
    if (findings.tooManyRejects()) {
      output.line(
          "  "
              + words.of(
                  "arrivals.checked.too-many",
                  findings.rejected(),
                  findings.rows(),
                  String.valueOf(findings.rejectLimit())));
    }
    findings.warnings().forEach(warning -> output.line("  " + warning));
    new Facts()
        .add(words.of("arrivals.checked.rows"), number(findings.rows()))
        .add(words.of("arrivals.checked.accepted"), number(findings.accepted()))
        .add(
            words.of("arrivals.checked.updated"),
            findings.updated() == 0 ? null : number(findings.updated()))
        .add(
            words.of("arrivals.checked.unchanged"),
            findings.unchanged() == 0 ? null : number(findings.unchanged()))
        .add(words.of("arrivals.checked.refused"), number(findings.rejected()))
        .add(words.of("arrivals.checked.factory"), found.factory())
        .add(words.of("arrivals.checked.sha256"), found.sha256())
        .add(
            words.of("arrivals.checked.signature"),
            words.of(found.signed() ? "arrivals.checked.signed" : "arrivals.checked.unsigned"))
        .add(
            words.of("arrivals.checked.uploaded"),
            "%s %s"
                .formatted(
                    Output.time(found.uploadedAt()),
                    words.of("arrivals.checked.by", found.account())))
        .add(words.of("arrivals.checked.expires"), Output.time(found.expiresAt()))
        .print(output);
    if (findings.rejected() > 0) {
      RunNames names = new RunNames(beans.get(Words.class));
      output.line(words.of("arrivals.checked.rejects"));
      findings
          .rejectedByCode()
          .forEach(
              (code, count) ->
                  output.line("  %-36s %-23s %,12d".formatted(names.reject(code), code, count)));
      findings
          .rejects()
          .forEach(reject -> output.line("  %,8d  %s".formatted(reject.line(), reject.message())));
    }
    output.line("To do it: jobs/uploads confirm " + found.id());
  }

  private static String number(long value) {
    return "%,d".formatted(value);
  }

  @Command(
      name = "confirm",
      description =
          "Puts an upload in the inbox. A revocation list is then applied in the night, unless"
              + " jobs/serve applies lists as they come.")
  int confirm(
      @Mixin StandardOptions subOptions,
      @Parameters(
              paramLabel = "UPLOAD",
              converter = UploadConverter.class,
              description = "As jobs/uploads lists it.")
          UUID id,
      @Option(names = "--at-once", description = "Apply a revocation list now, not in the night.")
          boolean atOnce) {
    Output output = subOptions.output();
    CheckedUploads uploads = beans.get(CheckedUploads.class);
    uploads
        .find(id)
        .filter(one -> one.factory() == null)
        .ifPresent(
            one -> {
              throw new RefusedException(
                  "These devices were chosen among all factories': jobs/uploads %s says what confirms them."
                      .formatted(id));
            });
    Confirmed confirmed = atOnce ? uploads.confirmAtOnce(id) : uploads.confirm(id);
    if (output.json()) {
      output.json(confirmed);
    } else {
      output.line(
          "It is in the inbox, as arrival %d. jobs/serve takes it up; jobs/arrivals says what becomes of it."
              .formatted(confirmed.arrival()));
    }
    return ExitCodes.OK;
  }

  @Command(name = "discard", description = "Throws an upload away.")
  int discard(
      @Mixin HelpOption subHelp,
      @Parameters(
              paramLabel = "UPLOAD",
              converter = UploadConverter.class,
              description = "As jobs/uploads lists it.")
          UUID id)
      throws IOException {
    beans.get(CheckedUploads.class).discard(id);
    subHelp.output().line(beans.get(Words.class).of("arrivals.checked.discarded"));
    return ExitCodes.OK;
  }
}
