package dev.muster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scripts in {@code jobs/}, in a project folder of their own, with a Java that says how it was
 * called and a Maven that only counts: what is tested is what the scripts ask of them.
 */
class LauncherTests {

  private static final Path JOBS =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("jobs");

  private final Path project;
  private final Path elsewhere;
  private Path java;
  private final Map<String, String> environment = new HashMap<>();

  LauncherTests(@TempDir Path folder) {
    project = folder.resolve("the project");
    elsewhere = folder.resolve("else where");
    java = folder.resolve("a jdk");
    environment.put("JAVA_HOME", java.toString());
  }

  @BeforeEach
  void aProjectThatIsBuilt() throws IOException {
    Files.createDirectories(elsewhere);
    Files.createDirectories(project.resolve("src/main"));
    Files.writeString(project.resolve("pom.xml"), "");
    for (String script : List.of(".muster", "status", "serve")) {
      Files.createDirectories(project.resolve("jobs"));
      Files.copy(JOBS.resolve(script), project.resolve("jobs").resolve(script));
    }
    script(
        project.resolve("mvnw"),
        "echo built >>\"$(dirname \"$0\")/builds\"; touch \"$(dirname \"$0\")/target/muster.jar\"");
    Files.createDirectories(project.resolve("target/app"));
    Files.writeString(project.resolve("target/app/muster.jar"), "");
    Files.writeString(project.resolve("target/muster.jar"), "");
    javaOfVersion("17.0.15");
  }

  @Test
  void theCommandRunsWhereItsUserIsWithItsArgumentsAsTheyWere() throws Exception {
    Ran ran = run("status", "a file.csv", "--json", "*");

    assertThat(ran.output())
        .contains("in " + elsewhere)
        .endsWith("<status>\n<a file.csv>\n<--json>\n<*>\n")
        .contains("<-XX:OnOutOfMemoryError=kill -KILL %p>\n<-XX:+ExitOnOutOfMemoryError>")
        .contains("<-Dmuster.home=" + project.resolve("var") + ">")
        .contains(
            "<-Dspring.config.additional-location=optional:file:"
                + project.resolve("config")
                + "/>")
        .doesNotContain("native-access");
    assertThat(ran.errors()).isEmpty();
    assertThat(project.resolve("builds")).doesNotExist();
  }

  @Test
  void aLinkToALauncherFindsTheProject() throws Exception {
    Path link = elsewhere.resolve("link");
    Files.createSymbolicLink(link, project.resolve("jobs/status"));

    assertThat(runProgram(link).output())
        .contains("<" + project.resolve("target/app/muster.jar") + ">");
  }

  @Test
  void aRelativeHomeIsRelativeToTheUser() throws Exception {
    environment.put("MUSTER_HOME", "my home");

    assertThat(run("status").output())
        .contains("<-Dmuster.home=" + elsewhere.resolve("my home") + ">");
  }

  @Test
  void furtherJavaOptionsComeAfterOurs() throws Exception {
    environment.put("MUSTER_JAVA_OPTS", "-Xmx2g -Dx=y");

    assertThat(run("status").output()).containsSubsequence("<-Xmx512m>", "<-Xmx2g>\n<-Dx=y>");
  }

