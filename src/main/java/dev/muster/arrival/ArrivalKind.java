package dev.muster.arrival;

import dev.muster.factory.SignedFile;
import dev.muster.manifest.ManifestFormat;

/** What arrives. */
public enum ArrivalKind {
  /** Devices to be provisioned. */
  MANIFEST(SignedFile.Kind.MANIFEST),
  /** Devices to be taken out of service, or to be brought back. */
  REVOCATIONS(SignedFile.Kind.REVOCATION_LIST);

  private final SignedFile.Kind signed;

  ArrivalKind(SignedFile.Kind signed) {
    this.signed = signed;
  }

  /** As much of a factory's format as holds for such a file. */
  public ManifestFormat format(ManifestFormat factorys) {
    return this == MANIFEST ? factorys : factorys.forLists();
  }

  /** What a factory that signs says of such a file. */
  public SignedFile signed(String factory, String sha256) {
    return new SignedFile(signed, factory, sha256);
  }
}
