package dev.muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.home.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands do to devices that were chosen, and to one that has a claim code. */
class ChosenCommandTests {

  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktYW5kLW5v";
  private static final String OTHER = "c2Vjb25kLWtleS1mb3ItdGVzdHMtYW5kLW5vdGhpbmct";

  @TempDir private Path folder;

  @Test
  void devicesAreChosenRenewedSentApartAndClaimedByCommand() throws Exception {
    MusterProcess muster =
        MusterProcess.withHub(
            folder.resolve("home"),
            KEY,
            OTHER,
            "-Dmuster.hubs[1].name=apart",
            "-Dmuster.hubs[1].namespace=apart.servicebus.windows.net",
            "-Dmuster.hubs[1].event-hub=telemetry",
            "-Dmuster.hubs[1].key-name=send",
            "-Dmuster.hubs[1].primary-key=" + OTHER,
            "-Dmuster.placement.quarantine=apart");
    String one = UUID.randomUUID().toString();
    String hash =
        HexFormat.of().formatHex(Sha256.digest().digest((one + ":K7QX2M9P").getBytes(UTF_8)));
    Path manifest =
        Files.writeString(
            folder.resolve("three.csv"),
            "device_id,claim_code_sha256,building,room,gateway_id\n%s,%s,9,12,\n%s,,,,%s\n%s,,,,\n"
                .formatted(one, hash, UUID.randomUUID(), one, UUID.randomUUID()));
    Result provisioned = muster.run("provision", manifest.toString());
    assertThat(provisioned.exitCode()).as(provisioned.err()).isZero();

    Result looked =
        muster.run("devices", "--factory", "fabrikam", "--change", "renew", "--reason", "leaked");
    assertThat(looked.out()).as(looked.err()).contains("chosen              3");
    String number = number(looked);
    assertThat(muster.run("revoke", "--confirm", number).err())
        .contains("These devices are to get tokens: jobs/renew --confirm " + number);
    Result renewed = muster.run("renew", "--confirm", number);
    assertThat(renewed.exitCode()).as(renewed.err()).isZero();
    assertThat(renewed.out()).contains("fabrikam: renewed").containsPattern("tokens +3\n");
    assertThat(muster.run("renew", "--confirm", number).err()).contains("no choice of devices");

    Result elsewhere =
        muster.run(
            "devices", "--id", one, "--change", "move", "--to-hub", "contoso", "--reason", "x");
    assertThat(elsewhere.err()).contains("Devices are sent by hand to hub apart only");
    Result moving =
        muster.run(
            "devices", "--id", one, "--change", "move", "--to-hub", "apart", "--reason", "why");
    Result moved = muster.run("renew", "--confirm", number(moving));
    assertThat(moved.out()).as(moving.err() + moved.err()).containsPattern("tokens +1\n");
    assertThat(muster.run("devices", "--hub", "apart", "--export", "jsonl").out().lines())
        .singleElement()
        .asString()
        .contains(one);
    assertThat(muster.run("devices", "--bundle", "2", "--export", "jsonl").out().lines())
        .as("whose token is of the renewal still")
        .hasSize(2)
        .noneMatch(line -> line.contains(one));

    Path wrong = Files.writeString(folder.resolve("wrong"), "K7QX-2M9Q\n");
    assertThat(muster.run("claim", one, wrong.toString()).err())
        .contains("not the claim code of this device");
    Path code = Files.writeString(folder.resolve("code"), "k7qx-2m9p\n");
    Result claimed = muster.run("claim", one, code.toString(), "--building", "7");
    assertThat(claimed.out()).as(claimed.err()).contains("given, and the device is installed.");
    assertThat(muster.run("devices", "--building", "7", "--room", "12", "--export", "jsonl").out())
        .as("the room that nobody spoke of is as it was")
        .contains(one);
    for (String gateway : List.of(one, "{" + one + "}", "urn:uuid:" + one, one.replace("-", ""))) {
      assertThat(muster.run("devices", "--gateway", gateway, "--export", "jsonl").out().lines())
          .as(gateway)
          .hasSize(1);
    }
    Result few = muster.run("devices", "--gateway", "1-1-1-1-1");
    assertThat(few.exitCode()).isEqualTo(2);
    assertThat(few.err()).contains("This has 5 of 32 digits");
    for (String command : List.of("renew", "revoke")) {
      Result none = muster.run(command, "--confirm", "1-1-1-1-1");
      assertThat(none.exitCode()).isEqualTo(2);
      assertThat(none.err()).contains("'1-1-1-1-1' is no number of chosen devices.");
    }
    assertThat(muster.run("claim", one, code.toString()).err()).contains("is good once");
  }

  private static String number(Result looked) {
    return looked.out().replaceFirst("(?s).*jobs/renew --confirm (\\S+).*", "$1");
  }
}
