package dev.muster;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;

/** Muster's own classes without its tests', wherever the build puts either. */
final class MainClasses implements ImportOption {

  private static final String FOLDER =
      Muster.class.getProtectionDomain().getCodeSource().getLocation().getPath();

  @Override
  public boolean includes(Location location) {
    return location.contains(FOLDER);
  }
}