  @Test
  void furtherConfigurationIsReadBesidesOurs() throws Exception {
    String location = "-Dspring.config.additional-location=";
    environment.put("MUSTER_JAVA_OPTS", location + "/run/secrets/muster.yml");

    assertThat(run("status").output().lines().filter(line -> line.startsWith("<" + location)))
        .last()
        .isEqualTo(
            "<%soptional:file:%s/,/run/secrets/muster.yml>"
                .formatted(location, project.resolve("config")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX", "C.UTF-8", "xx_XX.none"})
  void filesMayHaveAnyNameAndRefusalsAreKnownWhateverTheLocale(String locale) throws Exception {
    environment.put("LC_ALL", locale);

    assertThat(run("status").output()).contains("names in UTF-8\nmessages in en\n");
  }

  @Test
  void aNewJavaIsToldOfWhatItWouldWarnAbout() throws Exception {
    javaOfVersion("25");

    assertThat(run("status").output())
        .contains("<--enable-native-access=ALL-UNNAMED>\n<--sun-misc-unsafe-memory-access=allow>");
  }

  @Test
  void anOldJavaIsRefused() throws Exception {
    javaOfVersion("1.8.0_462");

    Ran ran = run("status");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.errors()).contains("Muster needs Java 17 or newer").contains(java.toString());
  }

  @Test
  void whatIsOlderThanItsSourcesIsBuiltByOneOfTwo() throws Exception {
    Files.delete(project.resolve("target/muster.jar"));

    Process one = begin(project.resolve("jobs/status"));
    Process two = begin(project.resolve("jobs/status"));

    assertThat(finish(one).exit()).isZero();
    assertThat(finish(two).exit()).isZero();
    assertThat(Files.readAllLines(project.resolve("builds"))).hasSize(1);
  }

  @Test
  void aBuildThatWasKilledHindersNobody() throws Exception {
    Process killed = new ProcessBuilder("true").start();
    killed.waitFor();
    Files.delete(project.resolve("target/muster.jar"));
    Path lock = project.resolve("target/.building");
    Files.createSymbolicLink(lock, Path.of(Long.toString(killed.pid())));

    Ran ran = run("status");

    assertThat(ran.exit()).isZero();
    assertThat(ran.errors()).contains("Building Muster");
    assertThat(Files.exists(lock, LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void anUnpackingThatWasInterruptedHindersNobody() throws Exception {
    Files.delete(project.resolve("target/muster.jar"));
    Path unpacked = Files.createDirectories(project.resolve("target/app.new"));
    Files.writeString(unpacked.resolve("left"), "");

    assertThat(run("status").exit()).isZero();

    assertThat(project.resolve("target/app/muster.jar")).exists();
    assertThat(project.resolve("target/app/left")).doesNotExist();
  }

  /** One builds, and the account of the service runs it. */
  @Test
  void whatIsBuiltIsForAllAndWhatRunsKeepsItsFilesToItself() throws Exception {
    Files.delete(project.resolve("target/muster.jar"));

    Ran ran = run("status");

    for (String built : List.of("muster.jar", "app", "app/muster.jar", "app/command-17.0.15")) {
      assertThat(Files.getPosixFilePermissions(project.resolve("target").resolve(built)))
          .as(built)
          .contains(PosixFilePermission.OTHERS_READ);
    }
    assertThat(ran.output()).contains("umask 0077\n");
  }

  @Test
  void theClassesThatAJavaLoadsAreKeptForItOnce() throws Exception {
    Path ofThisJava = project.resolve("target/app/command-17.0.15");
    Files.delete(ofThisJava);

    Ran first = run("status");
    Ran second = run("status");
    javaOfVersion("25.0.1");
    Ran foreign = run("status");

    assertThat(first.errors()).contains("Preparing Muster for Java 17.0.15 (once)");
    assertThat(second.errors()).isEmpty();
    assertThat(second.output()).contains("<-XX:SharedArchiveFile=" + ofThisJava + ">");
    assertThat(foreign.output()).doesNotContain(ofThisJava.toString());
    assertThat(project.resolve("builds")).doesNotExist();
  }

  /** It would be an instance of what is configured, with a home that is gone a moment later. */
  @ParameterizedTest
  @ValueSource(strings = {"status", "serve"})
  void whatAJavaLoadsIsLearntWithoutWhatIsConfigured(String command) throws Exception {
    Path ofThisJava =
        project
            .resolve("target/app")
            .resolve((command.equals("serve") ? command : "command") + "-17.0.15");
    Files.deleteIfExists(ofThisJava);
    environment.put("SPRING_DATASOURCE_URL", "jdbc:postgresql://db.example/muster");
    environment.put("MUSTER_HUBS_0_PRIMARY_KEY", "not for practice");
    script(
        java.resolve("bin/java"),
        """
        case "$*" in *practice*) { env; echo "$@"; } >"$(dirname "$0")/../practice"; echo 'People sign in' ;; esac
        """);
    Files.writeString(java.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");

    assertThat(run(command).errors()).contains("Preparing Muster for Java 17.0.15 (once)");

    assertThat(java.resolve("practice"))
        .content()
        .contains("-Dspring.config.location=classpath:/", "/practice/home")
        .doesNotContain("SPRING_", "MUSTER_");
  }

  @Test
  void whoInterruptsTheFirstStartLeavesNothingRunning() throws Exception {
    script(java.resolve("bin/java"), "echo $$ >\"$(dirname \"$0\")/../service\"; exec sleep 300");
    Files.writeString(java.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
    Process launcher = begin(project.resolve("jobs/serve"));
    Path pid = java.resolve("service");
    Await.until(
        Duration.ofSeconds(20),
        () -> Files.exists(pid) ? Files.readString(pid).strip() : "",
        found -> !found.isEmpty());
    ProcessHandle service =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();

    launcher.toHandle().destroy();

    assertThat(finish(launcher).exit()).isEqualTo(130);
    Await.until(Duration.ofSeconds(20), service::isAlive, alive -> !alive);
  }

  @Test
  void aJavaThatKeepsNoClassesRunsWithoutThem() throws Exception {
    Path none = project.resolve("target/app/command-17.0.15");
    Files.writeString(none, "");

    Ran ran = run("status");

    assertThat(ran.errors()).isEmpty();
    assertThat(ran.exit()).isZero();
    assertThat(ran.output()).doesNotContain(none.toString());
  }

  @Test
  void onlyWhatMayBeLongHasTheSecondCompiler() throws Exception {
    Path large = elsewhere.resolve("large.csv");
    Files.write(large, new byte[3_000_000]);

    assertThat(run("status").output()).contains("<-XX:TieredStopAtLevel=1>");
    assertThat(run("status", large.toString()).output())
        .contains("<-XX:+UseParallelGC>")
        .doesNotContain("TieredStopAtLevel");
  }

  @Test
  void withoutJavaHomeTheNewestIsTaken() throws Exception {
    environment.put("JAVA_HOME", elsewhere.toString());
    environment.put("HOME", elsewhere.toString());
    java = elsewhere.resolve(".sdkman/candidates/java/99");
    javaOfVersion("99.0.1");

    assertThat(run("status").output()).contains("<--enable-native-access=ALL-UNNAMED>");
    assertThat(Files.readAllLines(java.resolve("calls"))).isNotEmpty();
  }

  /** A Java that says how it was called, and keeps the classes it loads where it was told to. */
  private void javaOfVersion(String version) throws IOException {
    Files.writeString(project.resolve("target/app/command-" + version), "classes");
    script(
        java.resolve("bin/java"),
        """
        echo "$@" >>"$(dirname "$0")/../calls"
        if [ "$1" = -version ]; then echo 'openjdk version "%s" 2026-01-01' >&2; exit; fi
        for option in "$@"; do
          case $option in
            -XX:ArchiveClassesAtExit=*) echo classes >"${option#*=}" ;;
            --destination) mkdir -p "$project/target/app.new"; touch "$project/target/app.new/muster.jar" ;;
          esac
        done
        echo "umask $(umask)"
        echo "in $PWD"
        echo "names in $(locale charmap)"
        echo "messages in $LANGUAGE"
        printf '<%%s>\\n' "$@"
        """
            .replace("$project", project.toString())
            .formatted(version));
  }

  private static void script(Path file, String body) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "#!/bin/sh\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private Ran run(String launcher, String... arguments) throws Exception {
    return runProgram(project.resolve("jobs").resolve(launcher), arguments);
  }

  private Ran runProgram(Path program, String... arguments) throws Exception {
    return finish(begin(program, arguments));
  }

  private Process begin(Path program, String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().keySet().removeIf(name -> name.startsWith("MUSTER_"));
    builder.environment().putAll(environment);
    return builder.directory(elsewhere.toFile()).start();
  }

  private static Ran finish(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), output, errors);
  }

  private record Ran(int exit, String output, String errors) {}
}
