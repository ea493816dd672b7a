package dev.muster.provisioning;

import dev.muster.bundle.RejectsReport;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.registry.Rejects;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Writes the report of a manifest's refused rows. */
@Component
class RejectsFile {

  static final String NAME = "rejects.csv";

  private final Rejects rejects;
  private final MusterHome home;

  RejectsFile(Rejects rejects, MusterHome home) {
    this.rejects = rejects;
    this.home = home;
  }

  void write(int manifestId, Path file) throws IOException {
    RejectsReport.write(file, rows -> rejects.forEach(manifestId, rows));
  }

  /** Writes the report of a run that delivers nothing, where refused manifests are explained. */
  Path writeRefused(int manifestId, RunParameters run) throws IOException {
    Path folder = home.refused().resolve(run.factory()).resolve(run.bundleName());
    SecretFile.createDirectories(folder);
    Path file = folder.resolve(NAME);
    write(manifestId, file);
    return file;
  }
}
