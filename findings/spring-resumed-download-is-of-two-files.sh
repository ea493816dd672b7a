#!/usr/bin/env bash
# org.springframework:spring-webmvc 7.0.10 on org.apache.tomcat.embed:tomcat-embed-core 11.0.27, Java 17 or newer
#
# Whoever gets the rest of a download that broke off asks for `Range: bytes=5-` and says by `If-Range` which file the beginning was of: its
# ETag, or its Last-Modified. Browsers do so by themselves. Is the file another one meanwhile, all of it is to be sent (RFC 9110, 13.1.5).
# Spring answers ranges of whatever a method returns as a Resource, and of static files, without being asked to, and says so by
# Accept-Ranges; one would guess that it looks at If-Range, as it does at If-None-Match. It does not: a list of revoked devices that was
# made anew in between comes as 206, the new one's end behind the old one's beginning, of the right length and without an error. Tomcat's own
# servlet sends all of the same file. Of an InputStreamResource Spring makes no ranges.
# Right for Muster: no range of what it lets download is ever sent, as these are InputStreamResources or written to the answer, so that one
# that broke off begins anew (Downloads, BundleDownloads).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-webmvc</artifactId><version>7.0.10</version></dependency>
    <dependency><groupId>org.apache.tomcat.embed</groupId><artifactId>tomcat-embed-core</artifactId><version>11.0.27</version></dependency>
  </dependencies>
</project>
POM
cat > Resumed.java <<'JAVA'
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.webresources.StandardRoot;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

class Resumed {
  static final Path FILES = Path.of("files").toAbsolutePath();
  static String content;
  static String tag;

  @RestController
  public static class Lists {
    @GetMapping("/resource")
    public ResponseEntity<Resource> resource() {
      return ResponseEntity.ok().eTag(tag).body(new ByteArrayResource(content.getBytes()));
    }

    @GetMapping("/stream")
    public ResponseEntity<Resource> stream() {
      return ResponseEntity.ok().eTag(tag).body(new InputStreamResource(new ByteArrayInputStream(content.getBytes())));
    }
  }

  @EnableWebMvc
  public static class Config implements WebMvcConfigurer {
    @Override public void addResourceHandlers(ResourceHandlerRegistry registry) {
      registry.addResourceHandler("/static/**").addResourceLocations(FILES.toUri().toString());
    }
  }

  static void put(String newContent, String newTag) throws Exception {
    content = newContent;
    tag = newTag;
    Files.writeString(FILES.resolve("revoked"), newContent);
  }

  public static void main(String[] args) throws Exception {
    Files.createDirectories(FILES);
    var tomcat = new Tomcat();
    tomcat.setBaseDir(Path.of("tomcat").toAbsolutePath().toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context context = tomcat.addContext("", FILES.toString());
    context.setResources(new StandardRoot(context));
    context.getResources().setCachingAllowed(false);
    Tomcat.addServlet(context, "default", new DefaultServlet());
    context.addServletMappingDecoded("/", "default");
    var spring = new AnnotationConfigWebApplicationContext();
    spring.register(Config.class, Lists.class);
    Tomcat.addServlet(context, "spring", new DispatcherServlet(spring)).setLoadOnStartup(1);
    context.addServletMappingDecoded("/spring/*", "spring");
    tomcat.start();
    var client = HttpClient.newHttpClient();
    for (String path : new String[] {"spring/resource", "spring/static/revoked", "spring/stream", "revoked"}) {
      URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/" + path);
      put("aaaaaaaaaa", "first");
      var first = client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
      var headers = first.headers();
      String seen = headers.firstValue("ETag").or(() -> headers.firstValue("Last-Modified")).orElseThrow();
      Thread.sleep(1100); // Last-Modified has seconds
      put("bbbbbbbbbb", "second");
      var rest = client.send(HttpRequest.newBuilder(uri).header("Range", "bytes=5-").header("If-Range", seen).build(),
          HttpResponse.BodyHandlers.ofString());
      String whole = rest.statusCode() == 206 ? first.body().substring(0, 5) + rest.body() : rest.body();
      System.out.println(path + ": " + first.body() + ", its rest a moment later: " + rest.statusCode() + " " + rest.body()
          + ", so the file is " + whole);
    }
    tomcat.stop();
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Resumed.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
spring/resource: aaaaaaaaaa, its rest a moment later: 206 bbbbb, so the file is aaaaabbbbb
spring/static/revoked: aaaaaaaaaa, its rest a moment later: 206 bbbbb, so the file is aaaaabbbbb
spring/stream: aaaaaaaaaa, its rest a moment later: 200 bbbbbbbbbb, so the file is bbbbbbbbbb
revoked: aaaaaaaaaa, its rest a moment later: 200 bbbbbbbbbb, so the file is bbbbbbbbbb
SEEN
