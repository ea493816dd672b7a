#!/usr/bin/env bash
# org.springframework.boot:spring-boot-starter-thymeleaf 4.1.2 with org.webjars:webjars-locator-lite 1.1.5, Java 17 or newer
#
# webjars-locator-lite lets a template write /webjars/htmx.org/htmx.min.js without a version. One would guess that it costs something
# where such an address stands. Boot takes its presence on the class path as a word to look at all addresses that a page writes: a filter
# wraps each answer, and every @{…}, of a device as of a style sheet, is held against the static files, as /** may be one. What is no file is
# looked for in four folders, in each jar, and that is not remembered: a page with 100 links to devices asks the class loader 400 times, and
# as often again the next time. With three hundred jars that was a fifth of the time of a console's answers. Without the locator nothing
# is asked, nor with it where static files have a pattern of their own (spring.mvc.static-path-pattern=/*.*).
# Right for Muster: its static files have one, and no link to a page is taken for one to a file (StaticFilesTests).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-webmvc</artifactId><version>4.1.2</version></dependency>
    <dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-thymeleaf</artifactId><version>4.1.2</version></dependency>
    <dependency><groupId>org.webjars</groupId><artifactId>webjars-locator-lite</artifactId><version>1.1.5</version></dependency>
  </dependencies>
</project>
POM
mkdir -p page/templates
echo '<a th:each="n : ${#numbers.sequence(1, 100)}" th:href="@{/devices/{n}(n=${n})}">a device</a>' > page/templates/devices.html
cat > Links.java <<'JAVA'
package pages;

import java.net.*;
import java.net.http.*;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

@SpringBootApplication
public class Links {
  static final AtomicInteger LOOKED_FOR = new AtomicInteger();

  @Controller
  public static class Pages {
    @GetMapping("/")
    public String devices() {
      return "devices";
    }
  }

  public static void main(String[] args) throws Exception {
    var counting = new ClassLoader(Links.class.getClassLoader()) {
      @Override
      public URL getResource(String name) {
        if (name.contains("devices/")) LOOKED_FOR.incrementAndGet();
        return super.getResource(name);
      }
    };
    var application = new SpringApplication(new DefaultResourceLoader(counting), Links.class);
    application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", "0", "spring.main.banner-mode", "off",
        "logging.level.root", "off", "spring.mvc.static-path-pattern", args[1]));
    try (var running = application.run()) {
      var page = URI.create("http://127.0.0.1:" + running.getEnvironment().getProperty("local.server.port") + "/");
      var line = new StringBuilder(args[0]);
      for (int time = 1; time <= 2; time++) {
        LOOKED_FOR.set(0);
        var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
        line.append(", ").append(answer.body().split("<a ", -1).length - 1).append(" links, looked for ").append(LOOKED_FOR).append(" times");
      }
      System.out.println(line);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
with=page:classes:$(cat cp.txt)
without=$(tr ':' '\n' <<< "$with" | grep -v webjars-locator-lite | paste -sd:)
mkdir classes
javac -proc:none -parameters -d classes -cp "$with" Links.java
{
  java -cp "$without" pages.Links 'without the locator' '/**'
  java -cp "$with" pages.Links 'with it' '/**'
  java -cp "$with" pages.Links 'with it, and a pattern' '/*.*'
} 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
without the locator, 100 links, looked for 0 times, 100 links, looked for 0 times
with it, 100 links, looked for 400 times, 100 links, looked for 400 times
with it, and a pattern, 100 links, looked for 0 times, 100 links, looked for 0 times
SEEN
