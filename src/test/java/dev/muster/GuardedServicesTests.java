package dev.muster;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.muster.access.Guarded;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.jackson.JacksonMixin;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/** Pages and the API reach nothing of Muster but what is behind the guard. */
class GuardedServicesTests {

  private static final JavaClasses MUSTER =
      new ClassFileImporter().withImportOption(new MainClasses()).importPackages("dev.muster");

  /** Words alone: there is nothing in it to guard, as the second test sees to. */
  private static final String WORDS = "dev.muster.language";

  @Test
  void pagesAndTheApiUseGuardedServicesOnly() {
    classes()
        .that()
        .resideInAnyPackage("dev.muster.web", "dev.muster.api")
        .should(useGuardedBeansOnly())
        .check(MUSTER);
  }

  @Test
  void whatNeedsNoGuardKnowsNothingOfMusterAndReadsNoDatabase() {
    classes()
        .that()
        .resideInAPackage(WORDS)
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackages("dev.muster..", "java.sql..", "javax.sql..")
                .and(resideOutsideOfPackage("org.springframework.jdbc.."))
                .or(resideInAPackage(WORDS)))
        .check(MUSTER);
  }

  @Test
  void nothingIsMixedIntoWhatJacksonWritesWhereNobodyLooksForIt() {
    noClasses().should().beAnnotatedWith(JacksonMixin.class).check(MUSTER);
  }

  private static ArchCondition<JavaClass> useGuardedBeansOnly() {
    Set<String> made =
        MUSTER.stream()
            .flatMap(type -> type.getMethods().stream())
            .filter(method -> method.isAnnotatedWith(Bean.class))
            .map(method -> method.getRawReturnType().getName())
            .filter(type -> type.startsWith("dev.muster."))
            .collect(Collectors.toSet());
    return new ArchCondition<>("use of other modules only guarded beans, and what is no bean") {
      @Override
      public void check(JavaClass user, ConditionEvents events) {
        user.getDirectDependenciesFromSelf().stream()
            .filter(used -> used.getTargetClass().getPackageName().startsWith("dev.muster"))
            .filter(used -> !used.getTargetClass().getPackageName().equals(user.getPackageName()))
            .filter(used -> !used.getTargetClass().getPackageName().equals(WORDS))
            .filter(
                used ->
                    used.getTargetClass().isMetaAnnotatedWith(Component.class)
                        || used.getTargetClass().isAnnotatedWith(Component.class)
                        || made.contains(used.getTargetClass().getName()))
            .filter(used -> !used.getTargetClass().isAnnotatedWith(Guarded.class))
            .forEach(
                used -> events.add(SimpleConditionEvent.violated(used, used.getDescription())));
      }
    };
  }
}
