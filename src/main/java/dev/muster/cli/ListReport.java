package dev.muster.cli;

import dev.muster.renewal.RenewalOutcome;
import dev.muster.revocation.ListCheck.CheckedList;
import dev.muster.revocation.ListEffect;
import dev.muster.revocation.RevocationReceipt;
import dev.muster.run.RunOutcome;
import dev.muster.store.Outbox;
import dev.muster.store.Outbox.Folder;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUpload.Findings;
import dev.muster.upload.Chosen.Count;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What is said at the end of a run of a revocation list. */
final class ListReport {

  private ListReport() {}

  static Optional<Integer> print(RunOutcome outcome, Beans beans, Output output)
      throws IOException {
    if (outcome.outbox() == null) {
      OutcomeReport.print(outcome, beans, null, output);
      return Optional.empty();
    }
    Folder report = beans.get(Outbox.class).at(outcome.outbox());
    RevocationReceipt receipt;
    try (InputStream content = report.open(Outbox.RECEIPT)) {
      receipt = RevocationReceipt.parse(new String(content.readAllBytes(), StandardCharsets.UTF_8));
    }
    if (output.json()) {
      output.json(receipt);
      return Optional.of(receipt.number());
    }
    output.line(
        "%s: applied (list %d, execution %d)"
            .formatted(outcome.manifest(), receipt.number(), outcome.execution()));
    output.line("  entries   %,11d".formatted(receipt.rows()));
    print("changed", receipt.changed(), output);
    print("unknown", receipt.unknown(), output);
    line("unchanged", receipt.unchanged(), output);
    line("waiting", receipt.waiting(), output);
    line("rejected", receipt.rejected(), output);
    receipt
        .rejectedByCode()
        .forEach((code, count) -> output.line("    %-23s %,8d".formatted(code, count)));
    if (receipt.leftBehind() > 0) {
      output.line(
          "  %,d devices in service stand behind gateways that are out of service now; devices-behind.csv names them."
              .formatted(receipt.leftBehind()));
    }
    output.line(
        "  took      %,11.1f s   %,.0f entries a second"
            .formatted(outcome.seconds(), receipt.rows() / Math.max(outcome.seconds(), 1e-3)));
    output.line("  report    " + report.address());
    return Optional.of(receipt.number());
  }

  /** What would become of devices that were chosen, or of a list that was sent. */
  static int print(CheckedUpload looked, Output output) {
    Findings findings = Objects.requireNonNull(looked.findings());
    ListEffect effect = findings.effect();
    if (output.json()) {
      output.json(looked);
    } else if (findings.refusal() != null) {
      output.error(findings.refusal());
    } else {
      output.line(looked.fileName() + ": looked at only; no device has changed");
      Count chosen = findings.chosen();
      if (chosen == null) {
        output.line("  entries   %,11d".formatted(findings.rows()));
      } else {
        print("chosen", chosen.byState(), output);
        print("untouched", chosen.untouched(), output);
      }
      if (effect != null) {
        print(effect, findings.warnings(), output);
        output.line("  fixed as  " + looked.sha256());
      }
      List<RenewalOutcome> renewals = findings.renewals();
      if (renewals != null) {
        renewals.forEach(renewal -> RenewalReport.print(renewal, output));
        if (findings.held() != null) {
          output.line(
              "  %s Somebody else than %s, who may do that too, must confirm it."
                  .formatted(findings.held(), looked.account()));
        }
      }
      output.line(
          "To do it: jobs/%s %s"
              .formatted(
                  looked.factory() != null
                      ? "uploads confirm"
                      : effect == null ? "renew --confirm" : "revoke --confirm",
                  looked.id()));
    }
    return findings.refusal() != null ? ExitCodes.FAILED : ExitCodes.OK;
  }

  static void print(Path file, CheckedList list, Output output) {
    if (output.json()) {
      output.json(list);
      return;
    }
    output.line("%s: looked at only; nothing of it is applied".formatted(file));
    output.line("  entries   %,11d".formatted(list.rows()));
    print(list.effect(), list.warnings(), output);
  }

  private static void print(ListEffect effect, List<String> warnings, Output output) {
    print("changed", effect.changed(), output);
    print("unknown", effect.unknown(), output);
    line("unchanged", effect.unchanged(), output);
    line("waiting", effect.later(), output);
    line("rejected", effect.rejected(), output);
    effect
        .rejectedByCode()
        .forEach((code, count) -> output.line("    %-23s %,8d".formatted(code, count)));
    if (effect.behind() > 0) {
      output.line(
          "  %,d of the changed devices change because they stand behind gateways."
              .formatted(effect.behind()));
    }
    if (effect.leftBehind() > 0) {
      output.line(
          "  %,d devices would stay in service behind gateways that do not."
              .formatted(effect.leftBehind()));
    }
    output.line(
        "  It takes %,d devices out of service and brings %,d back, of %,d in all; the ceiling of one list is %,d."
            .formatted(
                effect.outOfService(),
                effect.backInService(),
                effect.ofDevices(),
                effect.ceiling()));
    if (effect.tooManyRejects()) {
      output.line(
          "  The limit of rejected rows is %s: applied as it is, it fails."
              .formatted(effect.rejectLimit()));
    } else if (effect.held() != null) {
      output.line("  It would be held. %s".formatted(effect.held()));
    }
    warnings.forEach(warning -> output.line("  " + warning));
  }

  private static void print(String what, Map<String, Long> byAction, Output output) {
    line(what, RunOutcome.sum(byAction), output);
    byAction.forEach((action, count) -> output.line("    %-23s %,8d".formatted(action, count)));
  }

  private static void line(String what, long count, Output output) {
    if (count > 0) {
      output.line("  %-9s %,11d".formatted(what, count));
    }
  }
}
