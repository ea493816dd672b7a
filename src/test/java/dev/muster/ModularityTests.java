package dev.muster;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;
import org.springframework.modulith.docs.Documenter;

class ModularityTests {

  private final ApplicationModules modules = ApplicationModules.of(Muster.class, new MainClasses());

  @Test
  void modulesTouchEachOtherOnlyThroughTheirPublicTypesAndWithoutCycles() {
    modules.verify();
  }

  @Test
  void theModuleDiagramIsWritten() {
    new Documenter(modules).writeModulesAsPlantUml();
  }
}
