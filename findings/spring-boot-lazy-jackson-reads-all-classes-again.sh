#!/usr/bin/env bash
# org.springframework.boot:spring-boot-jackson 4.1.2, Java 17 or newer
#
# Whoever has no @JacksonMixin would guess that looking for some costs nothing: the component scan has read each class already, and indeed, where
# beans are made at once, what it read is still at hand and no file is opened a second time. Lazy beans are to make a start shorter; but the
# context forgets what it read once it is refreshed, and the JsonMapper is made later, when somebody asks for it. Then each class file in the
# application's packages is opened and read again, with or without annotations, nested and anonymous ones too, at each start. No property says
# not to. Without spring-boot-jackson, or with an own bean definition in place of its entries, each is opened once.
# Right for Muster: nothing is mixed in (GuardedServicesTests sees to that), and its own entries, which are none, take the place of Boot's
# (Muster.withoutMixins): it was 3.7 % of what jobs/status takes of a processor, with 1,200 classes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter</artifactId><version>4.1.2</version></dependency>
    <dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-jackson</artifactId><version>4.1.2</version></dependency>
  </dependencies>
</project>
POM
cat > Start.java <<'JAVA'
package sample;

import java.io.*;
import java.util.*;
import org.springframework.beans.factory.support.*;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.jackson.JacksonMixinModuleEntries;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.*;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

@SpringBootApplication(proxyBeanMethods = false)
public class Start {
  record Plain(int number) {}

  interface Nobody {}

  static final Map<String, Integer> OPENED = new TreeMap<>();

  /** Gives the files of this package's classes, and counts who opens them. */
  static class Counting extends PathMatchingResourcePatternResolver {
    @Override
    public Resource[] getResources(String pattern) throws IOException {
      Resource[] found = super.getResources(pattern);
      if (!pattern.contains("sample/")) return found;
      return Arrays.stream(found).map(file -> new FileSystemResource(file(file)) {
        @Override
        public InputStream getInputStream() throws IOException {
          OPENED.merge(getFilename(), 1, Integer::sum);
          return super.getInputStream();
        }
      }).toArray(Resource[]::new);
    }

    static File file(Resource resource) {
      try {
        return resource.getFile();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public static void main(String[] args) {
    var application = new SpringApplication(new Counting(), Start.class);
    application.setDefaultProperties(Map.of("spring.main.banner-mode", "off", "logging.level.root", "off",
        "spring.main.lazy-initialization", args[1]));
    if (args.length > 2) {
      application.addInitializers(context -> ((GenericApplicationContext) context).registerBean(OwnEntries.class));
    }
    try (var context = application.run()) {
      if (context.containsBean("jacksonJsonMapper")) context.getBean("jacksonJsonMapper");
    }
    var plain = OPENED.entrySet().stream().filter(file -> file.getKey().matches("Start\\$(Plain|Nobody)\\.class")).toList();
    System.out.println(args[0] + ": opened " + plain);
  }

  static class OwnEntries implements BeanDefinitionRegistryPostProcessor {
    @Override
    public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
      registry.removeBeanDefinition("jacksonMixinModuleEntries");
      registry.registerBeanDefinition("jacksonMixinModuleEntries", BeanDefinitionBuilder.genericBeanDefinition(
          JacksonMixinModuleEntries.class, () -> JacksonMixinModuleEntries.create(mixins -> {})).getBeanDefinition());
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
with=classes:$(cat cp.txt)
without=$(tr ':' '\n' <<< "$with" | grep -v /spring-boot-jackson/ | paste -sd:)
mkdir classes
javac -proc:none -parameters -d classes -cp "$with" Start.java
{
  java -cp "$without" sample.Start 'without spring-boot-jackson, lazy' true
  java -cp "$with" sample.Start 'with it, at once' false
  java -cp "$with" sample.Start 'with it, lazy' true
  java -cp "$with" sample.Start 'with it, lazy, and entries of its own' true own
} 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
without spring-boot-jackson, lazy: opened [Start$Nobody.class=1, Start$Plain.class=1]
with it, at once: opened [Start$Nobody.class=1, Start$Plain.class=1]
with it, lazy: opened [Start$Nobody.class=2, Start$Plain.class=2]
with it, lazy, and entries of its own: opened [Start$Nobody.class=1, Start$Plain.class=1]
SEEN
