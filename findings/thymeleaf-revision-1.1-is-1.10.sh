#!/usr/bin/env bash
# org.thymeleaf:thymeleaf-spring6 3.1.5.RELEASE with org.springframework:spring-context 7.0.10, Java 17 or newer
#
# <option th:selected="${one} == ${chosen}"> marks the hardware revision that was chosen. Both are texts, and one would guess that they are
# compared as such, as Java and Spring's own language do. Outside the braces it is Thymeleaf that compares, and it takes two texts that can be
# read as numbers for numbers: so 1.1 is 1.10, and both are marked; 0012 is 12, and the serial number 12E5 is 1200000. th:switch and th:case
# compare the same way, wherever the texts come from, and + adds: a lot 0012 and a number 0007 that are put one behind the other are 19. One
# letter in one of the two, and they are texts again, so the same page is right for A1. Within the braces, ${one == chosen} and
# ${lot + number}, all of these are texts.
# Right for Muster: its templates compare two values within the braces, and outside them a text of the program's own with what has letters
# (th:switch by the names of states).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.thymeleaf</groupId><artifactId>thymeleaf-spring6</artifactId><version>3.1.5.RELEASE</version></dependency>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-context</artifactId><version>7.0.10</version></dependency>
  </dependencies>
</project>
POM
cat > Same.java <<'JAVA'
import org.thymeleaf.context.Context;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.templateresolver.StringTemplateResolver;

class Same {
  public static void main(String[] args) {
    var engine = new SpringTemplateEngine();
    engine.setTemplateResolver(new StringTemplateResolver());
    String template = """
        [(${one})] and [(${other})]: \
        <th:block th:text="${one} == ${other}"></th:block>, \
        switch <th:block th:switch="${one}"><th:block th:case="${other}">true</th:block><th:block th:case="*">false</th:block></th:block>, \
        + <th:block th:text="${one} + ${other}"></th:block>; within: \
        <th:block th:text="${one == other}"></th:block>, \
        + <th:block th:text="${one + other}"></th:block>""";
    String[][] pairs = {{"1.1", "1.10"}, {"0012", "12"}, {"12E5", "1200000"}, {"0012", "0007"}, {"A1.1", "A1.10"}, {"0x10", "16"}};
    for (String[] pair : pairs) {
      var values = new Context();
      values.setVariable("one", pair[0]);
      values.setVariable("other", pair[1]);
      System.out.println(engine.process(template, values));
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Same.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
1.1 and 1.10: true, switch true, + 2.20; within: false, + 1.11.10
0012 and 12: true, switch true, + 24; within: false, + 001212
12E5 and 1200000: true, switch true, + 2400000; within: false, + 12E51200000
0012 and 0007: false, switch false, + 19; within: false, + 00120007
A1.1 and A1.10: false, switch false, + A1.1A1.10; within: false, + A1.1A1.10
0x10 and 16: false, switch false, + 0x1016; within: false, + 0x1016
SEEN
