package dev.muster.provisioning;

import dev.muster.bundle.RejectsReport;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.manifest.ManifestFormat;
import dev.muster.registry.Manifest;
import dev.muster.registry.Rejects;
import dev.muster.store.ObjectStore;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.springframework.stereotype.Component;

/** Writes the report of a manifest's refused rows, and those rows as they were sent. */
@Component
class RejectsFile {

  private final Rejects rejects;
  private final Spool spool;
  private final MusterHome home;
  private final ObjectStore store;

  RejectsFile(Rejects rejects, Spool spool, MusterHome home, ObjectStore store) {
    this.rejects = rejects;
    this.spool = spool;
    this.home = home;
    this.store = store;
  }

  void write(Manifest manifest, ManifestFormat format, RunParameters run, Path folder)
      throws IOException {
    Path content = run.spooledIn(spool);
    try {
      RejectsReport.write(folder, content, format, rows -> rejects.forEach(manifest.id(), rows));
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    }
  }

  /** Writes the report of a run that delivers nothing, where refused manifests are explained. */
  void writeRefused(Manifest manifest, ManifestFormat format, RunParameters run)
      throws IOException {
    Path folder = ofRefused(run.factory(), run.manifest(), run.sha256());
    SecretFile.createDirectories(folder);
    write(manifest, format, run, folder);
    for (String name : List.of(RejectsReport.REPORT, RejectsReport.ROWS)) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        store.put(home.key(file).orElseThrow(), file);
      }
    }
  }

  Path ofRefused(String factory, String manifest, String sha256) {
    return home.refused().resolve(factory).resolve(RunParameters.bundleName(manifest, sha256));
  }
}
