package dev.muster.factory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.PreparedHome;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.AgeRecipient;
import dev.muster.credential.sas.TestHubs;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.mock.env.MockEnvironment;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FactoriesTest {

  private final Path folder;
  private final EmbeddedPostgres postgres;
  private final JdbcClient jdbc;
  private final Factories factories;

  FactoriesTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    postgres = PreparedHome.database(folder);
    jdbc =
        JdbcClient.create(
            new DriverManagerDataSource(postgres.jdbcUrl(), postgres.user(), postgres.password()));
    factories = new Factories(jdbc);
  }

  @AfterAll
  void stop() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void removeAll() {
    jdbc.sql("TRUNCATE factory CASCADE").update();
  }

  @Test
  void aFactoryIsFoundAsItWasAdded() {
    Factory contoso = new Factory("contoso", List.of(recipient(), recipient()), "north");

    assertThat(factories.add(contoso)).isTrue();

    assertThat(factories.find("contoso")).contains(contoso);
    assertThat(factories.find("fabrikam")).isEmpty();
  }

  @Test
  void aFactoryNeedsNoHubOfItsOwn() {
    Factory contoso = new Factory("contoso", List.of(recipient()), null);
    factories.add(contoso);

    assertThat(factories.find("contoso")).contains(contoso);
  }

  @Test
  void aSecondFactoryOfTheSameIdLeavesTheFirstAsItIs() {
    Factory first = new Factory("contoso", List.of(recipient()), null);
    factories.add(first);

    assertThat(factories.add(new Factory("contoso", List.of(recipient()), "north"))).isFalse();
    assertThat(factories.all()).containsExactly(first);
  }

  @Test
  void factoriesAreListedById() {
    for (String id : List.of("woodgrove", "contoso", "7-eleven")) {
      factories.add(new Factory(id, List.of(recipient()), null));
    }

    assertThat(factories.all())
        .extracting(Factory::id)
        .containsExactly("7-eleven", "contoso", "woodgrove");
  }

  @Test
  void aRemovedFactoryIsGone() {
    factories.add(new Factory("contoso", List.of(recipient()), null));

    assertThat(factories.remove("contoso")).isTrue();
    assertThat(factories.remove("contoso")).isFalse();
    assertThat(factories.all()).isEmpty();
  }

  /** The id names folders, so it may lead nowhere else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../etc",
        "a/b",
        "a\\b",
        "Contoso",
        "-contoso",
        "con toso",
        "contoso\n",
        "contoso\u0000",
        "ｃontoso",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void anIdThatCouldNotNameAFolderIsRefused(String id) {
    assertThatThrownBy(() -> new Factory(id, List.of(recipient()), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("can't be a factory's id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "Contoso", "contoso\n"})
  void theDatabaseRefusesSuchIdsToo(String id) {
    assertThatThrownBy(
            () ->
                jdbc.sql("INSERT INTO factory (id, recipients) VALUES (?, ARRAY['age1'])")
                    .param(id)
                    .update())
        .isInstanceOf(DataIntegrityViolationException.class);
  }

  @Test
  void aFactoryWithoutRecipientsIsRefused() {
    assertThatThrownBy(() -> new Factory("contoso", List.of(), null))
        .hasMessage("A factory needs at least one recipient for its bundles.");
  }

  @Test
  void moreRecipientsThanABundleCanHaveAreRefused() {
    List<AgeRecipient> most =
        Collections.nCopies(AgeRecipient.MOST, AgeIdentity.generate().recipient());
    assertThat(new Factory("contoso", most, null).recipients()).hasSize(668);
    List<AgeRecipient> more = new ArrayList<>(most);
    more.add(most.get(0));
    assertThatThrownBy(() -> new Factory("contoso", more, null))
        .hasMessage("A bundle can be encrypted to 668 recipients at most, and these are 669.");
  }

  @Test
  void theFirstRunMakesADevelopmentFactoryWithAKeyOfItsOwn() throws IOException {
    DevelopmentFactory development = development();

    assertThat(development.ensure()).isTrue();
    assertThat(development.ensure()).isTrue();

    List<AgeIdentity> identities = AgeIdentity.read(development.identityFile());
    assertThat(development.identityFile().getFileName()).hasToString("fabrikam.agekey");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(development.identityFile())))
        .isEqualTo("rw-------");
    assertThat(factories.all())
        .containsExactly(new Factory("fabrikam", List.of(identities.get(0).recipient()), null));
  }

  @Test
  void firstRunsAtTheSameMomentMakeOneDevelopmentFactory() throws IOException {
    DevelopmentFactory development = development();

    IntStream.range(0, 8)
        .parallel()
        .forEach(
            i -> {
              try {
                assertThat(development.ensure()).isTrue();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    assertThat(factories.all())
        .singleElement()
        .extracting(Factory::recipients)
        .isEqualTo(List.of(AgeIdentity.read(development.identityFile()).get(0).recipient()));
  }

  @Test
  void whereThereIsAFactoryNoDevelopmentFactoryIsMade() throws IOException {
    factories.add(new Factory("contoso", List.of(recipient()), null));
    DevelopmentFactory development = development();

    assertThat(development.ensure()).isFalse();
    assertThat(factories.all()).extracting(Factory::id).containsExactly("contoso");
    assertThat(development.identityFile()).doesNotExist();
  }

  @Test
  void aFactoryOfTheSameNameWithAKeyOfItsOwnIsNotTheDevelopmentFactory() throws IOException {
    DevelopmentFactory development = development();
    development.ensure();
    factories.remove("fabrikam");
    factories.add(new Factory("fabrikam", List.of(recipient()), null));

    assertThat(development.ensure()).isFalse();
  }

  @Test
  void productionMakesNoDevelopmentFactory() {
    DevelopmentFactory development = development("production");

    assertThatThrownBy(development::ensure)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("jobs/factory add");
    assertThat(factories.all()).isEmpty();
    assertThat(development.identityFile()).doesNotExist();
  }

  @Test
  void productionRefusesADevelopmentFactoryThatIsThere() throws IOException {
    MusterHome home = home();
    development(home, true).ensure();

    assertThatThrownBy(() -> development(home, true, "production").ensure())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("jobs/factory remove fabrikam");
  }

  @Test
  void configuredHubsHaveNoDevelopmentFactoryUnlessTheProfileSaysSo() throws IOException {
    MusterHome home = home();

    assertThatThrownBy(() -> development(home, false).ensure())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("jobs/factory add")
        .hasMessageContaining("where hubs are configured");
    assertThat(home.keys()).doesNotExist();
    assertThat(development(home, false, "dev").ensure()).isTrue();
    assertThatThrownBy(() -> development(home, false).ensure())
        .hasMessageContaining("jobs/factory remove fabrikam");
  }

  private DevelopmentFactory development(String... profiles) {
    return development(home(), true, profiles);
  }

  private DevelopmentFactory development(
      MusterHome home, boolean developmentHub, String... profiles) {
    return new DevelopmentFactory(
        factories, home, TestHubs.one(developmentHub), environment(profiles));
  }

  private MusterHome home() {
    return new MusterHome(folder.resolve(UUID.randomUUID().toString()));
  }

  private static MockEnvironment environment(String... profiles) {
    MockEnvironment environment = new MockEnvironment();
    environment.setActiveProfiles(profiles);
    return environment;
  }

  private static AgeRecipient recipient() {
    return AgeIdentity.generate().recipient();
  }
}
