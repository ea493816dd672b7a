package dev.muster.provisioning;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.home.NotConfiguredException;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestHeader.Understood;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.RefusalCode;
import dev.muster.manifest.Rejected;
import dev.muster.provisioning.ManifestCheck.CheckedManifest;
import dev.muster.run.OperationRefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A factory's format, tried on a sample file before it is saved. */
@Guarded
@Component
public class FormatTrial {

  /** How large a sample may be, as it is sent. */
  public static final int MOST_MEGABYTES = 16;

  private static final int SHOWN_REJECTS = 20;

  private final ManifestCheck check;

  FormatTrial(ManifestCheck check) {
    this.check = check;
  }

  /**
   * What would become of a sample.
   *
   * @param refused why it would be refused as a whole; null: it would not
   * @param columns as they were understood
   * @param rejects the first of the rows that would be refused
   */
  public record Tried(
      @Nullable Refusal refused,
      long rows,
      long accepted,
      long updated,
      long unchanged,
      long rejected,
      Map<String, Long> rejectedByCode,
      List<Understood> columns,
      List<String> warnings,
      List<Rejected> rejects) {

    private static Tried refused(ManifestRefusedException e) {
      return new Tried(
          new Refusal(e.code(), String.valueOf(e.getMessage())),
          0,
          0,
          0,
          0,
          0,
          Map.of(),
          List.of(),
          List.of(),
          List.of());
    }
  }

  /**
   * Why a file would be refused as a whole.
   *
   * @param message a sentence for the factory
   */
  public record Refusal(RefusalCode code, String message) {}

  /**
   * Reads a sample as a factory's file in that format would be read.
   *
   * @throws IOException when the sample breaks off
   * @throws OperationRefusedException when a hub of the factory's is not configured
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, readOnly = true)
  public Tried on(InputStream sample, String factory, ManifestFormat format) throws IOException {
    Map<String, Long> byCode = new TreeMap<>();
    List<Rejected> rejects = new ArrayList<>();
    Path file = Files.createTempFile("sample", ".csv");
    try {
      Files.copy(sample, file, StandardCopyOption.REPLACE_EXISTING);
      CheckedManifest checked =
          check.tried(
              file,
              factory,
              format,
              reject -> {
                byCode.merge(reject.code().name(), 1L, Long::sum);
                if (rejects.size() < SHOWN_REJECTS) {
                  rejects.add(reject);
                }
              });
      return new Tried(
          null,
          checked.received().rows(),
          checked.accepted(),
          checked.updated(),
          checked.unchanged(),
          checked.rejected(),
          byCode,
          checked.received().header().understood(),
          checked.received().warnings(),
          rejects);
    } catch (ManifestRefusedException e) {
      return Tried.refused(e);
    } catch (NotConfiguredException e) { // nothing is wrong with the sample
      throw new OperationRefusedException(String.valueOf(e.getMessage()));
    } finally {
      Files.delete(file);
    }
  }
}
