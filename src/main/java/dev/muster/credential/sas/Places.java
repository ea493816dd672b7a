package dev.muster.credential.sas;

import dev.muster.credential.HubAssignment;
import dev.muster.credential.sas.PlacementProperties.Rule;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.RejectCode;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The places of one factory's devices. Not thread-safe. */
public final class Places {

  /** No hub. */
  public static final short NONE = -1;

  /** What a device's row says in a column; null: nothing. */
  public interface Values {
    @Nullable String of(String column);
  }

  /** Hubs among which devices are put by weight, and their numbers. */
  private record Among(HubAssignment assignment, List<Short> numbers) {
    short of(long guidHigh, long guidLow) {
      return numbers.get(assignment.indexOf(guidHigh, guidLow));
    }
  }

  private final List<Rule> rules;
  private final List<@Nullable Among> byRule = new ArrayList<>();
  private final @Nullable Among otherwise;

  Places(
      List<Hub> allowed, List<Rule> rules, @Nullable Hub quarantine, Function<Hub, Short> number) {
    this.rules = rules;
    // Whoever may be nowhere is not put apart either.
    Among apart =
        quarantine == null || allowed.isEmpty() ? null : among(List.of(quarantine), number);
    for (Rule rule : rules) {
      Among named =
          among(allowed.stream().filter(hub -> rule.hubs().contains(hub.name())).toList(), number);
      byRule.add(named == null ? apart : named);
    }
    Among any = among(allowed.stream().filter(hub -> !hub.equals(quarantine)).toList(), number);
    otherwise = any == null || (!rules.isEmpty() && apart != null) ? apart : any;
  }

  private static @Nullable Among among(List<Hub> hubs, Function<Hub, Short> number) {
    return hubs.isEmpty()
        ? null
        : new Among(new HubAssignment(hubs), hubs.stream().map(number).toList());
  }

  /** Whether it depends on more than a device's id where it is put. */
  public boolean byValues() {
    return !rules.isEmpty();
  }

  /** The number of a device's hub; {@link #NONE} when there is none for it. */
  public short hubOf(long guidHigh, long guidLow, Values values) {
    int rule = ruleFor(values);
    Among among = rule < 0 ? otherwise : byRule.get(rule);
    return among == null ? NONE : among.of(guidHigh, guidLow);
  }

  /** As above, of a manifest's row. */
  public short hubOf(Accepted device) {
    return hubOf(device.guidHigh(), device.guidLow(), device::value);
  }

  /** The verdict on a row whose device is to be put somewhere: it is none when it can't be. */
  public @Nullable Verdict judge(@Nullable Verdict verdict) {
    return byValues() && verdict instanceof Accepted device && hubOf(device) == NONE
        ? refused(device)
        : verdict;
  }

  /** What is said of a row whose device has no hub. */
  public Rejected refused(Accepted device) {
    Rule rule = rules.get(ruleFor(device::value));
    String value = String.valueOf(device.value(rule.column()));
    return new Rejected(
        device.line(),
        device.deviceId().toString(),
        RejectCode.NO_HUB,
        rule.column(),
        value,
        "Devices whose %s is '%s' are put at hub %s, which is not one that this factory's devices may be put at. Correct the value, or ask the operator."
            .formatted(rule.column(), value, String.join(" or ", rule.hubs())));
  }

  /** The place of the first rule that is for a device; -1: there is none. */
  private int ruleFor(Values values) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).isFor(values.of(rules.get(i).column()))) {
        return i;
      }
    }
    return -1;
  }
}
